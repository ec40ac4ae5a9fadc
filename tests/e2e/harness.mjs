// What the tests in *.test.mjs stand on: the built page behind a small file server, one Chromium, and a page
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
import { chromium } from 'playwright-core';
import { launchOptions, serve } from './server.mjs';

export { assert };

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START_LIMIT_MS = 30_000;
const CONTROL_LIMIT_MS = 8_000;
const TEST_LIMIT_MS = 120_000;

// Set by run.mjs; without it this file's process has its own server and browser.
let served;
let browser;
async function open() {
  served ??= process.env.E2E_URL ? { url: process.env.E2E_URL, close: () => {} } : await serve();
  browser ??= process.env.E2E_BROWSER
    ? await chromium.connect(process.env.E2E_BROWSER)
    : await chromium.launch(launchOptions());
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
 *   `reducedMotion`, `permissions`, `storageState`, `hasTouch`;
 * - `path`: what follows the page's address, such as `?mesh=a` or `#/lessons`;
 * - `before(context, tab)`: a function to call before the page is opened;
 * - `start: false`: do not wait until the program has started;
 * - `allow`: regular expressions for complaints that this test expects.
 *
 * A second tab on the same storage: `await page({ context: tab.context() })`.
 */
export function test(name, options, body) {
  if (typeof options === 'function') [options, body] = [{}, options];
  nodeTest(name, { timeout: TEST_LIMIT_MS, ...options }, async (t) => {
    await open();
    const contexts = new Set();
    const complaints = [];
    try {
      await body({ t, url: served.url, page: (pageOptions) => openPage(contexts, complaints, pageOptions) });
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

// The tab of `visit`, with what the page complains of.
let kept;

/**
 * A test on a first visit, in a tab that all visits of a file share, as opening one takes longer than most tests.
 * Its function gets the tab; `test` is for those that need a tab of their own.
 */
export function visit(name, options, body) {
  if (typeof options === 'function') [options, body] = [{}, options];
  nodeTest(name, { timeout: TEST_LIMIT_MS, ...options }, async () => {
    await open();
    if (kept) {
      await startOver(kept.tab);
      kept.complaints.length = 0;
    } else {
      const complaints = [];
      kept = { complaints, tab: await openPage(new Set(), complaints) };
    }
    const { complaints, tab } = kept;
    try {
      await body(tab);
      await tab.title();
    } catch (error) {
      // What is left of it is no place for another visit.
      kept = undefined;
      await tab.context().close();
      if (complaints.length) error.message += `\n\nThe page complained:\n${complaints.join('\n')}`;
      throw error;
    }
    if (complaints.length) assert.fail(`the page complained:\n${complaints.join('\n')}`);
  });
}

/** Makes a tab's next moment a first visit, but for what is to be stored. */
export async function startOver(tab, store = {}) {
  await tab.evaluate((store) => {
    // What is not kept yet would be kept as the page goes, after all else is gone.
    dispatchEvent(new Event('pagehide'));
    localStorage.clear();
    sessionStorage.clear();
    for (const [key, value] of Object.entries(store)) localStorage.setItem(key, value);
  }, store);
  await tab.reload();
  await tab.waitForFunction(() => window.e2eStarted, undefined, { timeout: START_LIMIT_MS });
}

async function openPage(contexts, complaints, options = {}) {
  const { width = 1280, height = 800, path = '', before, start = true, allow = [], context: shared, ...rest } = options;
  const origin = new URL(served.url).origin;
  const context =
    shared ??
    (await browser.newContext({ viewport: { width, height }, locale: 'en-GB', timezoneId: 'UTC', ...rest }));
  contexts.add(context);
  // A control that is not there after so long will not come.
  context.setDefaultTimeout(CONTROL_LIMIT_MS);
  const tab = await context.newPage();

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
  await tab.goto(served.url + path, { waitUntil: 'load', timeout: START_LIMIT_MS });
  if (start) await tab.waitForFunction(() => window.e2eStarted, undefined, { timeout: START_LIMIT_MS });
  return tab;
}

/**
 * Writes target/screenshots/NAME.png; for the name `readme`, when UPDATE_SCREENSHOTS=1, docs/screenshot.png, too.
 * `options` are those of Playwright's `page.screenshot`.
 */
export async function screenshot(tab, name, options = {}) {
  await tab.evaluate(() => document.fonts.ready.then(() => {}));
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
 * What axe-core finds wrong with the page as it is now, one readable line for each element; [] when all is well:
 * `assert.deepEqual(await axe(tab), [])`. Every rule is on, those that axe-core itself leaves off included (such as
 * the AAA contrast); `axe(tab, { every: false })` has axe-core's own choice.
 */
export async function axe(tab, { every = true } = {}) {
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
    const rules = every ? 'Object.fromEntries(axe.getRules().map(({ ruleId }) => [ruleId, { enabled: true }]))' : '{}';
    const violations = await evaluate(
      `axe.run(document, { resultTypes: ['violations'], rules: ${rules} }).then(({ violations }) => violations)`,
    );
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
