// The ready-made configurations in their web servers: headers of every file, compression, errors, and a visit during an
// unfinished deployment.
import { readFileSync, readdirSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { test as nodeTest } from 'node:test';
import { runInNewContext } from 'node:vm';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { ALWAYS, HOSTS } from '../../tools/hosting.mjs';
import { assert, test } from './harness.mjs';
import { SERVERS, start, without } from './hosts.mjs';
import { DIST, serve } from './server.mjs';

const START_LIMIT_MS = 30_000;
const HASHED = /-[0-9a-f]{16}(_bg)?\.\w+$/;
const FOR_EVER = 'public, max-age=31536000, immutable';
const files = readdirSync(DIST, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(DIST.length + 1))
  .filter((name) => !/\.(br|gz)$|^_headers$|^\.htaccess$/.test(name));
const hashed = files.filter((name) => HASHED.test(name));
const TYPES = {
  html: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
  wasm: 'application/wasm',
  svg: 'image/svg+xml',
  json: 'application/json',
  webmanifest: 'application/manifest+json',
  txt: 'text/plain',
  png: 'image/png',
};
const UNPACK = { br: brotliDecompressSync, gzip: gunzipSync, undefined: (bytes) => bytes };

/** Returns the unprocessed response of a server. */
const answer = (address, headers = {}) =>
  new Promise((done, fail) =>
    get(address, { headers, agent: false }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
    }).on('error', fail),
  );
const cache = ({ status, headers }) => `${status} ${headers['cache-control']}`;

for (const server of SERVERS) {
  const skip = server.program ? false : `${server.name} is not installed`;

  nodeTest(`${server.name}: each file has its headers, compressed or not`, { skip }, async (t) => {
    const { url } = await start(t, server);
    for (const name of ['', ...files]) {
      const file = name || 'index.html';
      const bytes = readFileSync(join(DIST, file));
      const isCompressed = !file.endsWith('.png');
      for (const [accepted, encoding] of [['identity'], ['gzip', 'gzip'], ['br', 'br'], ['gzip, deflate, br', 'br']]) {
        const expected = isCompressed ? (encoding === 'br' && !server.hasBrotli ? (accepted === 'br' ? undefined : 'gzip') : encoding) : undefined;
        const { status, headers, body } = await answer(url + name, { 'accept-encoding': accepted });
        const what = `${name} as ${accepted}`;
        assert.equal(status, 200, what);
        assert.equal(headers['content-encoding'], expected, what);
        assert.ok(UNPACK[expected](body).equals(bytes), what);
        assert.equal(headers['content-type']?.split(';')[0], TYPES[file.split('.').at(-1)], what);
        assert.equal(headers['cache-control'], HASHED.test(file) ? FOR_EVER : 'no-cache', what);
        if (isCompressed) assert.match(headers.vary ?? '', /^accept-encoding$/i, what);
        for (const [header, value] of Object.entries(ALWAYS)) assert.equal(headers[header.toLowerCase()], value, `${what}: ${header}`);
      }
      const { headers } = await answer(url + name);
      assert.equal(cache(await answer(url + name, { 'if-none-match': headers.etag })), `304 ${HASHED.test(file) ? FOR_EVER : 'no-cache'}`, name);
    }
  });

  nodeTest(`${server.name}: an error is kept nowhere, and the folder has its slash`, { skip }, async (t) => {
    const { url, root } = await start(t, server);
    const restore = without(root, hashed);
    const missing = [...hashed, 'no-such-0123456789abcdef_bg.wasm', 'no-such.html', 'lang/no.json', 'no-such/'];
    for (const name of missing) {
      for (const accepted of ['identity', 'gzip', 'gzip, deflate, br']) {
        const missed = await answer(url + name, { 'accept-encoding': accepted });
        assert.equal(cache(missed), '404 no-store', name);
        // A sandboxed frame must be able to read the error.
        assert.equal(missed.headers['access-control-allow-origin'], '*', name);
      }
    }
    restore();
    for (const name of hashed) assert.equal(cache(await answer(url + name)), `200 ${FOR_EVER}`, name);
    for (const query of ['', '?embed=1&ui=matrix']) {
      const { status, headers } = await answer(url.replace(/\/$/, query));
      assert.ok(status === 301 || status === 302 || status === 308, `${status}`);
      const { pathname, search } = new URL(headers.location, url);
      assert.equal(pathname + search, `/playground/${query}`);
      assert.doesNotMatch(headers['cache-control'] ?? '', /immutable|max-age/);
    }
  });

  test(`${server.name}: a deployment that was half done heals with the next load`, { skip }, async ({ t, page }) => {
    const { url, root } = await start(t, server);
    const complete = without(root, hashed);
    const tab = await page({ address: url, start: false, allow: [/./] });
    await tab.getByText('The style sheet of Mesh Playground did not arrive').or(tab.getByRole('alert')).first().waitFor();
    complete();
    await tab.reload();
    await tab.waitForFunction(() => window.e2eStarted, undefined, { timeout: START_LIMIT_MS });
    assert.equal(await tab.locator('.unstyled').isVisible(), false);
  });
}

