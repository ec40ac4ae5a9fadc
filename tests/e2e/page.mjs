// Actions on the page and readings from it, for several end-to-end tests.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert, isFirefox } from './harness.mjs';

export const COLOURS = ['red', 'orange', 'yellow', 'green', 'blue', 'purple'];
export const PREFERENCES = ['No preference', 'IPv6_PREFERRED', 'IPv4_PREFERRED', 'IPv6_ONLY', 'IPv4_ONLY'];
export const FIRST_ACCOUNT = '123456789012';
export const SECOND_ACCOUNT = '210987654321';
export const nodeName = (colour) => `colorteller-${colour}-vn`;

const NAMED_SAMPLES = process.env.MESH_PLAYGROUND_SAMPLES;
const SAMPLES = NAMED_SAMPLES ?? fileURLToPath(new URL('../../../shared/samples', import.meta.url));

/**
 * Reason why a test of the published samples cannot run here, for node:test's option `skip`. If their folder is named,
 * the test must run.
 */
export const noSamples = (() => {
  if (existsSync(SAMPLES)) return false;
  assert.ok(!NAMED_SAMPLES, `MESH_PLAYGROUND_SAMPLES names ${SAMPLES}, and no such folder is there`);
  console.log(`skipped: the published samples, as they are not in ${SAMPLES}`);
  return `the published samples are not in ${SAMPLES}`;
})();

/** Returns the text of a published sample. */
export const sample = (path) => readFileSync(join(SAMPLES, path), 'utf8');

/** Reads until the result equals the expected value; otherwise fails with the difference. */
export async function eventually(read, expected, message) {
  let actual;
  for (let attempt = 0; attempt < 60; attempt += 1) {
    actual = await read();
    try {
      assert.deepEqual(actual, expected);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  assert.deepEqual(actual, expected, message);
}

/** Chooses the mesh's preference by its radio button. */
export const prefer = (tab, words) => tab.getByRole('radio', { name: words }).check();

/** Loads the six colours, `dns` or `cloud-map`. */
export const scenario = (tab, variant) => tab.getByLabel('Scenario').selectOption(variant);

/** Selects a node in the graph. */
export const selectNode = (tab, colour) => tab.getByRole('button', { name: `virtual node ${nodeName(colour)}:` }).click();

/**
 * Returns the outcomes in the table of requests, in one line: `ok` or the observed failure, followed by the failures
 * behind it in brackets; in the words of tests/golden.rs.
 */
export const requests = (tab) =>
  tab.evaluate(
    (nodes) =>
      nodes
        .map((node) => {
          const row = document.querySelector(`.requests tr[data-node="${node}"]`);
          if (!row) return '?';
          const [, status, headline] = [...row.cells].map((cell) => cell.textContent);
          const places = {
            Arrives: 'ok',
            'Stops at discovery': 'discovery',
            'Stops on the way': 'address',
            'Stops at the listener': 'listener',
            'Stops at the application': 'app',
          };
          const start = Object.keys(places).find((words) => headline.startsWith(words));
          if (status !== (start === 'Arrives' ? '✓ 200' : start === 'Stops on the way' ? '✕ 504' : '✕ 503')) {
            return `${status}: ${headline}`;
          }
          return places[start] + (headline.includes('Behind it, the application would fail too') ? '+[app]' : '');
        })
        .join(' '),
    COLOURS.map(nodeName),
  );

/** Returns the matrix, one line for each preference, in the words of `requests`. */
export const matrix = (tab) =>
  tab.evaluate(
    ([nodes, preferences]) =>
      preferences.map((_, column) =>
        nodes
          .map((node) => {
            const row = document.getElementById(`own-${node}`)?.closest('tr');
            if (!row) return '?';
            const cell = row.cells[column + 2];
            const place = cell.querySelector('.badge').textContent.replace('✓ arrives', 'ok').replace('✕ ', '');
            return place + [...cell.querySelectorAll('small')].map((next) => `+[${next.textContent.replace('then ', '')}]`).join('');
          })
          .join(' '),
      ),
    [COLOURS.map(nodeName), PREFERENCES],
  );

/** Opens the dialog *Open* and gives it a text, as a file or pasted. Returns the dialog. */
export async function give(tab, text, { asFile = false, name = 'template.yaml' } = {}) {
  await tab.getByRole('button', { name: 'Open…' }).click();
  const dialog = tab.getByRole('dialog', { name: 'Open' });
  const file = { name, mimeType: 'text/plain', buffer: Buffer.from(text) };
  if (asFile && isFirefox) {
    // The file chooser of Firefox opens, but a file set in it does not always arrive.
    await dialog.getByLabel('File', { exact: true }).setInputFiles(file);
  } else if (asFile) {
    const chooser = tab.waitForEvent('filechooser');
    await dialog.getByLabel('File', { exact: true }).click();
    await (await chooser).setFiles(file);
  } else {
    await dialog.getByLabel('Or paste it here').fill(text);
  }
  return dialog;
}

/** Opens a text, and returns the counts of the report as one line. */
export async function open(tab, text, { parameters = {}, ...how } = {}) {
  const dialog = await give(tab, text, how);
  for (const [name, value] of Object.entries(parameters)) await dialog.getByLabel(name, { exact: true }).fill(value);
  await dialog.getByRole('button', { name: 'Open', exact: true }).click();
  const report = dialog.getByRole('region', { name: 'Report' });
  const counts = await report.getByRole('status').textContent();
  const dispositions = await report.locator('summary').allTextContents();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.waitFor({ state: 'detached' });
  return { counts, dispositions };
}

/** Returns the data stored for the next visit, by key. */
export const stored = (tab) => tab.evaluate(() => ({ ...localStorage }));

/** Returns the names of the stored projects. */
export const projectNames = async (tab) =>
  Object.entries(await stored(tab))
    .filter(([key]) => key.startsWith('mesh-playground/project/'))
    .map(([, text]) => JSON.parse(text.split('\n')[0]).name)
    .sort();

/** Returns the stored document of a project. */
export const projectText = async (tab, name = 'My playground') => {
  const kept = Object.entries(await stored(tab)).filter(([key]) => key.startsWith('mesh-playground/project/'));
  const found = kept.map(([, text]) => text).find((text) => JSON.parse(text.split('\n')[0]).name === name);
  return found?.slice(found.indexOf('\n') + 1);
};

/** Returns the focused element: its role, and the words with which a screen reader begins. */
export const focused = (tab) =>
  tab.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return 'the page';
    const words = element.getAttribute('aria-label') ?? element.querySelector('title')?.textContent ?? element.labels?.[0]?.textContent ?? element.textContent;
    return `${element.getAttribute('role') ?? element.localName} ${words.trim().replace(/\s+/g, ' ')}`;
  });

/**
 * Presses a key until an element is focused. In Firefox, do not go past the last control: the controls of the browser
 * window follow, and then the driver's keys, which are still sent to the page, have no effect.
 */
export async function tabTo(tab, wanted, { key = 'Tab', limit = 120 } = {}) {
  const way = [];
  for (let step = 0; step < limit; step += 1) {
    way.push(await focused(tab));
    if (wanted.test(way.at(-1))) return;
    await tab.keyboard.press(key);
  }
  assert.fail(`${key} does not reach ${wanted}: ${way.join(' | ')}`);
}
