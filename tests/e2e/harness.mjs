// What the tests in *.test.mjs stand on: the built page behind a small file server, one browser, and a page
// that fails its test on anything a user's browser would complain about.
//
//     import { assert, axe, screenshot, test } from './harness.mjs';
//     test('a mesh can be made', async ({ page }) => {
//       const tab = await page({ width: 390, height: 844, colorScheme: 'dark' });
//       await tab.getByRole('button', { name: 'Create mesh' }).click();
//     });
//
// `tests/e2e/run.mjs` runs them all with one server and one browser; `node --test tests/e2e/smoke.test.mjs`
// runs one file with its own.
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

/** Thrown where the browser of this run has no door for what a test wants: the test is then skipped, with the reason. */
class Lacking extends Error {}
// Options of a context that no Firefox of this driver can be given.
const LACKING = ['colorScheme', 'forcedColors', 'reducedMotion', 'contrast', 'hasTouch', 'isMobile', 'permissions', 'javaScriptEnabled'];

/** Firefox 153 crashes when a selector by role is asked for all at once; one by one it does not. */
function askOneByOne(tab) {
  const prototype = Object.getPrototypeOf(tab.locator('body'));
  prototype.allTextContents = async function () {
    return Promise.all((await this.all()).map((one) => one.textContent()));
  };
  prototype.evaluateAll = async function (read, argument) {
    const elements = await Promise.all((await this.all()).map((one) => one.elementHandle()));
    // A handle takes the function to the page; its own element is one that is always there.
    const body = await this.page().locator('body').elementHandle();
    return body.evaluate(new Function('body', 'all', `return (${read})(all.elements, all.argument)`), { elements, argument });
  };
}

/** Runs a test's body; skips it where the browser cannot do it. */
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

// Set by run.mjs; without it this file's process has its own server and browser.
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
  await browser?.close();
  await served?.close();
});

/**
 * A test, as in node:test. Its function gets `page`, which opens the page in a context of its own (nothing stored,
 * nothing shared), `url`, the page's address, and `t`, node's test context.
 *
 * `page(options)` takes
 * - `width`, `height` (1280 by 800) and any option of Playwright's `browser.newContext`, such as `colorScheme`,
 *   `permissions`, `storageState`, `hasTouch`, `serviceWorkers: 'allow'` (they are blocked unless it is given), and
 *   `reducedMotion: 'no-preference'` (nothing moves unless it is given, as motion takes processor time);
 * - `path`: what follows the page's address, such as `?mesh=a` or `#/lessons`;
 * - `address`: the page of another server than the runner's;
 * - `before(context, tab)`: a function to call before the page is opened;
 * - `start: false`: do not wait until the program has started, `waitUntil`: as of Playwright's `goto`;
 * - `allow`: regular expressions for complaints that this test expects.
 *
 * `test(name, { firefox: 'the reason' }, body)` is skipped in Firefox; so is a test whose page takes an option, or uses a
 * tool of this file, for which Firefox has no door.
 *
 * A second tab on the same storage: `await page({ context: tab.context() })`.
 */
export function test(name, options, body) {
  if (typeof options === 'function') [options, body] = [{}, options];
  nodeTest(name, limits(options), async (t) => {
    await open();
    const contexts = new Set();
    const complaints = [];
    try {
      await attempt(t, () =>
        body({ t, url: served.url, page: (pageOptions) => openPage(contexts, complaints, pageOptions) }),
      );
      // What the page did last may still be on its way here; a round trip to each tab lets it arrive.
      await Promise.all([...contexts].flatMap((context) => context.pages().map((tab) => tab.title())));
    } catch (error) {
      // The page's complaint often is the reason why the test found something else.
      if (complaints.length) error.message += `\n\nThe page complained:\n${complaints.join('\n')}`;
      throw error;
    } finally {
      await Promise.all([...contexts].map((context) => context.close()));
    }
    if (complaints.length) assert.fail(`the page complained:\n${complaints.join('\n')}`);
  });
}

/** A test's options for node:test: those of this run's browser, and a time limit. */
function limits({ firefox, ...options }) {
  return { timeout: TEST_LIMIT_MS, ...(isFirefox && firefox ? { skip: `Firefox: ${firefox}` } : {}), ...options };
}

// The tab of `visit`, with what the page complains of.
let kept;

/**
 * A test on a first visit, in a tab that all visits of a file share, as opening one takes longer than most tests.
 * Its function gets the tab; `test` is for those that need a tab of their own.
 */
