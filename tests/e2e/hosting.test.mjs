// The page as files on a host: possible locations, allowed resources, and its display before and without its engine.
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as nodeTest } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { HOSTS } from '../../tools/hosting.mjs';
import { assert, axe, isFirefox, screenshot, test } from './harness.mjs';
import { PREFERENCES, eventually, matrix, prefer, requests, selectNode } from './page.mjs';
import { DIST, serve } from './server.mjs';

const V6_ONLY = 'discovery+[app] discovery discovery app ok ok';
const files = readdirSync(DIST, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(DIST.length + 1));
const page = readFileSync(join(DIST, 'index.html'), 'utf8');
const attribute = (name) => new RegExp(`data-${name}="?([^"\\s>]+)`).exec(page)[1].replace('./', '');
const [MODULE, SCRIPT, VERSION] = ['module', 'script', 'version'].map(attribute);
const RECOVER = 'recover.js';
const [START, STYLE] = [/^start-.*\.js$/, /^style-.*\.css$/].map((pattern) => files.find((name) => pattern.test(name)));

/** Starts a separate server for a test. */
async function own(t, options) {
  const server = await serve(options);
  let isOpen = true;
  const close = async () => {
    if (isOpen) await server.close();
    isOpen = false;
  };
  t.after(close);
  return { ...server, close };
}

nodeTest('each file is there compressed, and is the same again', () => {
  const plain = files.filter((name) => /\.(html|js|css|wasm|svg|json|txt|webmanifest)$/.test(name));
  assert.ok(plain.length >= 8, `${plain}`);
  for (const name of plain) {
    const bytes = readFileSync(join(DIST, name));
    assert.ok(brotliDecompressSync(readFileSync(join(DIST, `${name}.br`))).equals(bytes), `${name}.br`);
    assert.ok(gunzipSync(readFileSync(join(DIST, `${name}.gz`))).equals(bytes), `${name}.gz`);
  }
});

