// The basis of the tests in *.test.mjs: the built page behind a small file server, one browser, and a page that fails
// its test on any error that a user's browser would report.
//
//     import { assert, axe, screenshot, test } from './harness.mjs';
//     test('a mesh can be made', async ({ page }) => {
//       const tab = await page({ width: 390, height: 844, colorScheme: 'dark' });
//       await tab.getByRole('button', { name: 'Create mesh' }).click();
//     });
//
// `tests/e2e/run.mjs` runs all files with one server and one browser; `node --test tests/e2e/smoke.test.mjs` runs one
// file with a separate server and browser.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, test as nodeTest } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ENGINE, FIREFOX_PREFERS, launchOptions, launcher, serve } from './server.mjs';

export { assert };

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Whether this run is in Firefox. */
export const isFirefox = ENGINE === 'firefox';

/** Thrown if the browser of this run lacks a feature that a test needs: the test is then skipped, with the reason. */
class Lacking extends Error {}
// Context options that Playwright cannot set in Firefox.
const LACKING = ['colorScheme', 'forcedColors', 'reducedMotion', 'contrast', 'hasTouch', 'isMobile', 'permissions', 'javaScriptEnabled'];

/** Queries elements one by one: Firefox 153 crashes when a selector by role is queried for all at once. */
function askOneByOne(tab) {
  const prototype = Object.getPrototypeOf(tab.locator('body'));
  prototype.allTextContents = async function () {
    return Promise.all((await this.all()).map((one) => one.textContent()));
  };
  prototype.evaluateAll = async function (read, argument) {
    const elements = await Promise.all((await this.all()).map((one) => one.elementHandle()));
    // A handle passes the function to the page; its element is `body`, which always exists.
    const body = await this.page().locator('body').elementHandle();
    return body.evaluate(new Function('body', 'all', `return (${read})(all.elements, all.argument)`), { elements, argument });
  };
}

/** Runs a test's body; skips it if the browser does not support it. */
async function attempt(t, body) {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof Lacking)) throw error;
    t.skip(error.message);
  }
}

const START_LIMIT_MS = 30_000;
const CONTROL_LIMIT_MS = 8_000;
const TEST_LIMIT_MS = 120_000;

// Set by run.mjs; otherwise, this file's process starts a server and a browser.
let served;
let browser;
async function open() {
  served ??= process.env.E2E_URL ? { url: process.env.E2E_URL, close: () => {} } : await serve();
  browser ??= process.env.E2E_BROWSER
    ? await launcher.connect(process.env.E2E_BROWSER)
    : await launcher.launch(launchOptions({ isShell: true }));
}
after(async () => {
  await kept?.tab.context().close();
  await Promise.all([...spares.values()].flat().map(({ context }) => context.close()));
  await browser?.close();
  await served?.close();
});

/**
 * A test, as in node:test. Its function gets `page`, which opens the page in a tab of its own with an empty storage, `url`,
 * the page's address, and `t`, node's test context.
 *
 * `page(options)` takes
 * - `width`, `height` (1280 by 800) and any option of Playwright's `browser.newContext`, such as `colorScheme`,
 *   `permissions`, `storageState`, `hasTouch`, `serviceWorkers: 'allow'` (blocked by default), and `reducedMotion:
 *   'no-preference'` (motion is off by default, because it takes processor time);
 * - `path`: the part after the page's address, such as `?mesh=a` or `#/lessons`;
 * - `address`: the page on another server than the runner's;
 * - `before(context, tab)`: a function to call before the page is opened;
 * - `start: false`: do not wait until the program has started; `waitUntil`: as in Playwright's `goto`;
 * - `allow`: regular expressions for errors that this test expects.
 *
 * `test(name, { firefox: 'the reason' }, body)` is skipped in Firefox. A test is also skipped there if its page takes
 * an option, or uses a tool of this file, that Firefox does not support.
 *
 * A second tab on the same storage: `await page({ context: tab.context() })`.
 */
