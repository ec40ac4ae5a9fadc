// Sharing: a shared playground is opened elsewhere unchanged, saved data is not touched, and hostile links are
// reported.
import { assert, axe, isFirefox, screenshot, test } from './harness.mjs';
import { eventually, nodeName, prefer, requests, selectNode, stored } from './page.mjs';

/** Opens the dialog *Share* and returns it. */
async function share(tab) {
  await tab.getByRole('button', { name: 'Share', exact: true }).click();
  const dialog = tab.getByRole('dialog', { name: 'Share' });
  await dialog.getByRole('heading', { name: 'Share' }).waitFor();
  return dialog;
}

/** Returns the link for the contents of a tab. */
async function linkOf(tab) {
  const dialog = await share(tab);
  const link = await dialog.getByLabel('Link', { exact: true }).inputValue();
  await dialog.getByRole('button', { name: 'Done' }).click();
  return link;
}

const fragment = (link) => link.slice(link.indexOf('#'));
const guest = (tab) => tab.getByText('Opened from a link.');
const problem = (tab) => tab.getByRole('alert').filter({ hasText: 'This link cannot be opened' });
const V6_OVERRIDE = 'discovery+[app] discovery app app ok ok';

/** Sets the mesh to IPv6_ONLY and a preference of yellow, and selects yellow. */
async function change(tab) {
  await prefer(tab, 'IPv6_ONLY');
  await selectNode(tab, 'yellow');
  await tab.locator('.inspector').getByLabel('IP version preference').selectOption('IPv4_PREFERRED');
  await eventually(() => requests(tab), V6_OVERRIDE);
}

test('the link of the six colours is far below 2,000 characters', async ({ page, url }) => {
  const tab = await page();
  const link = await linkOf(tab);
  assert.ok(link.startsWith(`${url}#/p/1.`), link);
  assert.ok(link.length < 260, `${link.length}: ${link}`);
});

