// Data stored between visits, and the behaviour if it cannot be stored or read.
import { assert, startOver, test, visit } from './harness.mjs';
import { eventually, open, prefer, projectText, requests, selectNode, stored } from './page.mjs';

const WORLD = 'mesh-playground/world';
const DAMAGED = 'mesh-playground/damaged';
const V4_ONLY = 'ok ok app ok ok app';
const V6_ONLY = 'discovery+[app] discovery discovery app ok ok';
const banner = (tab) => tab.locator('.banner[role=alert]');

/** Returns the text of a file that is offered for download. */
async function downloaded(tab, button) {
  const download = tab.waitForEvent('download');
  await tab.getByRole('button', { name: button }).click();
  const file = await download;
  const parts = [];
  for await (const part of await file.createReadStream()) parts.push(part);
  return { name: file.suggestedFilename(), text: Buffer.concat(parts).toString() };
}

test('a reload and a second tab find everything again', async ({ page }) => {
  const tab = await page();
  await prefer(tab, 'IPv6_ONLY');
  await tab.getByRole('button', { name: 'Create mesh', exact: true }).click();
  await tab.getByLabel('Mesh name').fill('shop');
  await tab.getByRole('dialog').getByRole('button', { name: 'Create mesh' }).click();
  await eventually(() => tab.locator('.mesh-title .name').textContent(), 'shop');
  await tab.getByRole('button', { name: 'colors', exact: true }).click();
  await selectNode(tab, 'red');
  await tab.getByLabel('AAAA record', { exact: false }).check();
  await tab.getByRole('button', { name: 'Matrix' }).click();
  await tab.getByLabel('Theme').selectOption('dark');
  const again = async (other) => {
    await other.locator('.matrix table').waitFor();
    assert.deepEqual(await other.locator('.meshes .link').allTextContents(), ['colors', 'shop']);
    assert.equal(await other.locator('.mesh-title .name').textContent(), 'colors');
    assert.equal(await other.getByRole('radio', { name: 'IPv6_ONLY' }).isChecked(), true);
    assert.equal(await other.evaluate(() => document.documentElement.dataset.theme), 'dark');
    assert.equal(await other.getByLabel('Theme').inputValue(), 'dark');
    await other.getByRole('button', { name: 'Graph', exact: true }).click();
    await eventually(() => requests(other), V6_ONLY.replace('discovery+[app]', 'app'));
    await other.getByRole('button', { name: 'Matrix' }).click();
  };
  await tab.reload();
  await again(tab);
  await again(await page({ context: tab.context() }));
});

// Worlds that cannot be restored, each with the page's message.
const DAMAGES = [
  ['nothing', '', /./],
  ['half of it', '{"format":"mesh-playground","version":1,"acc', /line 1/],
  ['no JSON', '\u0000\u0001 garbage <script>alert(1)</script>', /line 1/],
  ['another type', '42', /version/],
  ['the wrong shape', '{"format":"mesh-playground","version":1,"resources":[{}],"accounts":7}', /accounts.*resources\[0\]|resources\[0\]/],
  ['a newer version', '{"format":"mesh-playground","version":2}', /version 2/],
  ['a depth', '['.repeat(100_000), /deep|nest|level|limit/],
];

for (const [name, damage, reason] of DAMAGES) {
  visit(`a damaged store is told and kept, and the page goes on: ${name}`, async (tab) => {
    await startOver(tab, { [WORLD]: damage });
    await banner(tab).getByText('The saved playground is damaged:').waitFor();
    assert.match(await banner(tab).textContent(), reason);
    assert.equal((await stored(tab))[DAMAGED], damage);
    await prefer(tab, 'IPv4_ONLY');
    await eventually(() => requests(tab), V4_ONLY);
    // It is still there on the next visit, beside the later work.
    await tab.reload();
    await banner(tab).getByText('The saved playground is damaged:').waitFor();
    await eventually(() => requests(tab), V4_ONLY);
    assert.equal((await downloaded(tab, 'Download damaged data')).text, damage);
    await tab.getByRole('button', { name: 'Discard it' }).click();
    await banner(tab).waitFor({ state: 'detached' });
    assert.equal((await stored(tab))[DAMAGED], undefined);
  });
}

