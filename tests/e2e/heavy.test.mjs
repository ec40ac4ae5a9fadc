// Heavy work runs in slices: the page renders between them and reports the progress, and Stop leaves everything
// unchanged. tools/bench-tasks.mjs measures the duration of the tasks; nothing here depends on the clock.
import { assert, startOver, test } from './harness.mjs';
import { eventually, give, requests, stored } from './page.mjs';
import { DOCUMENTS, SMALL, entries, heavyTemplate } from './heavy.mjs';

const NO_PREFERENCE = 'ok ok app listener listener listener+[app]';

/** Runs in the page: records the states of the progress bar, and counts the frames in which it was visible. */
function watch() {
  window.seen = { words: new Set(), frames: 0 };
  const note = () => {
    const bar = document.querySelector('dialog progress');
    if (bar) window.seen.words.add(bar.getAttribute('aria-label'));
  };
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true });
  const frame = () => {
    if (document.querySelector('dialog progress')) window.seen.frames += 1;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** Returns the recorded progress: the number of states, the different messages, and the number of frames. */
const seen = (tab) =>
  tab.evaluate(() => {
    const words = [...window.seen.words];
    return { states: words.length, stages: [...new Set(words.map((text) => text.replace(/\d+/g, 'n')))], frames: window.seen.frames };
  });

const textOf = (name) => DOCUMENTS.find(([other]) => other === name)[1]();

test('a large document is read, translated and opened in slices, with its progress', async ({ page }) => {
  const tab = await page();
  tab.context().setDefaultTimeout(60_000);
  await tab.evaluate(watch);
  const dialog = await give(tab, textOf('20,000 updates of one mesh'), { asFile: true, name: 'updates.json' });
  await dialog.getByText('This is App Mesh JSON.').waitFor();
  await dialog.getByRole('button', { name: 'Open', exact: true }).click();
  await dialog.getByRole('status').getByText('1 created, 20000 updated, 0 unchanged, 0 refused.').waitFor();
  const { states, stages, frames } = await seen(tab);
  assert.ok(states > 10, `${states} states of the progress`);
  assert.ok(frames > 3, `${frames} frames with it`);
  assert.ok(stages.includes('n of n resources opened') && stages.length > 1, stages.join(' | '));
  // Opening is one step, which one undo reverts.
  await dialog.getByRole('button', { name: 'Done' }).click();
  await tab.getByRole('button', { name: 'Undo', exact: true }).click();
  await eventually(() => requests(tab), NO_PREFERENCE);
});

/** Presses Stop as soon as the progress message matches, between two slices. */
const stopAt = (tab, words) =>
  tab.evaluate(
    (pattern) =>
      new Promise((done) => {
        const look = () => {
          const bar = document.querySelector('dialog progress');
          const stop = [...document.querySelectorAll('dialog button')].find((button) => button.textContent === 'Stop');
          if (!bar || !stop || !new RegExp(pattern).test(bar.getAttribute('aria-label'))) return;
          observer.disconnect();
          stop.click();
          done();
        };
        const observer = new MutationObserver(look);
        observer.observe(document.body, { subtree: true, childList: true, attributes: true });
        look();
      }),
    words,
  );

test('Stop while a text is read, and while it is opened, changes nothing', async ({ page }) => {
  const tab = await page();
  tab.context().setDefaultTimeout(60_000);
  const before = await stored(tab);
  // Starts to wait in the page before the file is given, because the page is fast.
  const reading = stopAt(tab, 'read$');
  const dialog = await give(tab, heavyTemplate(), { asFile: true });
  await reading;
  await dialog.locator('progress').waitFor({ state: 'detached' });
  assert.equal(await dialog.getByText(/^This is/).count(), 0, 'it was not read');
  // Open reads the document again.
  await dialog.getByRole('button', { name: 'Open', exact: true }).click();
  await dialog.getByText('This is a CloudFormation template.').waitFor();
  for (const words of ['resolved$|translated$', 'opened$']) {
    const opening = stopAt(tab, words);
    await dialog.getByRole('button', { name: 'Open', exact: true }).click();
    await opening;
    await dialog.locator('progress').waitFor({ state: 'detached' });
    assert.equal(await dialog.getByRole('region', { name: 'Report' }).count(), 0);
  }
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await requests(tab), NO_PREFERENCE);
  assert.equal(await tab.getByRole('button', { name: 'Undo', exact: true }).isDisabled(), true, 'there is no step');
  assert.deepEqual(await stored(tab), before);
});

async function projects(tab) {
  await tab.locator('.top-bar .project').click();
  return tab.getByRole('dialog');
}

/** Returns the text of a downloaded file. */
async function fileOf(download) {
  const parts = [];
  for await (const part of await (await download).createReadStream()) parts.push(part);
  return Buffer.concat(parts).toString();
}

const COUNT = 2000;
const projectKeys = async (tab) => Object.keys(await stored(tab)).filter((key) => key.startsWith('mesh-playground/project/'));

test('thousands of projects are listed, exported and imported in slices', async ({ page }) => {
  const tab = await page();
  tab.context().setDefaultTimeout(60_000);
  await startOver(tab, entries(COUNT, SMALL));
  await tab.evaluate(watch);
  const dialog = await projects(tab);
  await dialog.getByText(`Show more (${COUNT - 100} not shown)`).waitFor();
  // A stopped export offers no file.
  let download = tab.waitForEvent('download');
  const stopped = stopAt(tab, 'exported$');
  await dialog.getByRole('button', { name: 'Export all as one file' }).click();
  await stopped;
  await dialog.getByText('Show more').waitFor();
  await dialog.getByRole('button', { name: 'Export all as one file' }).click();
  const text = await fileOf(download);
  assert.equal(JSON.parse(text).projects.length, COUNT);
  const { stages, states } = await seen(tab);
  assert.ok(stages.includes('n of n projects exported'), stages.join(' | '));
  assert.ok(states > 10, `${states} states of the progress`);

  // Into an empty page: if stopped, nothing is imported; then everything is.
  await dialog.getByRole('button', { name: 'Done' }).click();
  await startOver(tab);
  await tab.evaluate(watch);
  const other = await projects(tab);
  await other.getByText('My playground').first().waitFor();
  const file = { name: 'all.json', mimeType: 'application/json', buffer: Buffer.from(text) };
  const before = await projectKeys(tab);
  for (const words of ['read$', 'imported$']) {
    const stopping = stopAt(tab, words);
    await other.getByLabel('Import').setInputFiles(file);
    await stopping;
    await other.getByLabel('Import').waitFor();
    assert.deepEqual(await projectKeys(tab), before, words);
    assert.deepEqual(await other.locator('.projects strong').allTextContents(), ['My playground'], words);
  }
  await other.getByLabel('Import').setInputFiles(file);
  await other.getByText(`Imported ${COUNT} projects.`).waitFor();
  await other.getByText(`Show more (${COUNT + 1 - 100} not shown)`).waitFor();
  assert.equal((await projectKeys(tab)).length, COUNT + 1);
  const imported = await seen(tab);
  assert.ok(imported.stages.includes('n of n projects imported') && imported.states > 20, JSON.stringify(imported));
});