nodeTest('the licences of all that the page is made of come with it, and with no first visit', () => {
  const text = readFileSync(join(DIST, 'licenses.txt'), 'utf8');
  assert.equal(text, readFileSync(new URL('../../static/licenses.txt', import.meta.url), 'utf8'));
  for (const name of ['LICENSE', 'LICENSE-MIT', 'LICENSE-APACHE']) {
    assert.ok(text.includes(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8').trim()), name);
  }
  for (const crate of ['yew', 'wasm-bindgen', 'saphyr-parser', 'qrcodegen']) assert.match(text, new RegExp(`^- ${crate} \\d`, 'm'));
  assert.match(text, /^Rust's standard library$/m);
  assert.ok(!/\b(src|data-\w+|rel="?(preload|stylesheet))[^>]*licenses/.test(page));
});

nodeTest('the header files are those of this build', () => {
  const headers = readFileSync(join(DIST, '_headers'), 'utf8');
  for (const name of files.filter((name) => !/\.(br|gz)$|^_headers$|^\.htaccess$/.test(name))) {
    const [, cache] = new RegExp(`^/${name.replaceAll('.', '\\.')}\n  Cache-Control: (.*)$`, 'm').exec(headers) ?? [];
    assert.equal(cache, /-[0-9a-f]{16}(_bg)?\./.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache', name);
  }
  const [, policy] = /http-equiv="?Content-Security-Policy"? content="([^"]+)"|content="([^"]+)" http-equiv="?Content-Security-Policy/i
    .exec(page)
    .filter(Boolean);
  assert.match(policy, /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; /);
  assert.deepEqual(policy.match(/'[^']+'/g).filter((word) => !["'none'", "'self'", "'wasm-unsafe-eval'"].includes(word)), []);
  const everywhere = { ...HOSTS, _headers: headers, '.htaccess': readFileSync(join(DIST, '.htaccess'), 'utf8') };
  // A CloudFront function sends headers only for a redirect.
  delete everywhere['cloudfront-function.js'];
  for (const [name, text] of Object.entries(everywhere)) assert.ok(text.includes(`${policy}; frame-ancestors *`), name);
  for (const [name, text] of Object.entries(HOSTS)) {
    const kept = readFileSync(new URL(`../../docs/hosting/${name}`, import.meta.url), 'utf8');
    assert.equal(kept, text, `docs/hosting/${name} is old: node tools/hosting.mjs`);
  }
});

nodeTest('the page names nothing that is not in its folder, and runs nothing that is in itself', () => {
  const named = [...page.matchAll(/\b(?:href|src|data-script|data-module)="?([^"\s>]+)/g)].map(([, name]) => name);
  for (const name of named.filter((name) => !name.startsWith('#'))) {
    assert.ok(name.startsWith('./') && files.includes(name.slice(2)), name);
  }
  assert.ok(!/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/i.test(page));
});

nodeTest('the manifest names icons of the size that it says', () => {
  const manifest = JSON.parse(readFileSync(join(DIST, 'manifest.webmanifest'), 'utf8'));
  assert.deepEqual([manifest.start_url, manifest.scope, manifest.display], ['./', './', 'standalone']);
  for (const { src, sizes } of manifest.icons) {
    const png = readFileSync(join(DIST, src));
    assert.equal(`${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`, sizes, src);
  }
  assert.deepEqual(manifest.icons.map(({ sizes, purpose }) => `${sizes} ${purpose}`), [
    '192x192 any',
    '512x512 any',
    '192x192 maskable',
    '512x512 maskable',
  ]);
});

for (const base of ['/', '/some/deep/path/', '/with space/ünïcode/']) {
  test(`the page lies under ${base}`, async ({ t, page }) => {
    const server = await own(t, { base });
    const tab = await page({ address: server.url, path: 'index.html#main' });
    await prefer(tab, 'IPv6_ONLY');
    await eventually(() => requests(tab), V6_ONLY);
  });
}

test('nothing of the policy is broken, and nothing asked of others, in any panel', async ({ page }) => {
  const tab = await page();
  const press = (name) => tab.getByRole('button', { name, exact: true }).first().click();
  for (const view of ['Matrix', 'Request', 'Compare', 'Graph']) await press(view);
  await selectNode(tab, 'yellow');
  for (const name of ['Effects', 'Envoy']) {
    const control = tab.locator('.inspector').getByRole('button', { name, exact: true });
    if (await control.count()) await control.click();
  }
  await prefer(tab, 'IPv6_PREFERRED');
  for (const name of ['Open…', 'Create mesh']) {
    await press(name);
    await tab.getByRole('dialog').waitFor();
    await tab.keyboard.press('Escape');
    await tab.getByRole('dialog').waitFor({ state: 'detached' });
  }
  await press('Undo');
  for (const theme of ['dark', 'light', 'system']) await tab.getByLabel('Theme').selectOption(theme);
});

test('the policy holds: what a page could be given to run does not run', async ({ page }) => {
  const tab = await page({ allow: [/Content.Security.Policy/i, /^request elsewhere: https:\/\/example.org/] });
  const ran = await tab.evaluate(async () => {
    const violations = [];
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => violations.push(effectiveDirective));
    document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.ran = true' }));
    // The load and error events report the result.
    const settled = (element) => new Promise((done) => {
      element.onload = element.onerror = done;
      document.body.append(element);
    });
    await settled(Object.assign(document.createElement('script'), { src: 'data:text/javascript,window.ran=true' }));
    await settled(Object.assign(document.createElement('img'), { src: 'https://example.org/picture.png' }));
    await fetch('https://example.org/').catch(() => {});
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return { ran: window.ran ?? false, violations: [...new Set(violations.map((name) => name.replace('-elem', '')))].sort() };
  });
  assert.deepEqual(ran, { ran: false, violations: ['connect-src', 'img-src', 'script-src'] });
});

/** Waits until the service worker has all files and serves the page. */
const isKept = (tab) => tab.waitForFunction(() => navigator.serviceWorker?.controller?.state === 'activated');

test('after the first visit no server is needed', async ({ t, page }) => {
  const server = await own(t);
  const tab = await page({ address: server.url, serviceWorkers: 'allow' });
  await isKept(tab);
  await prefer(tab, 'IPv6_ONLY');
  await eventually(() => requests(tab), V6_ONLY);
  await server.close();
  await tab.reload();
  await eventually(() => requests(tab), V6_ONLY);
  await tab.getByRole('button', { name: 'Matrix', exact: true }).click();
  await tab.locator('.matrix table').waitFor();
  // Under any name of the page, and in another tab.
  await (await page({ context: tab.context(), address: server.url, path: 'index.html?from=a-link#/lessons' })).locator('.workbench').waitFor();
  const kept = await tab.evaluate(async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url)))).flat());
  const missing = files.filter((name) => !/\.(br|gz)$|^(_headers|\.htaccess|sw\.js|index\.html)$/.test(name));
  assert.deepEqual(kept.map((url) => url.replace(server.url, '')).sort(), ['', ...missing].sort());
});

