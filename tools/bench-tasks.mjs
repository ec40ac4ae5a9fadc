// Measures the longest task of the built page during the heaviest work that a visitor can start: the time in which
// the page does not respond.
//     node tools/bench-tasks.mjs [PART-OF-A-NAME...]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DOCUMENTS, LINES, SMALL, entries, heavyTemplate, longestTask, manifests, recordTasks } from '../tests/e2e/heavy.mjs';
import { launchOptions, serve } from '../tests/e2e/server.mjs';

/** Maximum duration of a task, in milliseconds. */
const BAR = 200;
const ROUNDS = Number(process.env.ROUNDS ?? 2);
const LIMIT = 180_000;
const { chromium } = createRequire(resolve('tests/e2e/package.json'))('playwright-core');
const chosen = process.argv.slice(2);
const server = await serve();
const browser = await chromium.launch(launchOptions());

const folder = mkdtempSync(join(tmpdir(), 'mesh-playground-tasks-'));
/**
 * Writes a file to disk and returns its path. The driver unpacks any other file inside the page, which takes longer
 * than the measured work.
 */
function fileOf(name, text) {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

async function open() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', serviceWorkers: 'block' });
  context.setDefaultTimeout(LIMIT);
  const tab = await context.newPage();
  tab.on('pageerror', (error) => console.error(error));
  await tab.addInitScript(() => addEventListener('TrunkApplicationStarted', () => (window.isStarted = true)));
  await tab.addInitScript(recordTasks);
  await start(tab);
  return tab;
}

async function start(tab) {
  await tab.goto(server.url);
  await tab.waitForFunction(() => window.isStarted);
}

/** Results by the name of a step: longest task and total time, of the round with the shortest longest task. */
const found = new Map();
async function measure(tab, name, run) {
  const start = performance.now();
  const longest = await longestTask(tab, run);
  const whole = performance.now() - start;
  const before = found.get(name);
  if (!before || longest < before.longest) found.set(name, { longest, whole });
}

async function openDocument([name, text, expected]) {
  const tab = await open();
  const file = fileOf('document.yaml', text());
  await tab.getByRole('button', { name: 'Open…' }).click();
  const dialog = tab.getByRole('dialog', { name: 'Open' });
  await dialog.getByLabel('File', { exact: true }).waitFor();
  const button = dialog.getByRole('button', { name: 'Open', exact: true });
  let told;
  const ready = dialog.getByText(/^This is|neither a CloudFormation|more than 200000|levels deep|recursion|line \d+, column/).first();
  await measure(tab, `${name}: read`, async () => {
    await dialog.getByLabel('File', { exact: true }).setInputFiles(file);
    await ready.waitFor();
  });
  if (await button.isEnabled()) {
    await measure(tab, `${name}: opened`, async () => {
      await button.click();
      await dialog.getByRole('region', { name: 'Report' }).waitFor();
    });
    told = await dialog.locator('.report strong').allTextContents();
    await measure(tab, `${name}: Done`, async () => {
      await dialog.getByRole('button', { name: 'Done' }).click();
      await dialog.waitFor({ state: 'detached' });
      await tab.waitForFunction(() => ['disk', 'journal', ''].includes(document.documentElement.dataset.kept ?? ''));
    });
  }
  told ??= await dialog.locator('#open-text-note').allTextContents();
  if (!told.some((words) => expected.test(words))) console.error(`${name}: ${told.join(' | ').slice(0, 300)}`);
  await tab.context().close();
}

async function runLines() {
  const tab = await open();
  const dock = tab.getByRole('region', { name: 'Terminal' });
  const unfold = dock.getByRole('button', { name: 'Terminal' });
  if ((await unfold.getAttribute('aria-expanded')) === 'false') await unfold.click();
  const line = tab.getByLabel('Command line');
  for (const [name, text] of [['manifests.yaml', manifests()], ['template.yaml', heavyTemplate()]]) {
    await dock.locator('input[type=file]').setInputFiles(fileOf(name, text));
    await dock.getByText(`file://${name}`).waitFor();
  }
  for (const [text] of LINES) {
    const typed = dock.locator('.typed');
    const before = await typed.count();
    await measure(tab, text, async () => {
      await line.fill(text);
      await line.press('Enter');
      await tab.waitForFunction((count) => document.querySelectorAll('.screen .typed').length > count, before);
    });
    if (process.env.SHOW) console.log(text, '\n', (await dock.locator('.did').last().textContent()).slice(-300));
  }
  await tab.context().close();
}

async function listProjects() {
  const store = entries(5000, SMALL);
  const tab = await open();
  // Fill the storage from another document, because the page saves when it closes.
  await tab.goto(`${server.url}manifest.webmanifest`);
  await tab.evaluate((store) => {
    localStorage.clear();
    sessionStorage.clear();
    for (const [key, text] of Object.entries(store)) localStorage.setItem(key, text);
  }, store);
  await measure(tab, '5,000 projects: the page starts', async () => {
    await start(tab);
    await tab.waitForFunction(() => ['disk', 'journal'].includes(document.documentElement.dataset.kept));
  });
  const button = tab.locator('.top-bar .project');
  const dialog = tab.getByRole('dialog');
  await measure(tab, '5,000 projects: listed', async () => {
    await button.click();
    await dialog.getByText('Show more').waitFor();
  });
  await measure(tab, '5,000 projects: one duplicated', async () => {
    await dialog.getByRole('button', { name: 'Duplicate' }).first().click();
    await dialog.getByText(/^Made /).waitFor();
  });
  let file;
  await measure(tab, '5,000 projects: exported', async () => {
    const download = tab.waitForEvent('download');
    await dialog.getByRole('button', { name: 'Export all as one file' }).click();
    const parts = [];
    for await (const part of await (await download).createReadStream()) parts.push(part);
    file = fileOf('all.json', Buffer.concat(parts));
  });
  await tab.context().close();
  const empty = await open();
  await empty.locator('.top-bar .project').click();
  const other = empty.getByRole('dialog');
  await measure(empty, '5,000 projects: imported', async () => {
    await other.getByLabel('Import').setInputFiles(file);
    await other.getByText(/^Imported /).waitFor();
    await empty.waitForFunction(() => ['disk', 'journal'].includes(document.documentElement.dataset.kept));
  });
  await empty.context().close();
}

const isChosen = (name) => !chosen.length || chosen.some((part) => name.includes(part));
for (let round = 0; round < ROUNDS; round++) {
  for (const document of DOCUMENTS) if (isChosen(document[0])) await openDocument(document);
  if (isChosen('terminal')) await runLines();
  if (isChosen('projects')) await listProjects();
}
await browser.close();
await server.close();
rmSync(folder, { recursive: true });
console.log(`${'longest task of'.padEnd(72)}${'ms'.padStart(6)}  of`);
for (const [name, { longest, whole }] of found) {
  console.log(`${name.slice(0, 70).padEnd(72)}${longest.toFixed(0).padStart(6)}  ${whole.toFixed(0).padStart(6)} ms${longest > BAR ? `  over ${BAR} ms` : ''}`);
}