export function test(name, options, body) {
  if (typeof options === 'function') [options, body] = [{}, options];
  nodeTest(name, limits(options), async (t) => {
    await open();
    const tabs = [];
    const complaints = [];
    let passed = false;
    try {
      await attempt(t, () => body({ t, url: served.url, page: (pageOptions) => openPage(tabs, complaints, pageOptions) }));
      // Errors of the page's last actions may still be in transit; a round trip to each tab lets them arrive.
      await Promise.all(tabs.flatMap(({ context }) => context.pages().map((tab) => tab.title())));
      passed = !complaints.length;
    } catch (error) {
      // The page's error is often the reason for the failure of the test.
      if (complaints.length) error.message += `\n\nThe page complained:\n${complaints.join('\n')}`;
      throw error;
    } finally {
      await Promise.all(tabs.map(async (one) => (passed && (await recycle(one))) || one.context.close()));
    }
    if (complaints.length) assert.fail(`the page complained:\n${complaints.join('\n')}`);
  });
}

/** Returns a test's options for node:test: those for the browser of this run, and a time limit. */
function limits({ firefox, ...options }) {
  return { timeout: TEST_LIMIT_MS, ...(isFirefox && firefox ? { skip: `Firefox: ${firefox}` } : {}), ...options };
}

// The tab of `visit`, with the page's errors.
let kept;

/**
 * A test on a first visit, in a tab that all visits of a file share, because opening one takes longer than most tests.
 * Its function gets the tab. Use `test` for tests that need a separate tab.
 */
export function visit(name, options, body) {
  if (typeof options === 'function') [options, body] = [{}, options];
  nodeTest(name, limits(options), async (t) => {
    await open();
    if (kept && isFirefox) {
      // Firefox 153 does not press a button on Enter in a reloaded page.
      await kept.tab.context().close();
      kept = undefined;
    }
    if (kept) {
      await startOver(kept.tab);
      kept.complaints.length = 0;
    } else {
      const complaints = [];
      kept = { complaints, tab: await openPage([], complaints) };
    }
    const { complaints, tab } = kept;
    try {
      await attempt(t, () => body(tab));
      await tab.title();
    } catch (error) {
      // A failed visit leaves a state that cannot be reused.
      if (kept?.tab === tab) kept = undefined;
      await tab.context().close();
      if (complaints.length) error.message += `\n\nThe page complained:\n${complaints.join('\n')}`;
      throw error;
    }
    if (complaints.length) assert.fail(`the page complained:\n${complaints.join('\n')}`);
  });
}

/** Runs in the page: waits until all changes are saved, and then deletes all data except `store`. */
async function forget(store) {
  // Unsaved changes would be saved when the page closes, after the cleanup.
  dispatchEvent(new Event('pagehide'));
  const root = document.documentElement;
  await new Promise((resolve) => {
    const observer = new MutationObserver(() => look());
    const look = () => root.dataset.kept !== 'pending' && (observer.disconnect(), resolve());
    observer.observe(root, { attributes: true });
    look();
  });
  const database = await new Promise((resolve) => {
    const opening = indexedDB.open('mesh-playground');
    // The database does not exist; do not create one without its stores.
    opening.onupgradeneeded = () => opening.transaction.abort();
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = (event) => (event.preventDefault(), resolve());
  });
  if (database) {
    const clearing = database.transaction([...database.objectStoreNames], 'readwrite');
    for (const name of database.objectStoreNames) clearing.objectStore(name).clear();
    await new Promise((resolve) => (clearing.oncomplete = resolve));
    database.close();
  }
  localStorage.clear();
  sessionStorage.clear();
  for (const [key, value] of Object.entries(store)) localStorage.setItem(key, value);
}

/** Resets a tab to a first visit, except for the data in `store`. */
export async function startOver(tab, store = {}) {
  await tab.evaluate(forget, store);
  await tab.reload();
  await tab.waitForFunction(() => window.e2eStarted, undefined, { timeout: START_LIMIT_MS });
}

// Tabs that passed tests of this file have left clean, by the options of their contexts. To open the page in one of them
// takes a third of the processor time of a new context.
const spares = new Map();
// Methods of a tab with a lasting effect: a tab on which a test calls one is not used again.
const LASTING = ['addInitScript', 'close', 'context', 'emulateMedia', 'exposeBinding', 'exposeFunction', 'on', 'once', 'route', 'setDefaultTimeout'];