// Old ready-made files let an error be cached for a year. Visitors from that time still have it in their cache.
const PARTS = {
  'the engine': /_bg\.wasm$/,
  'its script': /^mesh-playground-[0-9a-f]{16}\.js$/,
  'the start script': /^start-/,
  'the style sheet': /\.css$/,
  'the script that looks for what is missing': /^recover\.js$/,
  everything: HASHED,
};
for (const [part, chosen] of Object.entries(PARTS)) {
  test(`an error that the browser would keep for a year is fetched past: ${part}`, async ({ t, page }) => {
    let isMissing = true;
    const asked = [];
    const server = await serve({
      before: (name, response) => {
        asked.push(name);
        if (!isMissing || !chosen.test(name)) return false;
        response.writeHead(404, { 'cache-control': FOR_EVER, 'access-control-allow-origin': '*' }).end();
        return true;
      },
    });
    t.after(() => server.close());
    const tab = await page({ address: server.url, start: false, allow: [/./], waitUntil: 'networkidle' });
    assert.ok(asked.some((name) => chosen.test(name)));
    isMissing = false;
    await tab.goto('about:blank');
    await tab.goto(server.url);
    await tab.waitForFunction(() => window.e2eStarted, undefined, { timeout: START_LIMIT_MS });
    await tab.waitForFunction(() => getComputedStyle(document.querySelector('.unstyled')).display === 'none');
  });
}

nodeTest('CloudFront: the function gives the folder its slash and the page', () => {
  const { handler } = runInNewContext(`${HOSTS['cloudfront-function.js']}; ({ handler })`);
  const asked = (uri, querystring = {}) => handler({ request: { method: 'GET', uri, querystring } });
  assert.equal(asked('/playground/').uri, '/playground/index.html');
  for (const uri of ['/playground/sw.js', '/other', '/playgrounds', '/']) assert.equal(asked(uri).uri, uri);
  const location = (querystring) => asked('/playground', querystring).headers.location.value;
  assert.equal(location({}), '/playground/');
  assert.equal(
    location({ embed: { value: '1' }, bare: { value: '' }, ui: { value: 'matrix', multiValue: [{ value: 'a' }, { value: 'matrix' }] } }),
    '/playground/?embed=1&bare&ui=a&ui=matrix',
  );
});

nodeTest('CloudFront: no policy sends caching with an error', () => {
  const { policy, errors, upload } = JSON.parse(HOSTS['cloudfront.json']);
  assert.doesNotMatch(JSON.stringify(policy), /cache-control|immutable/i);
  assert.deepEqual(errors.Items.map(({ ErrorCode, ErrorCachingMinTTL }) => [ErrorCode, ErrorCachingMinTTL]), [[403, 0], [404, 0]]);
  assert.equal(upload.filter((line) => line.includes('immutable')).length, 1);
  // The page is copied last, when the files that it names exist.
  assert.match(upload.at(-1), /index\.html/);
});

nodeTest('CloudFront: one command uploads each file, for the time that its name allows', () => {
  const { upload } = JSON.parse(HOSTS['cloudfront.json']);
  // A later filter of `aws s3 sync` overrides an earlier one.
  const takes = (line, name) =>
    [...line.matchAll(/--(include|exclude) "([^"]+)"/g)].reduce((taken, [, kind, pattern]) => {
      const matches = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(name);
      return matches ? kind === 'include' : taken;
    }, true);
  for (const name of files) {
    const caching = upload.filter((line) => takes(line, name)).map((line) => /--cache-control "([^"]+)"/.exec(line)[1]);
    assert.deepEqual(caching, [HASHED.test(name) ? FOR_EVER : 'no-cache'], name);
  }
});