export function visit(name, options, body) {
  if (typeof options === 'function') [options, body] = [{}, options];
  nodeTest(name, limits(options), async (t) => {
    await open();
    if (kept && isFirefox) {
      // Firefox 153 does not press a button by Enter in a page that was loaded again.
      await kept.tab.context().close();
      kept = undefined;
    }
    if (kept) {
      await startOver(kept.tab);
      kept.complaints.length = 0;
    } else {
      const complaints = [];
      kept = { complaints, tab: await openPage(new Set(), complaints) };
    }
    const { complaints, tab } = kept;
    try {
      await attempt(t, () => body(tab));
      await tab.title();
    } catch (error) {
      // What is left of it is no place for another visit.
      if (kept?.tab === tab) kept = undefined;
      await tab.context().close();
      if (complaints.length) error.message += `\n\nThe page complained:\n${complaints.join('\n')}`;
      throw error;
    }
    if (complaints.length) assert.fail(`the page complained:\n${complaints.join('\n')}`);
  });
}

/** Runs in the page: waits until what was done is kept, and then forgets all of it but what is to be stored. */
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

/** Makes a tab's next moment a first visit, but for what is to be stored. */
export async function startOver(tab, store = {}) {
  await tab.evaluate(forget, store);
  await tab.reload();
  await tab.waitForFunction(() => window.e2eStarted, undefined, { timeout: START_LIMIT_MS });
}

async function openPage(contexts, complaints, options = {}) {
  const { width = 1280, height = 800, path = '', before, start = true, allow = [], context: shared, ...others } = options;
  const { address = served.url, waitUntil = 'load', ...rest } = others;
  const { origin } = new URL(address);
  const lacking = LACKING.filter((option) => isFirefox && rest[option] !== undefined && rest[option] !== FIREFOX_PREFERS[option]);
  if (lacking.length) throw new Lacking(`Firefox cannot be given ${lacking.join(', ')} from outside`);
  const context =
    shared ??
    (await browser.newContext({ viewport: { width, height }, locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce', serviceWorkers: 'block', ...rest }));
  contexts.add(context);
  // A control that is not there after so long will not come.
  context.setDefaultTimeout(CONTROL_LIMIT_MS);
  const tab = await context.newPage();
  if (isFirefox) askOneByOne(tab);

  const complain = (text) => {
    if (!allow.some((pattern) => pattern.test(text))) complaints.push(text);
  };
  tab.on('console', (message) => {
    // Not warnings: Chromium has one for each preload with an `integrity`, and trunk writes one for the wasm file.
    if (message.type() === 'error') complain(`console: ${message.text()} (${message.location().url})`);
  });
  tab.on('pageerror', (error) => complain(`uncaught: ${error.stack ?? error}`));
  tab.on('crash', () => complain('the tab crashed'));
  tab.on('request', (request) => {
    const { protocol, origin: to } = new URL(request.url());
    if (/^(https?|wss?|ftp):$/.test(protocol) && to !== origin) complain(`request elsewhere: ${request.url()}`);
  });
  tab.on('websocket', (socket) => complain(`request elsewhere: ${socket.url()}`));
  await tab.exposeBinding('e2eCspViolation', (_, text) => complain(`Content-Security-Policy: ${text}`));
  await tab.addInitScript(() => {
    addEventListener('TrunkApplicationStarted', () => (window.e2eStarted = true));
    document.addEventListener('securitypolicyviolation', (event) => {
      window.e2eCspViolation(`${event.effectiveDirective} blocked ${event.blockedURI} (${event.sample})`);
    });
  });

  await before?.(context, tab);
  await tab.goto(address + path, { waitUntil, timeout: START_LIMIT_MS });
  if (start) await tab.waitForFunction(() => window.e2eStarted, undefined, { timeout: START_LIMIT_MS });
  return tab;
}

/** The themes: of the system, and those that a visitor chooses in the page. */
const THEMES = {
  light: {},
  dark: { colorScheme: 'dark' },
  'forced colours': { forcedColors: 'active' },
  'high contrast': { colorScheme: 'dark', theme: 'contrast' },
  projector: { theme: 'projector' },
};
export const themes = Object.keys(THEMES);

/** Shows the page in one of `themes`. A theme is the style sheet's affair: nothing is made anew for it but the drawing, to its room. */
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
 * Writes target/screenshots/NAME.png; for the name `readme`, when UPDATE_SCREENSHOTS=1, docs/screenshot.png, too.
 * `options` are those of Playwright's `page.screenshot`.
 */
export async function screenshot(tab, name, options = {}) {
  await tab.evaluate(() => document.fonts.ready.then(() => {}));
  // Playwright puts a style into the page first, which Firefox takes for the page's own and forbids: the pictures are
  // Chromium's.
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

/** Runs in the page. A control that a bar at the edge covers in part counts where it is covered wherever one scrolls. */
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
 * What axe-core finds wrong with the page as it is now, one readable line for each element; [] when all is well:
 * `assert.deepEqual(await axe(tab), [])`. Every rule is on, those that axe-core itself leaves off included (such as
 * the AAA contrast).
 */
export async function axe(tab) {
  if (isFirefox) throw new Lacking('axe-core comes in by the door of Chromium, past the policy of the page');
  // Through the debugger's door, as the page's own policy forbids foreign scripts, and rightly.
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
