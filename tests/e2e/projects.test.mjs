// Several projects, and several tabs on one project: no work is lost, and the user is informed of what happened.
import { assert, axe, screenshot, showTheme, startOver, test, visit } from './harness.mjs';
import { eventually, prefer, projectNames, projectText, requests, stored } from './page.mjs';

const V4_ONLY = 'ok ok app ok ok app';
const NO_PREFERENCE = 'ok ok app listener listener listener+[app]';
const banner = (tab) => tab.locator('.banner:not(:empty)');
const button = (tab) => tab.locator('.top-bar .project');
const openName = async (tab) => (await button(tab).textContent()).replace(/^[^:]*: /, '');

async function projects(tab) {
  await button(tab).click();
  const dialog = tab.getByRole('dialog');
  await dialog.getByRole('heading', { name: 'Projects' }).waitFor();
  return dialog;
}

async function create(tab, name, start = 'Six colours, found by DNS') {
  const dialog = await projects(tab);
  await dialog.getByRole('button', { name: 'New project…' }).click();
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByLabel('Begin with').selectOption(start);
  await dialog.getByRole('button', { name: 'Create project' }).click();
  await dialog.waitFor({ state: 'detached' });
  await eventually(() => openName(tab), name);
}

async function switchTo(tab, name) {
  const dialog = await projects(tab);
  await dialog.getByRole('button', { name: `Open ${name}`, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await eventually(() => openName(tab), name);
}

const listed = (dialog) => dialog.locator('.projects strong').allTextContents();
const done = async (dialog) => {
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.waitFor({ state: 'detached' });
};
/** Creates a mesh, which later steps find by its name. */
async function mesh(tab, name) {
  await tab.getByRole('button', { name: 'Create mesh', exact: true }).click();
  await tab.getByLabel('Mesh name').fill(name);
  await tab.getByRole('dialog').getByRole('button', { name: 'Create mesh' }).click();
  await tab.getByRole('dialog').waitFor({ state: 'detached' });
}
const meshes = (tab) => tab.locator('.meshes .link').allTextContents();

async function fileOf(download) {
  const file = await download;
  const parts = [];
  for await (const part of await file.createReadStream()) parts.push(part);
  return { name: file.suggestedFilename(), text: Buffer.concat(parts).toString() };
}

// One tab ---------------------------------------------------------------------------------------------------------

visit('projects are made, opened, and each keeps its own', async (tab) => {
  assert.equal(await openName(tab), 'My playground');
  await prefer(tab, 'IPv4_ONLY');
  await create(tab, 'Empty one', 'Nothing');
  assert.deepEqual(await meshes(tab), []);
  await mesh(tab, 'shop');
  await create(tab, 'Cloud', 'Six colours, found by Cloud Map');
  await eventually(() => projectNames(tab), ['Cloud', 'Empty one', 'My playground']);
  await switchTo(tab, 'Empty one');
  assert.deepEqual(await meshes(tab), ['shop']);
  await switchTo(tab, 'My playground');
  await eventually(() => requests(tab), V4_ONLY);
  // With its own history, also after switching between projects.
  await tab.getByRole('button', { name: 'Undo', exact: true }).click();
  await eventually(() => requests(tab), NO_PREFERENCE);
  await tab.getByRole('button', { name: 'Redo', exact: true }).click();
  // After a reload, the tab shows its project again.
  await switchTo(tab, 'Empty one');
  await tab.reload();
  await eventually(() => openName(tab), 'Empty one');
  assert.deepEqual(await meshes(tab), ['shop']);
  await switchTo(tab, 'My playground');
  await eventually(() => requests(tab), V4_ONLY);
});

visit('a project is renamed, and a taken name gets a number', async (tab) => {
  await create(tab, 'Shop', 'Nothing');
  const dialog = await projects(tab);
  await dialog.getByRole('button', { name: 'Rename My playground' }).click();
  const field = dialog.getByLabel('New name');
  await eventually(() => field.evaluate((input) => document.activeElement === input), true);
  await field.fill('   ');
  await tab.keyboard.press('Enter');
  await dialog.getByText('Give the project a name.').waitFor();
  await field.fill('Shop');
  await tab.keyboard.press('Enter');
  await dialog.getByText('Renamed to Shop (2).').waitFor();
  assert.deepEqual(await listed(dialog), ['Shop (2)', 'Shop']);
  // Renames the open project; Escape first returns to the list.
  await dialog.getByRole('button', { name: 'Rename Shop', exact: true }).click();
  await tab.keyboard.press('Escape');
  await dialog.getByRole('heading', { name: 'Projects' }).waitFor();
  await dialog.getByRole('button', { name: 'Rename Shop', exact: true }).click();
  await field.fill('東京 <b>☂</b>');
  await tab.keyboard.press('Enter');
  await dialog.getByText('Renamed to 東京 <b>☂</b>.').waitFor();
  await tab.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await openName(tab), '東京 <b>☂</b>');
  await tab.reload();
  await eventually(() => openName(tab), '東京 <b>☂</b>');
});

visit('a copy is a project of its own', async (tab) => {
  await prefer(tab, 'IPv4_ONLY');
  const dialog = await projects(tab);
  await dialog.getByRole('button', { name: 'Duplicate My playground' }).click();
  await dialog.getByText('Made My playground (2).').waitFor();
  await dialog.getByRole('button', { name: 'Open My playground (2)' }).click();
  await eventually(() => requests(tab), V4_ONLY);
  await prefer(tab, 'No preference');
  await eventually(() => requests(tab), NO_PREFERENCE);
  await switchTo(tab, 'My playground');
  await eventually(() => requests(tab), V4_ONLY);
});

visit('a deleted project comes back, in the list and after it', async (tab) => {
  await create(tab, 'Second', 'Nothing');
  await mesh(tab, 'shop');
  let dialog = await projects(tab);
  // A project that is not open.
  await dialog.getByRole('button', { name: 'Delete My playground' }).click();
  await dialog.getByText('Deleted project My playground.').waitFor();
  assert.deepEqual(await listed(dialog), ['Second']);
  await dialog.getByRole('button', { name: 'Undo delete' }).click();
  await eventually(async () => (await listed(dialog)).sort(), ['My playground', 'Second']);
  // The open project: another one is opened instead.
  await dialog.getByRole('button', { name: 'Delete Second' }).click();
  await dialog.getByText('Deleted project Second.').waitFor();
  await done(dialog);
  assert.equal(await openName(tab), 'My playground');
  await eventually(() => requests(tab), NO_PREFERENCE);
  await banner(tab).getByRole('button', { name: 'Undo delete' }).click();
  await eventually(() => openName(tab), 'Second');
  assert.deepEqual(await meshes(tab), ['shop']);
  await tab.getByRole('button', { name: 'Undo', exact: true }).click();
  await eventually(() => meshes(tab), [], 'with its history');
  // After another change, the deletion is final.
  dialog = await projects(tab);
  await dialog.getByRole('button', { name: 'Delete My playground' }).click();
  await done(dialog);
  await banner(tab).getByText('Deleted project My playground.').waitFor();
  await mesh(tab, 'other');
  await banner(tab).waitFor({ state: 'detached' });
  // After the last project is deleted, the six colours are shown again.
  dialog = await projects(tab);
  await dialog.getByRole('button', { name: 'Delete Second' }).click();
  await done(dialog);
  await eventually(() => openName(tab), 'My playground');
  await eventually(() => requests(tab), NO_PREFERENCE);
});

visit('projects go into files and come out of them', async (tab) => {
  await prefer(tab, 'IPv4_ONLY');
  await create(tab, 'Shop', 'Nothing');
  const dialog = await projects(tab);
  let download = tab.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Export My playground' }).click();
  const one = await fileOf(download);
  assert.equal(one.name, 'My playground.json');
  assert.equal(one.text, await projectText(tab));
  download = tab.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Export all as one file' }).click();
  const every = await fileOf(download);
  const give = (name, text) =>
    dialog.getByLabel('Import').setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(text) });
  await give('From a friend.json', one.text);
  await dialog.getByText('Imported From a friend.').waitFor();
  await give('all.json', every.text);
  await dialog.getByText(/^Imported .*\(2\).*\(2\)/).waitFor();
  assert.deepEqual((await listed(dialog)).sort(), ['From a friend', 'My playground', 'My playground (2)', 'Shop', 'Shop (2)']);
  for (const [text, error] of [
    ['{', /line 1/],
    ['{"Resources":{}}', /version/],
    ['{"format":"mesh-playground-projects","version":9}', /version 9/],
    ['\u0000', /line 1/],
  ]) {
    await give('wrong.json', text);
    await dialog.getByRole('alert').getByText(error).waitFor();
  }
  assert.equal((await listed(dialog)).length, 5, 'nothing is taken by half');
  await dialog.getByRole('button', { name: 'Open From a friend' }).click();
  await eventually(() => requests(tab), V4_ONLY);
});