test('what is shared is what is opened elsewhere, and nothing saved is touched', async ({ page }) => {
  const tab = await page();
  await change(tab);
  await tab.getByRole('button', { name: 'Matrix' }).click();
  const link = await linkOf(tab);
  const saved = await stored(tab);

  const other = await page({ path: fragment(link) });
  await guest(other).waitFor();
  await other.locator('.matrix table').waitFor();
  assert.equal(await other.locator('.inspector h2').textContent(), nodeName('yellow'));
  await other.getByRole('button', { name: 'Graph', exact: true }).click();
  await eventually(() => requests(other), V6_OVERRIDE);
  assert.equal(await linkOf(other), (await linkOf(tab)).replace(/#.*/, fragment(await linkOf(other))));

  // In a browser with saved work: that work stays unchanged, regardless of changes to the guest.
  const again = await page({ context: tab.context(), path: fragment(link) });
  await guest(again).waitFor();
  await again.getByRole('button', { name: 'Graph', exact: true }).click();
  await prefer(again, 'IPv4_ONLY');
  await eventually(() => requests(again), 'ok ok app ok ok app');
  const worlds = (all) => Object.fromEntries(Object.entries(all).filter(([, text]) => text.includes('"resources"')));
  assert.deepEqual(worlds(await stored(again)), worlds(saved));
});

test('a guest lives in its address, is sent away, or is kept', async ({ page }) => {
  const tab = await page();
  const link = await linkOf(tab);
  const other = await page({ path: fragment(link) });
  await prefer(other, 'IPv6_ONLY');
  await eventually(async () => (await other.evaluate(() => location.hash)) !== fragment(link), true);
  await other.reload();
  await guest(other).waitFor();
  await eventually(() => requests(other), 'discovery+[app] discovery discovery app ok ok');
  await other.getByRole('button', { name: 'Discard' }).click();
  await guest(other).waitFor({ state: 'detached' });
  await eventually(() => requests(other), 'ok ok app listener listener listener+[app]');
  assert.equal(await other.evaluate(() => location.hash), '#/');

  // Another link in the same tab: no reload is needed.
  await other.evaluate((hash) => (location.hash = hash), fragment(link));
  await guest(other).waitFor();
  await prefer(other, 'IPv4_ONLY');
  await other.getByRole('button', { name: 'Keep it as a project' }).click();
  await guest(other).waitFor({ state: 'detached' });
  await eventually(() => requests(other), 'ok ok app ok ok app');
  await other.reload();
  await eventually(() => requests(other), 'ok ok app ok ok app');
});

test('the seed and the preview go with the link', async ({ page }) => {
  const tab = await page();
  await tab.getByRole('button', { name: 'Request', exact: true }).click();
  await tab.getByLabel('Seed').fill('4711');
  await tab.getByRole('button', { name: 'Matrix' }).click();
  await tab.locator('.matrix td button, .matrix [role=button]').first().click();
  const link = await linkOf(tab);
  const other = await page({ path: fragment(link) });
  await guest(other).waitFor();
  assert.equal(await linkOf(other), link);
  await other.getByRole('button', { name: 'Request', exact: true }).click();
  assert.equal(await other.getByLabel('Seed').inputValue(), '4711');
});

test('routes lead to panels', async ({ page }) => {
  const tab = await page({ path: '#/matrix' });
  await tab.locator('.matrix table').waitFor();
  await tab.evaluate(() => (location.hash = '#/graph'));
  await tab.locator('.graph svg').waitFor();
});

for (const [name, hash, words] of [
  ['cut off', (link) => link.slice(0, -9), /cut off or changed/],
  ['changed', (link) => `${link.slice(0, 60)}${link[60] === 'A' ? 'B' : 'A'}${link.slice(61)}`, /cut off or changed/],
  ['of a newer page', () => '#/p/7.abc', /version 7/],
  ['no link at all', () => '#/p/<script>alert(1)</script>', /no version|none that links have/],
  ['longer than any', () => `#/p/1.${'A'.repeat(600_000)}`, /longer than any link/],
]) {
  test(`a hostile link says what is wrong with it: ${name}`, async ({ page }) => {
    const tab = await page();
    const link = fragment(await linkOf(tab));
    const saved = await stored(tab);
    await tab.evaluate((hash) => (location.hash = hash), hash(link));
    await problem(tab).waitFor();
    assert.match(await problem(tab).textContent(), words);
    await eventually(() => requests(tab), 'ok ok app listener listener listener+[app]');
    await problem(tab).getByRole('button', { name: 'Dismiss' }).click();
    await problem(tab).waitFor({ state: 'detached' });
    assert.deepEqual(await stored(tab), saved);
  });
}

test('the dialog has the link, a QR code, the code to embed, and a file', { skip: isFirefox && 'needs the clipboard' }, async ({ page, url }) => {
  const tab = await page({ permissions: ['clipboard-read', 'clipboard-write'] });
  const dialog = await share(tab);
  await dialog.getByRole('button', { name: 'Copy link' }).click();
  const link = await dialog.getByLabel('Link', { exact: true }).inputValue();
  assert.equal(await tab.evaluate(() => navigator.clipboard.readText()), link);
  await dialog.getByRole('img', { name: 'QR code of the link' }).waitFor();
  await dialog.getByLabel('Shows').selectOption('Matrix');
  await dialog.getByLabel('Read-only').check();
  const code = await dialog.getByRole('textbox', { name: 'Embed code' }).inputValue();
  assert.ok(code.startsWith(`<iframe src="${url}?embed=1&amp;ui=matrix&amp;readonly=1#/p/1.`), code);
  assert.match(code, /sandbox="allow-scripts allow-popups/);
  const download = tab.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Download as file' }).click();
  assert.equal((await download).suggestedFilename(), 'mesh-playground.json');
});

for (const [width, colorScheme] of [[320, 'light'], [768, 'dark'], [1440, 'light'], [1440, 'dark']]) {
  test(`the dialog and the banner are accessible: ${width} px, ${colorScheme}`, async ({ page }) => {
    const tab = await page({ width, height: 900, colorScheme });
    const dialog = await share(tab);
    await dialog.getByRole('img', { name: 'QR code of the link' }).waitFor();
    assert.deepEqual(await axe(tab), []);
    await screenshot(tab, `share-${width}-${colorScheme}`);
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${wide} px too wide`);
    const link = await dialog.getByLabel('Link', { exact: true }).inputValue();
    const other = await page({ width, height: 900, colorScheme, path: fragment(link) });
    await guest(other).waitFor();
    assert.deepEqual(await axe(other), []);
    await screenshot(other, `guest-${width}-${colorScheme}`);
  });
}
