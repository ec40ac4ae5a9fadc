// The forms: every kind created and changed by hand, errors beside their fields, and the JSON view of the same data.
import { assert, screenshot, test } from './harness.mjs';
import { eventually } from './page.mjs';

/** Opens the dialog that creates a resource of a kind in the shown mesh. */
async function create(tab, kind) {
  await tab.getByRole('button', { name: 'Create in this mesh' }).click();
  const dialog = tab.getByRole('dialog');
  await dialog.getByLabel('Kind', { exact: true }).first().selectOption(kind);
  return dialog;
}

const save = async (dialog, name = 'Create') => {
  await dialog.getByRole('button', { name, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
};

/** Returns the spec of the selected resource, as shown by the inspector. */
const spec = async (tab) => {
  const inspector = tab.getByRole('complementary', { name: 'Details' });
  const open = inspector.locator('details.json');
  if (!(await open.getAttribute('open'))) await open.locator('summary').evaluate((summary) => (summary.parentElement.open = true));
  const answer = JSON.parse(await inspector.getByRole('group', { name: 'answer' }).textContent());
  return Object.values(answer)[0].spec;
};

test('a resource of each kind is made and shown', async ({ page }) => {
  const tab = await page({ width: 1280, height: 900 });
  let dialog = await create(tab, 'Virtual node');
  await dialog.getByLabel('Virtual node name').fill('teller');
  await dialog.getByRole('group', { name: 'Listener 1' }).getByLabel('Port', { exact: true }).first().fill('8080');
  await dialog.getByLabel('Hostname').fill('teller.local');
  await save(dialog);
  assert.deepEqual(await spec(tab), {
    backends: [],
    listeners: [{ portMapping: { port: 8080, protocol: 'http' } }],
    serviceDiscovery: { dns: { hostname: 'teller.local' } },
  });

  dialog = await create(tab, 'Virtual router');
  await dialog.getByLabel('Virtual router name').fill('split');
  await dialog.getByLabel('Port', { exact: true }).first().fill('8080');
  await save(dialog);

  dialog = await create(tab, 'Route');
  assert.equal(await dialog.getByLabel('Virtual router name').inputValue(), 'split');
  await dialog.getByLabel('Route name').fill('half');
  await dialog.getByRole('button', { name: 'Add weighted target' }).click();
  await dialog.getByLabel('Virtual node', { exact: true }).nth(0).fill('teller');
  await dialog.getByLabel('Virtual node', { exact: true }).nth(1).fill('colorteller-red-vn');
  await dialog.getByLabel('Weight', { exact: true }).nth(1).fill('300');
  await dialog.getByLabel('Weight', { exact: true }).nth(0).fill('50');
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await dialog.getByRole('alert').getByText('Weight must be from 0 to 100, not 300').waitFor();
  await screenshot(tab, 'form-error');
  await dialog.getByLabel('Weight', { exact: true }).nth(1).fill('150');
  await dialog.getByRole('alert').getByText('Weight must be from 0 to 100, not 150').waitFor();
  await dialog.getByLabel('Weight', { exact: true }).nth(1).fill('50');
  await eventually(() => dialog.getByRole('alert').count(), 0);
  await dialog.getByText('50 % of the requests').first().waitFor();
  await screenshot(tab, 'form-route');
  await save(dialog);
  assert.deepEqual(await spec(tab), {
    httpRoute: {
      action: {
        weightedTargets: [
          { virtualNode: 'teller', weight: 50 },
          { virtualNode: 'colorteller-red-vn', weight: 50 },
        ],
      },
      match: { prefix: '/' },
    },
  });

  dialog = await create(tab, 'Virtual service');
  await dialog.getByLabel('Virtual service name').fill('teller.local');
  await dialog.getByLabel('Provider', { exact: true }).selectOption('Virtual router');
  await dialog.getByLabel('Virtual router name').fill('split');
  await save(dialog);

  dialog = await create(tab, 'Virtual gateway');
  await dialog.getByLabel('Virtual gateway name').fill('door');
  await dialog.getByLabel('Port', { exact: true }).first().fill('80');
  await save(dialog);

  dialog = await create(tab, 'Gateway route');
  await dialog.getByLabel('Virtual gateway name').selectOption('door');
  await dialog.getByLabel('Gateway route name').fill('in');
  await dialog.getByLabel('Virtual service name').fill('teller.local');
  await save(dialog);
  const made = await spec(tab);
  assert.equal(made.httpRoute.action.target.virtualService.virtualServiceName, 'teller.local');
  await tab.getByRole('button', { name: 'Undo' }).click();
  assert.equal(await tab.getByRole('button', { name: 'in', exact: true }).count(), 0);
});

test('a node is changed by form and by JSON, and both show the same', async ({ page }) => {
  const tab = await page({ width: 1280, height: 900 });
  await tab.getByRole('button', { name: /^Edit virtual node/ }).click();
  const dialog = tab.getByRole('dialog', { name: /^Edit virtual node/ });
  await dialog.getByRole('checkbox', { name: 'Health check' }).check();
  await dialog.getByLabel('Protocol', { exact: true }).first().selectOption('http2');
  await screenshot(tab, 'form-node');
  await dialog.getByRole('button', { name: 'JSON' }).click();
  const area = dialog.getByLabel('Input');
  const input = JSON.parse(await area.inputValue());
  assert.equal(input.spec.listeners[0].portMapping.protocol, 'http2');
  assert.equal(input.spec.listeners[0].healthCheck.protocol, 'http2');
  input.spec.listeners[0].healthCheck.path = '/ping';
  input.spec.nonsense = 1;
  await area.fill('{"spec": ');
  await dialog.getByRole('alert').waitFor();
  await dialog.getByRole('button', { name: 'Form' }).click();
  await screenshot(tab, 'form-json');
  assert.equal(await area.inputValue(), '{"spec": ', 'a text that cannot be read is not lost');
  await area.fill(JSON.stringify(input));
  await dialog.getByText('The service does not know, and ignores: spec.nonsense').waitFor();
  await dialog.getByRole('button', { name: 'Form' }).click();
  assert.equal(await dialog.getByLabel('Path', { exact: true }).inputValue(), '/ping');
  await save(dialog, 'Save changes');
  const made = await spec(tab);
  assert.equal(made.listeners[0].healthCheck.path, '/ping');
  assert.equal(made.nonsense, undefined);
});

test('a form is filled in by keyboard alone', async ({ page }) => {
  const tab = await page({ width: 1280, height: 900 });
  await tab.getByRole('button', { name: 'Create in this mesh' }).focus();
  await tab.keyboard.press('Enter');
  const dialog = tab.getByRole('dialog');
  await dialog.getByLabel('Kind', { exact: true }).first().focus();
  await tab.keyboard.press('ArrowDown');
  await dialog.getByLabel('Virtual router name').waitFor();
  await tab.keyboard.press('Tab');
  await tab.keyboard.type('keys');
  await tab.keyboard.press('Tab');
  await tab.keyboard.press('Tab');
  await tab.keyboard.type('81');
  await tab.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(await spec(tab), { listeners: [{ portMapping: { port: 81, protocol: 'http' } }] });
});

test('what comes and goes in a form leaves the focus where it is', async ({ page }) => {
  const tab = await page({ width: 1280, height: 900 });
  const dialog = await create(tab, 'Virtual node');
  const has = (control) => eventually(() => control.evaluate((element) => element === document.activeElement), true);
  const check = dialog.getByRole('checkbox', { name: 'Health check' });
  await check.focus();
  await tab.keyboard.press('Space');
  await dialog.getByLabel('Healthy threshold', { exact: true }).waitFor();
  await has(check);
  const discovery = dialog.getByLabel('Service discovery', { exact: true });
  for (const [key, shown] of [['ArrowUp', 'Namespace name'], ['ArrowDown', 'Hostname']]) {
    await discovery.focus();
    await tab.keyboard.press(key);
    await dialog.getByLabel(shown).waitFor();
    await has(discovery);
  }
  await dialog.getByLabel('Virtual node name').focus();
  await tab.keyboard.press('Enter');
  await dialog.getByRole('alert').first().waitFor();
  await has(dialog.getByLabel('Virtual node name'));
});

test('an item of a list goes, and the focus stays in the dialog', async ({ page }) => {
  const tab = await page({ width: 1280, height: 900 });
  const dialog = await create(tab, 'Virtual node');
  await dialog.getByRole('button', { name: 'Add listener' }).click();
  await dialog.getByRole('button', { name: 'Remove Listener 2' }).click();
  await eventually(() => tab.evaluate(() => document.activeElement.id), 'spec.listeners-add');
});

test('accounts are added and the quotas turned off', async ({ page }) => {
  const tab = await page({ width: 1280, height: 900 });
  await tab.getByText('Accounts and quotas').click();
  await tab.getByLabel('12-digit ID').fill('12');
  await tab.getByRole('button', { name: 'Add account' }).click();
  await tab.getByRole('alert').getByText('Account ID must have 12 to 12 characters, not 2').waitFor();
  await tab.getByLabel('12-digit ID').fill('555555555555');
  await tab.getByRole('button', { name: 'Add account' }).click();
  await eventually(() => tab.getByLabel('Account', { exact: true }).locator('option').count(), 3);
  await tab.getByLabel('Enforce the default quotas').uncheck();
  await screenshot(tab, 'accounts');
  await tab.reload();
  await tab.getByText('Accounts and quotas').click();
  assert.equal(await tab.getByLabel('Enforce the default quotas').isChecked(), false);
  assert.equal(await tab.getByLabel('Account', { exact: true }).locator('option').count(), 3);
});
