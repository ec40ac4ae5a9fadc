// Shared by the runner and all test files: a server of dist/, and the options to start the browser.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as playwright from 'playwright-core';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The built page. */
export const DIST = process.env.E2E_DIST ?? join(ROOT, 'dist');
// Not at the root of the server, as on GitHub Pages: an absolute URL in the page would not resolve.
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

/** Returns a file as a good server sends it: compressed, if a compressed variant exists. */
async function best(file, accepted) {
  for (const [encoding, ending] of [['br', '.br'], ['gzip', '.gz']]) {
    if (accepted.includes(encoding)) {
      const body = await readFile(file + ending).catch(() => undefined);
      if (body) return [encoding, body];
    }
  }
  return [undefined, await readFile(file)];
}

/** Returns a request handler that serves a folder under a path. */
const answers = ({ folder, base, before }) => async (request, response) => {
  const pathname = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
  const name = pathname.startsWith(base) ? pathname.slice(base.length) || 'index.html' : null;
  const file = name === null ? null : normalize(join(folder, name));
  try {
    if (await before?.(name ?? pathname, response)) return;
    if (!file?.startsWith(folder + sep)) throw new Error('outside of the folder');
    const [encoding, body] = await best(file, request.headers['accept-encoding'] ?? '');
    if (encoding) response.setHeader('content-encoding', encoding);
    response.writeHead(200, {
      'content-type': MIME[extname(file)] ?? 'application/octet-stream',
      'cache-control': /-[0-9a-f]{16}(_bg)?\./.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache',
      vary: 'accept-encoding',
      'x-content-type-options': 'nosniff',
      // As in the header files that come with the page: a sandboxed frame has an opaque origin, different from all
      // others.
      'access-control-allow-origin': '*',
      ...response.getHeaders(),
    });
    response.end(body);
  } catch {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
  }
};

/**
 * Serves dist/ on a free port. Returns the page's address and a function that stops the server. `folder` and `base` set
 * another folder and path; `before(name, response)` may respond itself, wait, or set headers.
 */
export async function serve({ folder = DIST, base = BASE_PATH, before } = {}) {
  const server = createServer(answers({ folder, base, before }));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}${encodeURI(base)}`,
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
}

/** The browser of this run: `firefox` if E2E_ENGINE says so, otherwise `chromium`. */
export const ENGINE = process.env.E2E_ENGINE === 'firefox' ? 'firefox' : 'chromium';

/** Playwright's launcher for that browser. */
export const launcher = playwright[ENGINE];

/** Preferences of the visitor in Firefox: they are set when Firefox starts, and cannot be changed for a tab. */
export const FIREFOX_PREFERS = { colorScheme: 'light', reducedMotion: 'reduce' };

/**
 * Returns the options to start a browser, by default that of this run. With `isShell`, Chromium is the headless shell
 * if it is installed: the same engine without windows, which opens a page in a third of the time.
 */
export function launchOptions({ engine = ENGINE, isShell = false } = {}) {
  if (engine === 'firefox') {
    // The channel makes Playwright use WebDriver BiDi, which any Firefox supports, instead of the protocol of its own
    // patched Firefox.
    return {
      channel: 'moz-firefox',
      executablePath: join(ROOT, 'tests/e2e/firefox.mjs'),
      firefoxUserPrefs: {
        // FIREFOX_PREFERS, regardless of the settings of the machine's desktop.
        'layout.css.prefers-color-scheme.content-override': 1,
        'ui.prefersReducedMotion': 1,
        // Every tab may have the focus, as if it were in the foreground.
        'focusmanager.testmode': true,
        // No requests of the browser itself may occur among those of the page.
        'browser.contentblocking.category': 'standard',
        'network.captive-portal-service.enabled': false,
        'network.connectivity-service.enabled': false,
      },
    };
  }
  return {
    executablePath: (isShell && process.env.HEADLESS_SHELL) || process.env.CHROMIUM || '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-sync',
      '--no-first-run',
      // The same glyph shapes on every machine make pictures comparable.
      '--font-render-hinting=none',
    ],
  };
}