test('what an earlier version kept is the first project', async ({ page }) => {
  const tab = await page();
  await prefer(tab, 'IPv4_ONLY');
  await eventually(async () => (await projectText(tab))?.includes('IPv4_ONLY'), true);
  const text = await projectText(tab);
  await startOver(tab, { 'mesh-playground/world': text });
  await eventually(() => requests(tab), V4_ONLY);
  assert.deepEqual(await projectNames(tab), ['My playground']);
  assert.equal((await stored(tab))['mesh-playground/world'], undefined);
  assert.equal(await projectText(tab), text);
});

visit('a damaged project is told and kept, and the others open', async (tab) => {
  await prefer(tab, 'IPv4_ONLY');
  await create(tab, 'Broken', 'Nothing');
  await tab.evaluate(() => {
    const key = Object.keys(localStorage).find((key) => localStorage[key].startsWith('{"name":"Broken"'));
    localStorage[key] = localStorage[key].slice(0, 200);
    localStorage['mesh-playground/project/odd/1-x'] = 'no first line';
  });
  await tab.reload();
  await banner(tab).getByText('The saved playground is damaged: Broken').waitFor();
  await eventually(() => openName(tab), 'My playground');
  await eventually(() => requests(tab), V4_ONLY);
  const dialog = await projects(tab);
  assert.deepEqual((await listed(dialog)).sort(), ['Broken', 'Damaged project', 'My playground']);
  await dialog.getByRole('button', { name: 'Open Damaged project' }).click();
  await dialog.getByRole('alert').getByText(/Damaged project cannot be read/).waitFor();
  const download = tab.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Export Damaged project' }).click();
  assert.equal((await fileOf(download)).text, 'no first line');
  await dialog.getByRole('button', { name: 'Delete Damaged project' }).click();
  await done(dialog);
  await tab.getByRole('button', { name: 'Discard it' }).click();
  await eventually(() => projectNames(tab), ['My playground']);
});