/** Clears a tab for a later test of this file; returns false if something of this test would remain in it. */
async function recycle({ tab, context, key, state }) {
  if (key === undefined || state.isMarked || context.pages().length !== 1) return false;
  try {
    state.complain = () => {};
    await tab.mouse.move(-1, -1);
    // A small file of the same origin, which shares the page's storage.
    await tab.goto(`${served.url}manifest.webmanifest`);
    await tab.evaluate(async () => {
      localStorage.clear();
      sessionStorage.clear();
      const deleted = (await indexedDB.databases()).map(({ name }) => {
        return new Promise((resolve, reject) => Object.assign(indexedDB.deleteDatabase(name), { onsuccess: resolve, onerror: reject, onblocked: reject }));
      });
      await Promise.all(deleted);
    });
  } catch {
    return false;
  }
  if (!spares.has(key)) spares.set(key, []);
  spares.get(key).push({ tab, context, key, state });
  return true;
}

/** Opens a tab that reports errors to `state.complain`; `state.isMarked` is true once a method of `LASTING` was called. */
async function newTab(context) {
  // A control that does not exist after this time will not appear.
  context.setDefaultTimeout(CONTROL_LIMIT_MS);
  const tab = await context.newPage();
  if (isFirefox) askOneByOne(tab);
  const state = { complain: () => {}, origin: undefined, isMarked: false };
  const complain = (text) => state.complain(text);
  tab.on('console', (message) => {
    // Not warnings: Chromium logs one for each preload with an `integrity`, and trunk writes one for the wasm file.
    if (message.type() === 'error') complain(`console: ${message.text()} (${message.location().url})`);
  });
  tab.on('pageerror', (error) => complain(`uncaught: ${error.stack ?? error}`));
  tab.on('crash', () => complain('the tab crashed'));
  tab.on('request', (request) => {
    const { protocol, origin: to } = new URL(request.url());
    if (/^(https?|wss?|ftp):$/.test(protocol) && to !== state.origin) complain(`request elsewhere: ${request.url()}`);
  });
  tab.on('websocket', (socket) => complain(`request elsewhere: ${socket.url()}`));
  await tab.exposeBinding('e2eCspViolation', (_, text) => complain(`Content-Security-Policy: ${text}`));
  await tab.addInitScript(() => {
    addEventListener('TrunkApplicationStarted', () => (window.e2eStarted = true));
    document.addEventListener('securitypolicyviolation', (event) => {
      window.e2eCspViolation(`${event.effectiveDirective} blocked ${event.blockedURI} (${event.sample})`);
    });
  });
  for (const name of LASTING) {
    const original = tab[name];
    tab[name] = (...parameters) => {
      state.isMarked = true;
      return original.apply(tab, parameters);
    };
  }
  return { tab, context, state };
}