/** Returns a copy of dist/ from which another version can be built. */
function copy(t) {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-playground-'));
  t.after(() => rmSync(folder, { recursive: true }));
  // Without compressed files, because the changes are made in plain files.
  cpSync(DIST, folder, { recursive: true, filter: (name) => !/\.(br|gz)$/.test(name) });
  const publish = () => {
    for (const name of ['index.html', 'sw.js']) {
      const text = readFileSync(join(folder, name), 'utf8');
      writeFileSync(join(folder, name), text.replace('<title>', '<title>New: ').replaceAll(VERSION, 'a-new-version'));
    }
  };
  return { folder, publish };
}
const prompt = (tab) => tab.getByText('A new version is here.');

test('a new version is told, and comes when it is asked for', async ({ t, page }) => {
  const { folder, publish } = copy(t);
  const server = await own(t, { folder });
  const tab = await page({ address: server.url, serviceWorkers: 'allow' });
  await isKept(tab);
  await tab.evaluate(() => (window.isTheSame = true));
  assert.equal(await prompt(tab).count(), 0);
  publish();
  await tab.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
  await prompt(tab).waitFor();
  // The page does not reload while the user works.
  await tab.waitForTimeout(500);
  assert.equal(await tab.evaluate(() => window.isTheSame), true);
  assert.doesNotMatch(await tab.title(), /^New/);
  await tab.getByRole('button', { name: 'Reload', exact: true }).click();
  await tab.waitForFunction(() => !window.isTheSame && window.e2eStarted);
  assert.match(await tab.title(), /^New/);
  await eventually(() => tab.evaluate(async () => (await caches.keys()).map((name) => name.split(' ').at(-1))), ['a-new-version']);
  assert.equal(await prompt(tab).count(), 0);
  await server.close();
  await tab.reload();
  await tab.waitForFunction(() => window.e2eStarted);
  assert.match(await tab.title(), /^New/);
});

test('a reload has the newest page at once, and another tab keeps its own', async ({ t, page }) => {
  const { folder, publish } = copy(t);
  const server = await own(t, { folder });
  const old = await page({ address: server.url, serviceWorkers: 'allow' });
  await isKept(old);
  const tab = await page({ address: server.url, context: old.context() });
  publish();
  await tab.reload();
  await tab.waitForFunction(() => window.e2eStarted);
  assert.match(await tab.title(), /^New/);
  assert.equal(await prompt(tab).count(), 0);
  assert.doesNotMatch(await old.title(), /^New/);
  await eventually(() => tab.evaluate(async () => (await navigator.serviceWorker.getRegistration()).waiting?.state), 'installed');
  await old.close();
  // The browser counts a closed tab for a while longer, so the first load may still not be the only tab. Each load
  // first proceeds to the point where it asks the new worker to take over, and the worker gets time to do so.
  await eventually(async () => {
    await tab.reload();
    await tab.waitForFunction(() => window.e2eStarted);
    const isWaiting = () => tab.evaluate(async () => Boolean((await navigator.serviceWorker.getRegistration()).waiting));
    for (let look = 0; look < 20 && (await isWaiting()); look += 1) await tab.waitForTimeout(50);
    return isWaiting();
  }, false);
  await eventually(() => tab.evaluate(async () => (await caches.keys()).map((name) => name.split(' ').at(-1))), ['a-new-version']);
});

test('a version whose files are not all there is not let in', async ({ t, page }) => {
  const { folder, publish } = copy(t);
  const server = await own(t, { folder });
  const tab = await page({ address: server.url, serviceWorkers: 'allow' });
  await isKept(tab);
  publish();
  writeFileSync(join(folder, 'manifest.webmanifest'), '{}');
  await tab.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update().catch(() => {}));
  await tab.waitForTimeout(700);
  assert.equal(await prompt(tab).count(), 0);
  assert.equal(await tab.evaluate(async () => (await caches.keys()).length), 1);
});

/** Returns the positions of the elements that both the shell and the page have. */
const places = (tab) =>
  tab.evaluate(() =>
    ['.top-bar', '.top-bar h1', '.top-bar .actions', '.panel-tabs', '.workbench', 'main', '.workbench > .resources', '.workbench > .inspector'].map((part) => {
      const box = [...document.querySelectorAll(part)].at(-1)?.getBoundingClientRect();
      return box?.width ? `${part}: ${[box.left, box.top, box.width].map(Math.round)}` : `${part}: not seen`;
    }),
  );