// Without room ----------------------------------------------------------------------------------------------------

const BLOCKS = {
  'is blocked': () =>
    Object.defineProperty(window, 'localStorage', {
      get() {
        throw new DOMException('Access is denied for this document.', 'SecurityError');
      },
    }),
  'is full': () => {
    Storage.prototype.setItem = () => {
      throw new DOMException('exceeded the quota', 'QuotaExceededError');
    };
  },
};

test('where the storage is blocked, projects work as long as the page', async ({ page }) => {
  const tab = await page({ before: (_, tab) => tab.addInitScript(BLOCKS['is blocked']) });
  await banner(tab).getByText('Not saved:').waitFor();
  await prefer(tab, 'IPv4_ONLY');
  await create(tab, 'Shop', 'Nothing');
  await mesh(tab, 'shop');
  await switchTo(tab, 'My playground');
  await eventually(() => requests(tab), V4_ONLY);
  await switchTo(tab, 'Shop');
  assert.deepEqual(await meshes(tab), ['shop']);
  const download = tab.waitForEvent('download');
  await tab.getByRole('button', { name: 'Download it' }).click();
  assert.match((await fileOf(download)).text, /"shop"/);
});

test('where the storage is full, nothing is lost and it is said', async ({ page }) => {
  const tab = await page();
  await prefer(tab, 'IPv4_ONLY');
  await create(tab, 'Shop', 'Nothing');
  await tab.evaluate(() => {
    window.setItemOnce = Storage.prototype.setItem;
    Storage.prototype.setItem = () => {
      throw new DOMException('exceeded the quota', 'QuotaExceededError');
    };
  });
  await mesh(tab, 'shop');
  await banner(tab).getByText('Not saved:').waitFor();
  assert.match(await button(tab).textContent(), /^Not saved: Shop/);
  let dialog = await projects(tab);
  await dialog.getByRole('button', { name: 'Duplicate Shop' }).click();
  await dialog.getByRole('alert').getByText('There is no room').waitFor();
  // After switching to another project and back, the unsaved changes are still there.
  await dialog.getByRole('button', { name: 'Open My playground' }).click();
  await dialog.waitFor({ state: 'detached' });
  await eventually(() => requests(tab), V4_ONLY);
  await switchTo(tab, 'Shop');
  assert.deepEqual(await meshes(tab), ['shop']);
  // Once there is room, the next step saves everything, and the banner disappears.
  await tab.evaluate(() => {
    Storage.prototype.setItem = window.setItemOnce;
  });
  await mesh(tab, 'bakery');
  await banner(tab).waitFor({ state: 'detached' });
  await tab.reload();
  await eventually(() => meshes(tab), ['bakery', 'shop']);
  dialog = await projects(tab);
  assert.deepEqual((await listed(dialog)).sort(), ['My playground', 'Shop']);
});