/** Opens the page, and adds its tab to `tabs`. */
async function openPage(tabs, complaints, options = {}) {
  const { width = 1280, height = 800, path = '', before, start = true, allow = [], context: shared, ...others } = options;
  const { address = served.url, waitUntil = 'load', ...rest } = others;
  const lacking = LACKING.filter((option) => isFirefox && rest[option] !== undefined && rest[option] !== FIREFOX_PREFERS[option]);
  if (lacking.length) throw new Lacking(`Firefox cannot be given ${lacking.join(', ')} from outside`);
  const viewport = { width, height };
  // Firefox 153 does not press a button by Enter in a page that was loaded again.
  const key = isFirefox || shared || before || address !== served.url ? undefined : JSON.stringify(rest);
  const spare = spares.get(key)?.pop();
  await spare?.tab.setViewportSize(viewport);
  const fresh = { viewport, locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce', serviceWorkers: 'block', ...rest };
  const one = spare ?? { ...(await newTab(shared ?? (await browser.newContext(fresh)))), key };
  tabs.push(one);
  const { context, tab, state } = one;
  state.origin = new URL(address).origin;
  state.complain = (text) => {
    if (!allow.some((pattern) => pattern.test(text))) complaints.push(text);
  };

  await before?.(context, tab);
  // From here on, calls are the test's.
  state.isMarked = false;
  await tab.goto(address + path, { waitUntil, timeout: START_LIMIT_MS });
  if (start) await tab.waitForFunction(() => window.e2eStarted, undefined, { timeout: START_LIMIT_MS });
  return tab;
}

/** The themes: those of the system, and those that a visitor chooses in the page. */
const THEMES = {
  light: {},
  dark: { colorScheme: 'dark' },
  'forced colours': { forcedColors: 'active' },
  'high contrast': { colorScheme: 'dark', theme: 'contrast' },
  projector: { theme: 'projector' },
};
export const themes = Object.keys(THEMES);

/**
 * Shows the page in one of `themes`. Only the style sheet changes; nothing is rendered again except the graph, to fit
 * its space.
 */
export async function showTheme(tab, name) {
  if (isFirefox) throw new Lacking('Firefox cannot be given another theme of the system from outside');
  const { colorScheme = 'light', forcedColors = 'none', theme } = THEMES[name];
  await tab.emulateMedia({ colorScheme, forcedColors });
  await tab.evaluate(async (theme) => {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    dispatchEvent(new Event('resize'));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  }, theme);
}

/**
 * Writes target/screenshots/NAME.png; for the name `readme` and with UPDATE_SCREENSHOTS=1, also docs/screenshot.png.
 * `options` are those of Playwright's `page.screenshot`.
 */
export async function screenshot(tab, name, options = {}) {
  await tab.evaluate(() => document.fonts.ready.then(() => {}));
  // Playwright first adds a style to the page, which Firefox attributes to the page itself and blocks, so only Chromium
  // takes screenshots.
  if (isFirefox) return;
  const picture = await tab.screenshot({ animations: 'disabled', caret: 'hide', ...options });
  const files = [join(ROOT, 'target/screenshots', `${name}.png`)];
  if (name === 'readme' && process.env.UPDATE_SCREENSHOTS === '1') files.push(join(ROOT, 'docs/screenshot.png'));
  for (const file of files) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, picture);
  }
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Runs in the page. A control that is partly covered by a bar at the edge counts only if it is covered at every scroll
 * position.
 */
async function axeViolations() {
  const run = async (what, rules) =>
    (await axe.run(what, { resultTypes: ['violations'], rules: Object.fromEntries(rules.map((rule) => [rule, { enabled: true }])) })).violations;
  const found = await run(document, axe.getRules().map(({ ruleId }) => ruleId));
  for (const violation of found.filter(({ id }) => id === 'target-size')) {
    const covered = [];
    for (const node of violation.nodes) {
      document.querySelector(node.target.flat()[0])?.scrollIntoView({ block: 'center', inline: 'nearest' });
      const again = await run({ include: [node.target] }, ['target-size']);
      if (again.some(({ id }) => id === 'target-size')) covered.push(node);
    }
    violation.nodes = covered;
  }
  return found;
}

/**
 * Returns the violations that axe-core finds in the current page, one readable line for each element; [] if there are
 * none: `assert.deepEqual(await axe(tab), [])`. Every rule is on, including those that are off by default in axe-core
 * (such as the AAA contrast).
 */
export async function axe(tab) {
  if (isFirefox) throw new Lacking('axe-core comes in by the door of Chromium, past the policy of the page');
  // Uses the debugger protocol, because the page's own policy correctly forbids foreign scripts.
  const session = await tab.context().newCDPSession(tab);
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(`axe: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  };
  try {
    if (await evaluate('typeof axe') === 'undefined') await evaluate(`${AXE}; undefined`);
    const violations = await evaluate(`(${axeViolations})()`);
    return violations.flatMap(({ id, impact, help, nodes }) =>
      nodes.map(({ target, html, any, all, none }) => {
        const why = [...any, ...all, ...none].map(({ message }) => message).join('; ');
        return `${id} (${impact}): ${help}\n    at ${target.flat().join(' ')}: ${html.slice(0, 160)}\n    ${why}`;
      }),
    );
  } finally {
    await session.detach();
  }
}
