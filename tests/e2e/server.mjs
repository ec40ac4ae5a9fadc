// The two things that the runner makes once and every test file uses: a server of dist/, and how Chromium starts.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIST = join(ROOT, 'dist');
// Not at the server's root, as on GitHub Pages: an absolute URL in the page would miss.
const BASE_PATH = '/some/where/';
const MIME = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.woff2': 'font/woff2',
  '.yaml': 'application/yaml; charset=utf-8',
  '.yml': 'application/yaml; charset=utf-8',
};

async function answer(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const name = pathname.startsWith(BASE_PATH) ? decodeURIComponent(pathname.slice(BASE_PATH.length)) : null;
  const file = name === null ? null : normalize(join(DIST, name === '' ? 'index.html' : name));
  try {
    if (!file?.startsWith(DIST + sep)) throw new Error('outside of dist/');
    const body = await readFile(file);
    const type = MIME[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' });
    response.end(body);
  } catch {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
  }
}

/** Serves dist/ on a free port; gives the page's address and a function that ends it. */
export async function serve() {
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}${BASE_PATH}`,
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}

/** How Chromium is started; the switches are those of the wasm tests. */
export function launchOptions() {
  const { args } = JSON.parse(readFileSync(join(ROOT, 'webdriver.json'), 'utf8'))['goog:chromeOptions'];
  return {
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    // Playwright gives `--headless` itself. The same glyph shapes on every machine make pictures comparable.
    args: [...args.filter((arg) => !arg.startsWith('--headless')), '--font-render-hinting=none'],
  };
}