// Two tabs --------------------------------------------------------------------------------------------------------

test('a tab that did nothing follows the other, and can go back', async ({ page }) => {
  const one = await page();
  const two = await page({ context: one.context() });
  await prefer(one, 'IPv4_ONLY');
  await eventually(() => requests(two), V4_ONLY);
  await eventually(() => two.locator('.announcer').textContent(), 'Changed in another tab');
  assert.equal(await two.locator('.history .label').first().textContent(), 'Changed in another tab');
  await two.getByRole('button', { name: 'Undo', exact: true }).click();
  await eventually(() => requests(two), NO_PREFERENCE);
  await eventually(() => requests(one), NO_PREFERENCE);
  // Names, too.
  const dialog = await projects(one);
  await dialog.getByRole('button', { name: 'Rename My playground' }).click();
  await dialog.getByLabel('New name').fill('Ours');
  await tabEnter(one);
  await eventually(() => openName(two), 'Ours');
  assert.deepEqual(await projectNames(two), ['Ours']);
  assert.deepEqual(await banner(two).allTextContents(), []);
});

const tabEnter = (tab) => tab.keyboard.press('Enter');

test('edits that alternate as fast as they can are all found again', async ({ page }) => {
  const one = await page();
  const two = await page({ context: one.context() });
  const names = [];
  for (let round = 0; round < 6; round += 1) {
    const [a, b] = [`a${round}`, `b${round}`];
    names.push(a, b);
    await mesh(one, a);
    await mesh(two, b);
  }
  await allFound(one, names);
});

test('edits at the same moment are all found again, and the one that moved is told', async ({ page }) => {
  const one = await page();
  const two = await page({ context: one.context() });
  const names = [];
  for (let round = 0; round < 5; round += 1) {
    const [a, b] = [`a${round}`, `b${round}`];
    names.push(a, b);
    await Promise.all([mesh(one, a), mesh(two, b)]);
  }
  await allFound(one, names);
});

/** Waits until each of these meshes is in some project. */
async function allFound(tab, names) {
  await eventually(async () => {
    const texts = Object.entries(await stored(tab)).filter(([key]) => key.startsWith('mesh-playground/project/'));
    return names.filter((name) => !texts.some(([, text]) => text.includes(`"mesh":"${name}"`)));
  }, []);
}

/** Lets two tabs change one project without receiving each other's changes. Returns the tab that has moved, first. */
async function apart(page) {
  const one = await page();
  await mesh(one, 'common');
  const two = await page({
    context: one.context(),
    before: (_, tab) =>
      tab.addInitScript(() => addEventListener('storage', (event) => window.isFrozen && event.stopImmediatePropagation())),
  });
  assert.deepEqual(await meshes(two), ['colors', 'common']);
  // Like a tab that the browser has frozen.
  await two.evaluate(() => void (window.isFrozen = true));
  await mesh(one, 'mine');
  await eventually(async () => (await projectText(one)).includes('"mine"'), true);
  await mesh(two, 'yours');
  await eventually(() => openName(two), 'My playground (from another tab)');
  await two.evaluate(() => void (window.isFrozen = false));
  return [two, one];
}