for (const width of [320, 768, 1440]) {
  test(`a shell is painted before there is an engine, and the page comes in its place: ${width} px`, async ({ t, page }) => {
    let release;
    const isReleased = new Promise((done) => (release = done));
    const server = await own(t, { before: async (name) => void (name.endsWith('.wasm') && (await isReleased)) });
    const opened = page({
      address: server.url,
      width,
      start: false,
      waitUntil: 'domcontentloaded',
      before: (context, tab) =>
        tab.addInitScript(() => {
          window.shifts = 0;
          if (!PerformanceObserver.supportedEntryTypes.includes('layout-shift')) return;
          new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (window.shifts += value))).observe({ type: 'layout-shift', buffered: true });
        }),
    });
    const tab = await opened;
    await tab.locator('#start progress').waitFor();
    assert.equal(await tab.getByRole('heading', { level: 1, name: 'Mesh Playground', exact: true }).count(), 1);
    const shell = await places(tab);
    if (!isFirefox) {
      await screenshot(tab, `shell-${width}`);
      assert.deepEqual(await axe(tab), []);
    }
    release();
    await tab.waitForFunction(() => window.e2eStarted);
    await tab.locator('.segments').waitFor();
    assert.deepEqual(await places(tab), shell);
    assert.ok((await tab.evaluate(() => window.shifts)) < 0.02, 'nothing moves');
    assert.equal(await tab.locator('.shell').count(), 0);
  });
}

test('the bar shows how much has come', async ({ t, page }) => {
  const bytes = readFileSync(join(DIST, MODULE));
  let next;
  const server = await own(t, {
    before: async (name, response) => {
      if (name !== MODULE) return false;
      response.writeHead(200, { 'content-type': 'application/wasm', 'content-length': bytes.length });
      const half = bytes.length >> 1;
      response.write(bytes.subarray(0, half));
      await new Promise((done) => (next = done));
      response.end(bytes.subarray(half));
      return true;
    },
  });
  const tab = await page({ address: server.url, start: false, waitUntil: 'domcontentloaded' });
  const bar = tab.getByRole('progressbar', { name: 'Fetched of the engine' });
  await eventually(async () => Math.round((await bar.evaluate((bar) => bar.value)) * 10), 5);
  next();
  await tab.waitForFunction(() => window.e2eStarted);
});

const broken = (bytes) => {
  const other = Buffer.from(bytes);
  other[other.length >> 1] ^= 1;
  return other;
};
// Faults of the files, with the page's message for each.
const FAULTS = {
  'the engine is missing': [{ [MODULE]: null }, /answered 404 for .*\.wasm/],
  'a bit of the engine is another': [{ [MODULE]: broken(readFileSync(join(DIST, MODULE))) }, /is not the file that this page was built with/],
  'half of the engine is missing': [{ [MODULE]: readFileSync(join(DIST, MODULE)).subarray(0, 50_000) }, /is not the file that this page was built with/],
  'the script is missing': [{ [SCRIPT]: null }, /did not arrive, or is not the file/],
  'the start script is missing': [{ [START]: null }, /answered 404 for start-/],
  'the start script is another': [{ [START]: Buffer.from('document.title = "not ours";') }, /start-.* did not arrive, or is not the file/],
  'the script is another': [{ [SCRIPT]: Buffer.from('export default () => { document.title = "not ours"; };') }, /did not arrive, or is not the file/],
};
for (const [name, [faults, words]] of Object.entries(FAULTS)) {
  test(`what is wrong is said, with what to do: ${name}`, async ({ t, page }) => {
    const server = await own(t, {
      before: (name, response) => {
        if (!(name in faults)) return false;
        const type = name.endsWith('.js') ? 'text/javascript' : 'application/wasm';
        if (faults[name]) response.writeHead(200, { 'content-type': type }).end(faults[name]);
        else response.writeHead(404).end();
        return true;
      },
    });
    const tab = await page({ address: server.url, start: false, allow: [/./] });
    const alert = tab.getByRole('alert');
    await alert.getByRole('heading', { name: 'Mesh Playground cannot start' }).waitFor();
    assert.match(await alert.textContent(), words);
    assert.match(await alert.textContent(), /[Rr]eload/);
    assert.notEqual(await tab.title(), 'not ours');
    await alert.getByRole('button', { name: 'Reload the page' }).waitFor();
    if (!isFirefox) assert.deepEqual(await axe(tab), []);
  });
}

