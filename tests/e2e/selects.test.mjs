// Drop-down lists: each shows the current value, after its use and after a change elsewhere.
import { assert, test } from './harness.mjs';
import { eventually, selectNode } from './page.mjs';

/** Returns the text of the entry that a list shows. */
const shown = (list) => list.evaluate((list) => list.selectedOptions[0]?.textContent.trim());
const press = (tab, name) => tab.getByRole('button', { name, exact: true }).first().click();

test('the language chooser shows the language that is spoken, as often as it changes', async ({ page }) => {
  const tab = await page();
  const list = tab.locator('.top-bar select').last();
  for (const [words, undo] of [['Deutsch', 'Rückgängig'], ['English', 'Undo'], ['日本語', null], ['Deutsch', 'Rückgängig'], ['English', 'Undo']]) {
    await list.selectOption(words);
    await eventually(() => shown(list), words);
    if (undo) await tab.getByRole('button', { name: undo, exact: true }).waitFor();
  }
  // By keyboard: from the shown entry to the next one.
  await list.focus();
  await tab.keyboard.press('ArrowDown');
  await eventually(() => shown(list), 'Deutsch');
  await tab.keyboard.press('ArrowUp');
  await eventually(() => shown(list), 'English');
});

test('a language that cannot be had is not shown as chosen', async ({ page }) => {
  const tab = await page({ allow: [/./], before: (context) => context.route('**/lang/de.json', (route) => route.abort()) });
  const list = tab.getByLabel('Language');
  await list.selectOption('Deutsch');
  await tab.getByText('The words of that language cannot be loaded').first().waitFor();
  await eventually(() => shown(list), 'English');
});

test('a list that was used follows what is changed elsewhere', async ({ page }) => {
  const tab = await page({ width: 1440, height: 1000 });
  await selectNode(tab, 'red');
  const own = tab.locator('#node-preference');
  const none = await shown(own);
  await own.selectOption('IPv6_ONLY');
  await eventually(() => shown(own), 'IPv6_ONLY');
  await press(tab, 'Undo');
  await eventually(() => shown(own), none);
  await press(tab, 'Redo');
  await eventually(() => shown(own), 'IPv6_ONLY');
  // The list of another node.
  await selectNode(tab, 'blue');
  await eventually(() => shown(own), none);
  await selectNode(tab, 'red');
  await eventually(() => shown(own), 'IPv6_ONLY');

  await press(tab, 'Matrix');
  const inRow = tab.locator('#own-colorteller-red-vn');
  await eventually(() => shown(inRow), 'IPv6_ONLY');
  await inRow.selectOption('IPv4_ONLY');
  await eventually(() => shown(own), 'IPv4_ONLY');
  await press(tab, 'Undo');
  await eventually(async () => [await shown(inRow), await shown(own)], ['IPv6_ONLY', 'IPv6_ONLY']);
  await press(tab, 'Undo');
  await eventually(() => shown(own), none);
});

test('the account and the scenario', async ({ page }) => {
  const tab = await page();
  const account = tab.getByLabel('Account', { exact: true }).first();
  for (const words of ['Account 210987654321', 'Account 123456789012', 'Account 210987654321', 'Account 123456789012']) {
    await account.selectOption(words);
    await eventually(() => shown(account), words);
  }
  const list = tab.getByLabel('Scenario');
  for (const value of ['cloud-map', 'dns', 'dns']) {
    await list.selectOption(value);
    // The list is a menu: the same entry can be chosen again.
    await eventually(() => shown(list), 'Scenario…');
  }
  const theme = tab.getByLabel('Theme');
  for (const value of ['dark', 'light', 'system']) {
    await theme.selectOption(value);
    await eventually(() => theme.inputValue(), value);
  }
});

test('a list of a form follows the JSON beside it, and the JSON the list', async ({ page }) => {
  const tab = await page();
  await press(tab, 'Create in this mesh');
  const dialog = tab.getByRole('dialog');
  const discovery = dialog.getByLabel('Service discovery', { exact: true });
  const first = await shown(discovery);
  await discovery.selectOption('AWS cloud map');
  await eventually(() => shown(discovery), 'AWS cloud map');
  await dialog.getByRole('button', { name: 'JSON' }).click();
  const area = dialog.getByLabel('Input');
  const input = JSON.parse(await area.inputValue());
  assert.ok(input.spec.serviceDiscovery.awsCloudMap);
  input.spec.serviceDiscovery = { dns: { hostname: 'a.local' } };
  await area.fill(JSON.stringify(input));
  await dialog.getByRole('button', { name: 'Form' }).click();
  await eventually(() => shown(discovery), 'DNS');
  assert.ok(first);
  const kind = dialog.getByLabel('Kind', { exact: true }).first();
  for (const words of ['Route', 'Virtual node', 'Virtual router', 'Virtual node']) {
    await kind.selectOption(words);
    await eventually(() => shown(kind), words);
  }
});