for (const [key, value] of [
  ['mesh-playground/view', '{"mesh":"nowhere","owner":"123456789012","matrix":true}'],
  ['mesh-playground/view', '{"mesh":7'],
  ['mesh-playground/theme', 'purple'],
]) {
  visit(`a damaged ${key} is passed over: ${value}`, async (tab) => {
    await startOver(tab, { [key]: value });
    await prefer(tab, 'IPv6_ONLY');
    await tab.reload();
    await tab.getByRole('button', { name: 'Graph', exact: true }).click();
    await eventually(() => requests(tab), V6_ONLY);
    assert.equal(await banner(tab).count(), 0);
  });
}

// The ways in which browsers refuse to store data.
const BLOCKS = {
  'no window.localStorage': () =>
    Object.defineProperty(window, 'localStorage', {
      get() {
        throw new DOMException('Access is denied for this document.', 'SecurityError');
      },
    }),
  'localStorage is null': () => Object.defineProperty(window, 'localStorage', { get: () => null }),
  'storage is full': () => {
    Storage.prototype.setItem = () => {
      throw new DOMException('exceeded the quota', 'QuotaExceededError');
    };
  },
  'nothing can be read': () => {
    Storage.prototype.getItem = () => {
      throw new DOMException('The operation is insecure.', 'SecurityError');
    };
  },
};

for (const [name, block] of Object.entries(BLOCKS)) {
  test(`without storage the page works and says so: ${name}`, async ({ page }) => {
    const tab = await page({ before: (context, tab) => tab.addInitScript(block) });
    // Actions that change no stored data...
    await tab.getByRole('button', { name: 'Matrix' }).click();
    await tab.locator('.matrix table').waitFor();
    await tab.getByRole('button', { name: 'Graph', exact: true }).click();
    await tab.locator('.graph svg').waitFor();
    await tab.getByLabel('Theme').selectOption('dark');
    await eventually(() => tab.evaluate(() => document.documentElement.dataset.theme), 'dark');
    await selectNode(tab, 'purple');
    await eventually(() => tab.locator('.inspector h2').textContent(), 'colorteller-purple-vn');
    // ... and one that does.
    await prefer(tab, 'IPv6_ONLY');
    await eventually(() => requests(tab), V6_ONLY);
    await banner(tab).getByText('Not saved:').waitFor();
    await tab.getByRole('button', { name: 'Undo' }).click();
    await prefer(tab, 'IPv4_ONLY');
    await eventually(() => requests(tab), V4_ONLY);
    await tab.getByRole('button', { name: 'Dismiss' }).click();
    await banner(tab).waitFor({ state: 'detached' });
    await prefer(tab, 'IPv6_ONLY');
    await eventually(() => requests(tab), V6_ONLY);
  });
}

test('a banner that was dismissed does not come back with every step', async ({ page }) => {
  const tab = await page({ before: (context, tab) => tab.addInitScript(BLOCKS['storage is full']) });
  await prefer(tab, 'IPv6_ONLY');
  await tab.getByRole('button', { name: 'Dismiss' }).click();
  await banner(tab).waitFor({ state: 'detached' });
  await prefer(tab, 'IPv4_ONLY');
  await eventually(() => requests(tab), V4_ONLY);
  assert.equal(await banner(tab).count(), 0);
});

visit('the saved file opens as the same playground', async (tab) => {
  await prefer(tab, 'IPv6_ONLY');
  await selectNode(tab, 'yellow');
  await tab.locator('.inspector').getByLabel('IP version preference').selectOption('IPv4_PREFERRED');
  await eventually(() => requests(tab), 'discovery+[app] discovery app app ok ok');
  const { name, text } = await downloaded(tab, 'Save file');
  assert.equal(name, 'mesh-playground.json');
  assert.equal(text, await projectText(tab));
  await startOver(tab);
  await eventually(() => requests(tab), 'ok ok app listener listener listener+[app]');
  const { counts } = await open(tab, text, { asFile: true, name: 'mesh-playground.json' });
  assert.match(counts, /^20 created, .* 0 refused/);
  await eventually(() => requests(tab), 'discovery+[app] discovery app app ok ok');
  await eventually(() => projectText(tab), text);
  await tab.getByRole('button', { name: 'Undo' }).click();
  await eventually(() => requests(tab), 'ok ok app listener listener listener+[app]');
});