test('two that changed one project have one each, and may keep both', async ({ page }) => {
  const [two, one] = await apart(page);
  await banner(two).getByText('Two tabs changed this project at the same time').waitFor();
  await eventually(() => projectNames(one), ['My playground', 'My playground (from another tab)']);
  assert.deepEqual(await meshes(one), ['colors', 'common', 'mine']);
  assert.deepEqual(await meshes(two), ['colors', 'common', 'yours']);
  assert.equal(await openName(one), 'My playground');
  assert.equal(await banner(one).count(), 0);
  assert.deepEqual(await axe(two), []);
  await two.getByRole('button', { name: 'Keep both' }).click();
  await banner(two).waitFor({ state: 'detached' });
  // From here on, they are independent.
  await mesh(two, 'more');
  await mesh(one, 'less');
  assert.deepEqual(await meshes(two), ['colors', 'common', 'more', 'yours']);
});

test('two that changed one project: the other can be opened', async ({ page }) => {
  const [two] = await apart(page);
  await two.getByRole('button', { name: 'Open My playground', exact: true }).click();
  await eventually(() => meshes(two), ['colors', 'common', 'mine']);
  await banner(two).waitFor({ state: 'detached' });
  assert.equal(await openName(two), 'My playground');
});

test('two that changed one project: one takes the place of the other, which can be undone there', async ({ page }) => {
  const [two, one] = await apart(page);
  await two.getByRole('button', { name: 'Use what is here instead' }).click();
  await eventually(() => openName(two), 'My playground');
  assert.deepEqual(await meshes(two), ['colors', 'common', 'yours']);
  await eventually(() => meshes(one), ['colors', 'common', 'yours']);
  assert.deepEqual(await projectNames(one), ['My playground']);
  await one.getByRole('button', { name: 'Undo', exact: true }).click();
  await eventually(() => meshes(two), ['colors', 'common', 'mine']);
});

test('a project deleted in another tab stays open, and comes back with the next step', async ({ page }) => {
  const one = await page();
  await mesh(one, 'common');
  const two = await page({ context: one.context() });
  await create(one, 'Other', 'Nothing');
  const dialog = await projects(one);
  await dialog.getByRole('button', { name: 'Delete My playground' }).click();
  await done(dialog);
  await banner(two).getByText('This project was deleted in another tab').waitFor();
  assert.deepEqual(await projectNames(two), ['Other']);
  await mesh(two, 'back');
  await eventually(() => projectNames(two), ['My playground', 'Other']);
  await banner(two).waitFor({ state: 'detached' });
});

// Accessibility ---------------------------------------------------------------------------------------------------

for (const width of [320, 768, 1440]) {
  test(`axe finds nothing in the dialog: ${width} px`, async ({ page }) => {
    const tab = await page({ width, height: 900 });
    const isWide = () => tab.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    await create(tab, 'A project with a name that is rather long, as such names may well be', 'Nothing');
    const dialog = await projects(tab);
    const look = async (what) => {
      for (const theme of ['light', 'dark', 'forced colours']) {
        await showTheme(tab, theme);
        await screenshot(tab, `projects-${what}-${theme}-${width}`);
        assert.deepEqual(await axe(tab), [], `${what}, ${theme}`);
        assert.equal(await isWide(), false, `${what}, ${theme}`);
      }
    };
    await look('list');
    await dialog.getByRole('button', { name: 'New project…' }).click();
    await dialog.getByLabel('Name', { exact: true }).fill('');
    await dialog.getByRole('button', { name: 'Create project' }).click();
    await dialog.getByRole('alert').waitFor();
    await look('new');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.getByRole('button', { name: 'Delete My playground' }).click();
    await dialog.getByText('Deleted project').waitFor();
    await look('deleted');
    await done(dialog);
    await look('page');
  });
}