/** Starts a server on which some files are missing or have other contents. */
const faulty = (t, faults) =>
  own(t, {
    before: (name, response) => {
      if (!(name in faults)) return false;
      if (faults[name]) response.writeHead(200, { 'content-type': 'text/css' }).end(faults[name]);
      else response.writeHead(404).end();
      return true;
    },
  });

for (const [what, body, words] of [
  ['missing', null, /answered 404 for style-/],
  ['another', Buffer.from('body { background: url(not-ours.png); }'), /style-.* did not arrive, or is not the file/],
]) {
  test(`a style sheet that is ${what} is said, and the page works without it`, async ({ t, page }) => {
    const server = await faulty(t, { [STYLE]: body });
    const tab = await page({ address: server.url, allow: [/./] });
    const alert = tab.locator('.unstyled').getByRole('alert');
    await alert.getByRole('heading', { name: 'Mesh Playground has no style sheet' }).waitFor();
    assert.match(await alert.textContent(), words);
    await alert.getByRole('button', { name: 'Reload the page' }).waitFor();
    await prefer(tab, 'IPv6_ONLY');
    await eventually(() => requests(tab), V6_ONLY);
  });
}

test('without the script that looks for what is missing, the page itself says it', async ({ t, page }) => {
  const bare = await faulty(t, { [RECOVER]: null, [STYLE]: null });
  let tab = await page({ address: bare.url, allow: [/./] });
  await tab.getByText('The style sheet of Mesh Playground did not arrive').waitFor();
  const dead = await faulty(t, { [RECOVER]: null, [START]: null });
  tab = await page({ address: dead.url, start: false, allow: [/./] });
  const late = tab.getByText('Still here? Reload the page: a file of it may not have arrived.');
  assert.equal(await late.isVisible(), false);
  await late.evaluate((late) => late.getAnimations().forEach((animation) => animation.finish()));
  await late.waitFor();
});

test('without WebAssembly the page says so, and what to do', async ({ page }) => {
  const tab = await page({ start: false, allow: [/./], before: (context, tab) => tab.addInitScript(() => delete globalThis.WebAssembly) });
  await tab.getByRole('alert').getByText('does not run WebAssembly').waitFor();
  await tab.getByRole('alert').getByText('Open the page in a current').waitFor();
});

test('a server that does not know WebAssembly will do', async ({ t, page }) => {
  const server = await own(t, { before: (name, response) => void (name.endsWith('.wasm') && response.setHeader('content-type', 'application/octet-stream')) });
  const tab = await page({ address: server.url, allow: [/MIME/i] });
  await prefer(tab, 'IPv6_ONLY');
  await eventually(() => requests(tab), V6_ONLY);
});

test('a sandboxed frame of another page starts, without worker and storage', async ({ t, page }) => {
  const server = await own(t, {
    before: (name, response) => {
      if (name !== 'lecture.html') return false;
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>A lecture</title><link rel=icon href=data:,><iframe title="mesh" sandbox="allow-scripts" width="900" height="700" src="./"></iframe>');
      return true;
    },
  });
  const tab = await page({ address: server.url, path: 'lecture.html', start: false });
  const frame = tab.frameLocator('iframe');
  await frame.locator('.segments').waitFor();
  await frame.getByRole('radio', { name: 'IPv6_ONLY' }).check();
  await frame.locator('.requests').getByText('Stops at discovery').first().waitFor();
});

test('without JavaScript there is something to read, and it is what the engine says', async ({ page }) => {
  const engine = await page();
  await engine.getByRole('button', { name: 'Matrix', exact: true }).click();
  await engine.locator('.matrix table').waitFor();
  const golden = await matrix(engine);
  for (const width of [320, 1440]) {
    const tab = await page({ javaScriptEnabled: false, start: false, width });
    assert.equal(await tab.getByRole('heading', { level: 1, name: 'Mesh Playground', exact: true }).count(), 1);
    assert.equal(await tab.locator('.shell').isVisible(), false);
    const rows = [];
    for (const row of await tab.locator('#golden tbody tr').all()) rows.push((await row.locator('th, td').allTextContents()).map((text) => text.trim()));
    assert.deepEqual(rows, golden.map((line, index) => [PREFERENCES[index], ...line.replaceAll('+[app]', ',_then_app').split(' ').map((cell) => cell.replaceAll('_', ' '))]));
    assert.equal(await tab.locator('#effects tbody tr').count(), PREFERENCES.length);
    await screenshot(tab, `no-script-${width}`);
  }
});
