// The tasks of users: create, change, share, delete, compare, undo; and the page's messages if one fails.
import { assert, test, visit } from './harness.mjs';
import { FIRST_ACCOUNT, SECOND_ACCOUNT, eventually, matrix, noSamples, nodeName, open, prefer, projectText, requests, sample, selectNode, stored } from './page.mjs';

const DEFAULT = 'ok ok app listener listener listener+[app]';
const ONLY_6 = 'discovery+[app] discovery discovery app ok ok';
const inspector = (tab) => tab.getByRole('complementary', { name: 'Details' });
const resources = (tab) => tab.getByRole('complementary', { name: 'Resources' });
const history = (tab) => tab.getByRole('region', { name: 'History' });
const lines = (tab) => history(tab).locator('li pre').allTextContents();
const undo = (tab) => tab.getByRole('button', { name: 'Undo' });
const redo = (tab) => tab.getByRole('button', { name: 'Redo' });
const switchTo = (tab, account) => tab.getByLabel('Account').selectOption({ label: `Account ${account}` });
const shownMesh = (tab) => tab.locator('.mesh-title .name').textContent();
const meshes = (tab) => resources(tab).locator('.meshes li').evaluateAll((rows) =>
  rows.map((row) => [...row.querySelectorAll('.link, .hint')].map((part) => part.textContent).join(': ')));

async function createDialog(tab) {
  await tab.getByRole('button', { name: 'Create mesh' }).click();
  return tab.getByRole('dialog', { name: 'Create mesh' });
}
const submit = (dialog) => dialog.getByRole('button', { name: 'Create mesh' }).click();

/** Returns the announcement of a control's error by a screen reader; empty unless all the attributes are correct. */
const announced = (control) =>
  control.evaluate((element) => {
    const note = document.getElementById(element.getAttribute('aria-describedby'));
    const isError = element.getAttribute('aria-invalid') === 'true' && note?.getAttribute('role') === 'alert';
    if (!isError) return '';
    // Beside the field: there must be no element between the two.
    return element.nextElementSibling === note ? note.textContent : `not beside the field: ${note.textContent}`;
  });

// Creating a mesh -------------------------------------------------------------------------------------------------

visit('a mesh is made with everything the dialog has', async (tab) => {
  const dialog = await createDialog(tab);
  await dialog.getByLabel('Mesh name').fill('shop');
  await dialog.getByLabel('Allow external traffic').check();
  await dialog.getByLabel('Override default IP version behavior').check();
  await dialog.getByLabel('IP version preference').selectOption('IPv6_PREFERRED');
  await dialog.getByLabel('Select Kubernetes namespaces').check();
  await dialog.getByLabel('Namespace selector').fill('kubernetes.io/metadata.name in (shop, colors)');
  for (const [number, [key, value]] of [['team', 'web'], ['stage', 'a test']].entries()) {
    await dialog.getByRole('button', { name: 'Add new tag' }).click();
    await dialog.getByLabel(`Key of tag ${number + 1}`).fill(key);
    await dialog.getByLabel(`Value of tag ${number + 1}`).fill(value);
  }
  await submit(dialog);
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await shownMesh(tab), 'shop');
  const facts = await inspector(tab).locator('.mesh-facts dl > div').evaluateAll((rows) =>
    Object.fromEntries(rows.map((row) => [
      row.querySelector('dt').textContent,
      row.querySelector('code') ? [...row.querySelectorAll('code')].map((code) => code.textContent) : row.querySelector('dd').textContent,
    ])));
  assert.deepEqual(facts, {
    'Egress filter': 'ALLOW_ALL',
    'IP version preference': 'IPv6_PREFERRED',
    Namespaces: 'kubernetes.io/metadata.name in (shop, colors): colors, shop',
    Tags: ['stage = a test', 'team = web'],
  });
  const [line] = await lines(tab);
  assert.match(line, /^aws appmesh create-mesh --mesh-name shop --spec '\{"egressFilter":\{"type":"ALLOW_ALL"\},"serviceDiscovery":\{"ipPreference":"IPv6_PREFERRED"\}\}' --tags /);
  assert.match(line, /\nselector shop /);
});

visit('an empty selector selects all namespaces, and a namespace that two meshes claim is told', async (tab) => {
  for (const [name, selector] of [['all', ''], ['one', 'kubernetes.io/metadata.name=shop']]) {
    const dialog = await createDialog(tab);
    await dialog.getByLabel('Mesh name').fill(name);
    await dialog.getByLabel('Select Kubernetes namespaces').check();
    await dialog.getByLabel('Namespace selector').fill(selector);
    await submit(dialog);
    await dialog.waitFor({ state: 'detached' });
    if (name === 'all') {
      await inspector(tab).getByText('all: colors, default, shop').waitFor();
      assert.equal(await resources(tab).locator('.note').count(), 0);
    }
  }
  assert.deepEqual(await resources(tab).locator('.note').allTextContents(), [
    'found multiple matching meshes for namespace: shop, expecting 1 but found 2: all, one',
  ]);
});

const WRONG_NAMES = [
  ['', 'Mesh name must have 1 to 255 characters, not 0'],
  ['m'.repeat(256), 'Mesh name must have 1 to 255 characters, not 256'],
  ...[' ', '.', '/', 'ä', '💥', "'", '<'].map((letter) => [
    `my${letter}mesh`,
    'Mesh name may have only letters, digits, hyphens and underscores, no',
  ]),
  ['colors', 'ConflictException: Mesh with name colors already exists'],
];

visit('a name that is wrong is refused at its field, in words, and a right one is taken', async (tab) => {
  const before = await stored(tab);
  const dialog = await createDialog(tab);
  const name = dialog.getByLabel('Mesh name');
  for (const [typed, error] of WRONG_NAMES) {
    await name.fill(typed);
    await submit(dialog);
    await eventually(async () => (await announced(name)).slice(0, error.length), error, `the name ${typed}`);
    assert.deepEqual(await stored(tab), before, `nothing is made of ${typed}`);
  }
  const longest = `${'m'.repeat(251)}-_A9`;
  await name.fill(longest);
  await submit(dialog);
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await shownMesh(tab), longest);
});

const WRONG_SELECTORS = [
  ['a b', '`a b` is not a label key'],
  ['=b', '`` is not a label key'],
  ['!', '`` is not a label key'],
  ['mesh=ä', '`ä` is not a label value'],
  [`mesh=${'v'.repeat(64)}`, '`vvv'],
  ['tier in web', 'the values after `tier` need parentheses'],
  ['tier in (web', 'the values after `tier` need parentheses'],
];

visit('a namespace selector that is wrong is refused at its field', async (tab) => {
  const dialog = await createDialog(tab);
  await dialog.getByLabel('Mesh name').fill('shop');
  await dialog.getByLabel('Select Kubernetes namespaces').check();
  const selector = dialog.getByLabel('Namespace selector');
  for (const [typed, error] of WRONG_SELECTORS) {
    await selector.fill(typed);
    await submit(dialog);
    await eventually(async () => (await announced(selector)).slice(0, error.length), error, `the selector ${typed}`);
  }
  assert.equal(await shownMesh(tab), 'colors');
});

visit('every field that is wrong is told at once', async (tab) => {
  const dialog = await createDialog(tab);
  await dialog.getByLabel('Mesh name').fill('my mesh');
  await dialog.getByLabel('Select Kubernetes namespaces').check();
  await dialog.getByLabel('Namespace selector').fill('a b');
  await submit(dialog);
  await eventually(async () => (await announced(dialog.getByLabel('Namespace selector'))) !== '', true, 'the selector');
  await eventually(async () => (await announced(dialog.getByLabel('Mesh name'))) !== '', true, 'the name');
});

const WRONG_TAGS = [
  [[['', 'v']], /Key of tag 1 must have 1 to 128 characters, not 0/],
  [[['k'.repeat(129), 'v']], /Key of tag 1 must have 1 to 128 characters, not 129/],
  [[['k', 'v'.repeat(257)]], /Value of tag 1 must have (0 to|at most) 256 characters, not 257/],
  [[['k', 'v'], ['k', 'w']], /\bk\b|once|twice|duplicate/],
];

for (const [tags, error] of WRONG_TAGS) {
  const [key, value] = tags[0].map((text) => (text.length > 10 ? `${text.length} letters` : `"${text}"`));
  visit(`tags that are wrong are refused at their place: ${key}, ${value}${tags[1] ? ' twice' : ''}`, async (tab) => {
    const dialog = await createDialog(tab);
    await dialog.getByLabel('Mesh name').fill('shop');
    for (const [number, [key, value]] of tags.entries()) {
      await dialog.getByRole('button', { name: 'Add new tag' }).click();
      await dialog.getByLabel(`Key of tag ${number + 1}`).fill(key);
      await dialog.getByLabel(`Value of tag ${number + 1}`).fill(value);
    }
    await submit(dialog);
    const group = dialog.getByRole('group', { name: 'Tags' });
    await group.getByRole('alert').waitFor({ timeout: 3000 });
    assert.match(await group.getByRole('alert').textContent(), error);
    assert.equal(await shownMesh(tab), 'colors');
  });
}

visit('a tag that is wrong is marked for those who do not see it', async (tab) => {
  const dialog = await createDialog(tab);
  await dialog.getByLabel('Mesh name').fill('shop');
  await dialog.getByRole('button', { name: 'Add new tag' }).click();
  await submit(dialog);
  await dialog.getByRole('alert').waitFor();
  const wrong = dialog.locator('input[aria-invalid=true]');
  assert.equal(await wrong.count(), 1);
  assert.equal(await wrong.getAttribute('aria-label'), 'Key of tag 1');
});

visit('a tag can be taken back, and there are 50 at the most', async (tab) => {
  const dialog = await createDialog(tab);
  const add = dialog.getByRole('button', { name: 'Add new tag' });
  for (const key of ['a', 'b', 'c']) {
    await add.click();
    await dialog.getByLabel(/^Key of tag/).last().fill(key);
  }
  await dialog.getByRole('button', { name: 'Remove tag 2' }).click();
  const keys = () => dialog.getByLabel(/^Key of tag/).evaluateAll((inputs) => inputs.map((input) => input.value));
  await eventually(keys, ['a', 'c']);
  for (let count = 2; count < 50; count += 1) await add.click();
  assert.equal(await dialog.getByLabel(/^Key of tag/).count(), 50);
  assert.ok(await add.isDisabled());
});

visit('a preference that is to be overridden must be chosen', async (tab) => {
  const dialog = await createDialog(tab);
  await dialog.getByLabel('Mesh name').fill('shop');
  await dialog.getByLabel('Override default IP version behavior').check();
  const preference = dialog.getByLabel('IP version preference');
  await preference.waitFor();
  await submit(dialog);
  assert.equal(await shownMesh(tab), 'colors');
  await eventually(async () => (await announced(preference)) !== '', true, 'told at the field');
});

visit('what was typed is gone when the dialog is closed, and nothing was made', async (tab) => {
  for (const close of ['Escape', 'Cancel', 'Close']) {
    const dialog = await createDialog(tab);
    await dialog.getByLabel('Mesh name').fill('shop');
    if (close === 'Escape') await tab.keyboard.press('Escape');
    else await dialog.getByRole('button', { name: close }).click();
    await dialog.waitFor({ state: 'detached' });
  }
  const dialog = await createDialog(tab);
  assert.equal(await dialog.getByLabel('Mesh name').inputValue(), '');
  assert.equal((await lines(tab)).length, 0);
});

// Deleting --------------------------------------------------------------------------------------------------------

visit('deleting wants the word, and is refused while something depends on it, with its names', async (tab) => {
  const cases = [
    {
      button: 'Delete mesh colors',
      blockers: 19,
      names: ['colorgateway-vg', 'colorteller-red-vn', 'colorteller-1.default.svc.cluster.local'],
      refusal: /^ResourceInUseException: Mesh colors for account 123456789012 has active .*VirtualNodes/,
    },
    {
      button: /^Delete virtual node `?colorteller-red-vn`?$/,
      blockers: 1,
      names: ['colorteller-1.default.svc.cluster.local'],
      refusal: /^ResourceInUseException: VirtualNode with name colorteller-red-vn cannot be deleted because it is a VirtualService provider/,
    },
    {
      button: /^Delete virtual gateway `?colorgateway-vg`?$/,
      blockers: 6,
      names: ['colorgateway-route-red'],
      refusal: /^ResourceInUseException: VirtualGateway with name colorgateway-vg cannot be deleted because it has active GatewayRoutes/,
    },
  ];
  for (const { button, blockers, names, refusal } of cases) {
    await tab.getByRole('button', { name: button }).click();
    const dialog = tab.getByRole('dialog');
    await dialog.waitFor();
    const listed = await dialog.locator('.blockers li').allTextContents();
    assert.equal(listed.length, blockers, button);
    for (const name of names) assert.ok(listed.some((line) => line.includes(name)), `${button}: ${name} in ${listed}`);
    const confirm = dialog.getByLabel('To confirm, type delete');
    for (const typed of ['', 'Delete', 'delete ', 'no']) {
      await confirm.fill(typed);
      await dialog.getByRole('button', { name: 'Delete' }).click();
      await eventually(() => announced(confirm), 'Type delete to confirm.', `typed ${typed}`);
    }
    await confirm.fill('delete');
    await confirm.press('Enter');
    await eventually(async () => refusal.test(await announced(confirm)), true, `${button}: ${await announced(confirm)}`);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  }
  assert.equal((await lines(tab)).length, 0);
});

visit('a mesh goes with everything in it, by a plan that is shown first, and one undo brings it back', async (tab) => {
  await tab.getByRole('button', { name: 'Delete mesh colors' }).click();
  const dialog = tab.getByRole('dialog');
  await dialog.getByRole('checkbox', { name: 'Delete everything in this mesh, in order' }).check();
  const plan = await dialog.getByLabel('The plan').getByRole('listitem').allTextContents();
  assert.equal(plan.length, 20);
  assert.match(plan[0], /^gateway route/);
  assert.match(plan.at(-1), /^mesh `colors`/);
  const confirm = dialog.getByLabel('To confirm, type delete');
  await confirm.fill('delete');
  await confirm.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await eventually(() => meshes(tab), []);
  const [script, ...more] = await lines(tab);
  assert.deepEqual(more, []);
  assert.equal(script.split('\n').length, 20);
  assert.ok(script.endsWith('aws appmesh delete-mesh --mesh-name colors'), script);
  await undo(tab).click();
  await eventually(async () => (await meshes(tab)).length, 1);
});

visit('what nothing depends on is deleted, from the leaves up, and comes back', async (tab) => {
  for (const [kind, name] of [
    ['gateway route', 'colorgateway-route-red'],
    ['virtual service', 'colorteller-1.default.svc.cluster.local'],
    ['virtual node', nodeName('red')],
  ]) {
    const group = resources(tab).locator('details').filter({ hasText: new RegExp(`^${kind}s`, 'i') });
    if (!(await group.evaluate((details) => details.open))) await group.locator('summary').click();
    await group.getByRole('button', { name: new RegExp(`^Delete ${kind} \\W?${name}\\b`) }).click();
    const dialog = tab.getByRole('dialog');
    await dialog.getByLabel('To confirm, type delete').fill('delete');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await dialog.waitFor({ state: 'detached' });
  }
  await eventually(() => tab.locator('.box:not(.virtualGateway)').count(), 5);
  assert.deepEqual((await lines(tab)).map((line) => line.split(' ')[2]), ['delete-virtual-node', 'delete-virtual-service', 'delete-gateway-route']);
  for (let step = 0; step < 3; step += 1) await undo(tab).click();
  await eventually(() => requests(tab), DEFAULT);
});

// Sharing ---------------------------------------------------------------------------------------------------------

visit('a shared mesh is seen in the other account, and is not changed there', async (tab) => {
  await switchTo(tab, SECOND_ACCOUNT);
  await resources(tab).getByText('This account sees no mesh.').waitFor();
  await switchTo(tab, FIRST_ACCOUNT);
  await resources(tab).locator('.meshes').getByRole('button', { name: 'colors', exact: true }).click();
  await inspector(tab).getByRole('button', { name: `Share mesh with ${SECOND_ACCOUNT}` }).click();
  await eventually(() => meshes(tab), ['colors: Owned by you, shared with 1']);
  await switchTo(tab, SECOND_ACCOUNT);
  await eventually(() => meshes(tab), [`colors: Shared by ${FIRST_ACCOUNT}`]);
  await eventually(() => requests(tab), DEFAULT);
  await tab.getByText(`Shared by ${FIRST_ACCOUNT}: only its owner can change it.`).waitFor();
  for (const radio of await tab.getByRole('radio').all()) assert.ok(await radio.isDisabled());
  assert.equal(await tab.getByRole('button', { name: 'Delete mesh colors' }).count(), 0);
  // The JSON names the owner.
  await inspector(tab).getByText('JSON').click();
  const answer = JSON.parse(await inspector(tab).locator('pre[aria-label*=answer]').textContent());
  assert.equal((answer.mesh ?? answer.virtualNode ?? answer.virtualGateway).metadata.meshOwner, FIRST_ACCOUNT);
  const command = await inspector(tab).locator('pre[aria-label*=command]').textContent();
  assert.match(command, new RegExp(`--mesh-owner ${FIRST_ACCOUNT}`));
  // The sharing is undone.
  await switchTo(tab, FIRST_ACCOUNT);
  await resources(tab).locator('.meshes').getByRole('button', { name: 'colors', exact: true }).click();
  await inspector(tab).getByRole('button', { name: `Stop sharing with ${SECOND_ACCOUNT}` }).click();
  await switchTo(tab, SECOND_ACCOUNT);
  await resources(tab).getByText('This account sees no mesh.').waitFor();
});

/** Shows the first account's mesh in the second account. */
async function seenFromTheSecond(tab) {
  await resources(tab).locator('.meshes').getByRole('button', { name: 'colors', exact: true }).click();
  await inspector(tab).getByRole('button', { name: `Share mesh with ${SECOND_ACCOUNT}` }).click();
  await switchTo(tab, SECOND_ACCOUNT);
  await eventually(() => meshes(tab), [`colors: Shared by ${FIRST_ACCOUNT}`]);
}

visit('a control never shows what the service refused: the nodes of a shared mesh', async (tab) => {
  await seenFromTheSecond(tab);
  await selectNode(tab, 'red');
  const preference = inspector(tab).getByLabel('IP version preference');
  if (await preference.isEnabled()) {
    await preference.selectOption('IPv6_ONLY');
    await tab.locator('.announcer').getByText('ForbiddenException').waitFor({ timeout: 3000 });
    assert.match(await preference.evaluate((select) => select.selectedOptions[0].textContent), /^Mesh's own/);
  }
  await tab.getByRole('button', { name: 'Matrix' }).click();
  const own = tab.getByLabel(`IP version preference of ${nodeName('red')}`, { exact: true });
  if (await own.isEnabled()) {
    await own.selectOption('IPv6_ONLY');
    assert.equal(await own.evaluate((select) => select.selectedOptions[0].textContent), "Mesh's own");
  }
});

visit('a preview of a shared mesh does not offer to be applied', async (tab) => {
  await seenFromTheSecond(tab);
  await tab.getByRole('button', { name: 'Matrix' }).click();
  await tab.getByRole('button', { name: new RegExp(`^${nodeName('red')} under IPv6_ONLY`) }).click();
  await tab.getByText('Preview of IPv6_ONLY').waitFor();
  const apply = tab.getByRole('button', { name: 'Apply' });
  assert.ok((await apply.count()) === 0 || (await apply.isDisabled()), 'Apply can be pressed');
});

// Comparing and repairing -----------------------------------------------------------------------------------------

visit('a cell previews its preference, Escape restores, Apply keeps', async (tab) => {
  const before = await projectText(tab);
  await tab.getByRole('button', { name: 'Matrix' }).click();
  const shown = await matrix(tab);
  const cell = tab.getByRole('button', { name: new RegExp(`^${nodeName('red')} under IPv6_ONLY`) });
  const preview = tab.locator('.preview');
  for (const restore of ['Escape', 'Back (Esc)', 'cell']) {
    await cell.click();
    await preview.getByText('Preview of IPv6_ONLY').waitFor();
    assert.deepEqual(await preview.locator('li').allTextContents(), [
      'colorteller-blue-vn: listener refuses → arrives',
      'colorteller-green-vn: listener refuses → app refuses',
      'colorteller-orange-vn: arrives → no address',
      'colorteller-purple-vn: listener refuses → arrives',
      'colorteller-red-vn: arrives → no address',
      'colorteller-yellow-vn: app refuses → no address',
    ]);
    assert.equal(await cell.getAttribute('aria-pressed'), 'true');
    if (restore === 'Escape') await tab.keyboard.press('Escape');
    else if (restore === 'cell') await cell.click();
    else await tab.getByRole('button', { name: restore }).click();
    await preview.waitFor({ state: 'detached' });
    assert.deepEqual(await matrix(tab), shown);
  }
  // The graph shows the preview, too; it is not saved.
  await cell.click();
  await tab.getByRole('button', { name: 'Graph' }).click();
  await eventually(() => requests(tab), ONLY_6);
  assert.equal(await projectText(tab), before);
  assert.equal(await tab.getByRole('radio', { name: 'No preference' }).isChecked(), true);
  await tab.keyboard.press('Escape');
  await eventually(() => requests(tab), DEFAULT);
  await tab.getByRole('button', { name: 'Matrix' }).click();
  await cell.click();
  await tab.getByRole('button', { name: 'Apply' }).click();
  await tab.getByRole('button', { name: 'Graph' }).click();
  await eventually(() => requests(tab), ONLY_6);
  assert.equal(await tab.getByRole('radio', { name: 'IPv6_ONLY' }).isChecked(), true);
  assert.equal((await lines(tab)).length, 1);
});

const FIXES = [
  ['IPv6_ONLY', 'red', ['Set IPv4_PREFERRED', 'Set IPv4_ONLY']],
  ['IPv6_ONLY', 'yellow', ['Set IPv6_PREFERRED']],
  ['IPv4_ONLY', 'purple', ['Set IPv6_PREFERRED', 'Set IPv6_ONLY']],
  ['No preference', 'blue', ['Set IPv6_PREFERRED', 'Set IPv4_PREFERRED', 'Set IPv6_ONLY', 'Set IPv4_ONLY']],
];

visit('every fix that is offered lets the request through', async (tab) => {
  for (const [preference, colour, offered] of FIXES) {
    await prefer(tab, preference);
    await selectNode(tab, colour);
    const fixes = inspector(tab).getByRole('group', { name: 'Fixes' }).getByRole('button');
    await eventually(async () => (await fixes.allTextContents()).sort(), [...offered].sort(), `${colour} under ${preference}`);
    for (const fix of offered) {
      await fixes.getByText(fix, { exact: true }).click();
      await eventually(() => inspector(tab).locator('.headline.pass').count(), 1, `${colour}: ${fix}`);
      assert.match((await lines(tab))[0], new RegExp(`update-virtual-node .*${nodeName(colour)}.*"ipPreference":"${fix.slice(4)}"`));
      await undo(tab).click();
      await fixes.first().waitFor();
    }
  }
});

/** Settings of a node's environment to check or uncheck, with the resulting outcomes. */
const AROUND = [
  ['green', /^AAAA record/, false, 'ok ok app ok listener listener+[app]'],
  ['green', /^AAAA record/, true, DEFAULT],
  ['red', /^A record/, false, 'discovery ok app listener listener listener+[app]'],
  ['red', /^AAAA record/, true, 'listener ok app listener listener listener+[app]'],
  ['red', /^AAAA record/, false, 'discovery ok app listener listener listener+[app]'],
  ['red', /^A record/, true, DEFAULT],
  ['yellow', 'IPv4', true, 'ok ok ok listener listener listener+[app]'],
  ['yellow', 'IPv6', false, 'ok ok ok listener listener listener+[app]'],
  ['yellow', 'IPv4', false, 'ok ok app listener listener listener+[app]'],
  ['blue', 'Tasks redirect IPv6 to Envoy, too', false, 'ok ok app app ok ok'],
  ['blue', 'Tasks redirect IPv6 to Envoy, too', true, 'ok ok app listener listener listener+[app]'],
];

visit('what is around the nodes changes the outcomes, and can be undone', async (tab) => {
  for (const [colour, label, on, expected] of AROUND) {
    await selectNode(tab, colour);
    const around = inspector(tab).getByRole('region', { name: 'Around this node' });
    const box = around.getByLabel(label, typeof label === 'string' ? { exact: true } : undefined);
    assert.equal(await box.isChecked(), !on, `${colour}: ${label} before`);
    await box.click();
    await eventually(() => requests(tab), expected, `${colour}: ${label} ${on}`);
    assert.equal(await box.isChecked(), on);
    assert.match((await lines(tab))[0], /^(dns|cloudmap|app|intercept|retries|task) /);
  }
  for (let step = 0; step < AROUND.length; step += 1) await undo(tab).click();
  await eventually(() => requests(tab), DEFAULT);
  assert.ok(await undo(tab).isDisabled());
});

visit('a reply that bypasses Envoy says so', async (tab) => {
  await selectNode(tab, 'blue');
  await inspector(tab).getByLabel('Tasks redirect IPv6 to Envoy, too').uncheck();
  await inspector(tab).getByText(/bypasses Envoy/).first().waitFor();
});

// Undoing ---------------------------------------------------------------------------------------------------------

visit('undo and redo by keyboard', async (tab) => {
  await prefer(tab, 'IPv6_ONLY');
  await prefer(tab, 'IPv4_ONLY');
  const preferred = () => tab.locator('.segments label:has(:checked) .word').textContent();
  for (const [keys, expected] of [
    ['Control+z', 'IPv6_ONLY'],
    ['Control+z', 'No preference'],
    ['Control+z', 'No preference'],
    ['Control+Shift+z', 'IPv6_ONLY'],
    ['Control+y', 'IPv4_ONLY'],
    ['Control+y', 'IPv4_ONLY'],
    ['Meta+z', 'IPv6_ONLY'],
    ['Meta+Shift+z', 'IPv4_ONLY'],
  ]) {
    await tab.keyboard.press(keys);
    await eventually(preferred, expected, keys);
  }
});

visit('in a text field, Ctrl+Z is the text field\'s own', async (tab) => {
  await prefer(tab, 'IPv6_ONLY');
  const dialog = await createDialog(tab);
  await dialog.getByLabel('Mesh name').pressSequentially('shop');
  await tab.keyboard.press('Control+z');
  await tab.keyboard.press('Escape');
  await eventually(() => requests(tab), ONLY_6);
  assert.equal((await lines(tab)).length, 1);
});

visit('what is done after undoing takes the place of what was undone', async (tab) => {
  await prefer(tab, 'IPv6_ONLY');
  await undo(tab).click();
  await history(tab).getByText('(undone)').waitFor();
  await prefer(tab, 'IPv4_ONLY');
  await eventually(async () => (await history(tab).locator('li').count()), 1);
  assert.ok(await redo(tab).isDisabled());
});

// JSON, lines, copies ---------------------------------------------------------------------------------------------

/**
 * Returns the parts that must be equal in a published response and in ours: members in their order, types of values,
 * formats of strings.
 */
function shape(value) {
  if (Array.isArray(value)) return value.map(shape);
  if (value && typeof value === 'object') return Object.entries(value).map(([key, inner]) => [key, shape(inner)]);
  if (typeof value !== 'string') return typeof value;
  return value
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d/, 'TIME')
    .replace(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-([0-9a-f]{12}|[0-9]+EXAMPLE)$/, 'UID')
    .replace(/\d{12}/, 'ACCOUNT');
}

/** Returns a published response as it is while the resource exists. */
const alive = (output) =>
  shape(JSON.parse(JSON.stringify(output).replace('"DELETED"', '"ACTIVE"').replace('"version":2', '"version":1')));
const guide = (file, verb) => JSON.parse(sample(`user-guide/${file}`)).find(({ command }) => command.startsWith(`aws appmesh ${verb}-`));

visit('the JSON of a mesh is as the user guide has it', { skip: noSamples }, async (tab) => {
  const dialog = await createDialog(tab);
  await dialog.getByLabel('Mesh name').fill('meshName');
  await submit(dialog);
  await dialog.waitFor({ state: 'detached' });
  await inspector(tab).getByText('JSON', { exact: true }).click();
  const answer = await inspector(tab).locator('pre[aria-label*=answer]').textContent();
  for (const verb of ['create', 'delete']) {
    assert.deepEqual(shape(JSON.parse(answer)), alive(guide('meshes.json', verb).output), verb);
  }
  assert.match(answer, /^\{\n {4}"mesh": \{\n {8}"meshName"/, 'four spaces, as the AWS CLI prints it');
  assert.equal(await inspector(tab).locator('pre[aria-label*=command]').textContent(), 'aws appmesh describe-mesh --mesh-name meshName');
  assert.equal((await lines(tab))[0], guide('meshes.json', 'create').command);
});

visit('the JSON of a virtual node is as the user guide has it, made and later', { skip: noSamples }, async (tab) => {
  const created = guide('virtual_nodes.json', 'create');
  const [input] = Object.values(created.files);
  const text = JSON.stringify([{ meshName: input.meshName }, input]);
  const { counts } = await open(tab, text, { asFile: true, name: 'create-virtual-node-dns.json' });
  assert.match(counts, /^2 created, .* 0 refused/);
  // The response to the creation contains the requested members; a later response also contains the backends.
  await history(tab).getByText('2 answers of the service').click();
  // They are rendered when they are expanded, a moment after the click.
  await history(tab).locator('pre[aria-label*=answer]').nth(1).waitFor();
  const answers = await history(tab).locator('pre[aria-label*=answer]').allTextContents();
  assert.deepEqual(shape(JSON.parse(answers[1])), alive(created.output));
  await inspector(tab).getByText('JSON', { exact: true }).click();
  const described = await inspector(tab).locator('pre[aria-label*=answer]').textContent();
  assert.deepEqual(shape(JSON.parse(described)), alive(guide('virtual_nodes.json', 'delete').output));
});

visit('the history has the line of every step, the newest first, with the answer of the service', async (tab) => {
  await prefer(tab, 'IPv6_ONLY');
  await selectNode(tab, 'red');
  await inspector(tab).getByLabel('IP version preference').selectOption('IPv4_ONLY');
  await eventually(async () => (await lines(tab)).length, 2);
  const [second, first] = await lines(tab);
  assert.equal(first, `aws appmesh update-mesh --mesh-name colors --spec '{"serviceDiscovery":{"ipPreference":"IPv6_ONLY"}}'`);
  assert.match(second, /^aws appmesh update-virtual-node --mesh-name colors --virtual-node-name colorteller-red-vn --spec '\{/);
  assert.equal(JSON.parse(second.match(/--spec '(.*)'$/)[1]).serviceDiscovery.dns.ipPreference, 'IPv4_ONLY');
  await history(tab).getByText('Answer of the service').last().click();
  const answer = JSON.parse(await history(tab).locator('pre[aria-label*=answer]').textContent());
  assert.deepEqual(answer.mesh.spec, { serviceDiscovery: { ipPreference: 'IPv6_ONLY' } });
  assert.equal(answer.mesh.metadata.version, 2);
});

test('every copy button copies what stands beside it', async ({ page }) => {
  const tab = await page({ permissions: ['clipboard-read', 'clipboard-write'] });
  await prefer(tab, 'IPv6_ONLY');
  await history(tab).getByText('Answer of the service').click();
  await inspector(tab).getByText('JSON', { exact: true }).click();
  await history(tab).getByRole('button', { name: 'Copy answer' }).waitFor();
  const buttons = await tab.getByRole('button', { name: /^Copy (?!script)/ }).all();
  assert.equal(buttons.length, 4);
  for (const button of buttons) {
    await tab.evaluate(() => navigator.clipboard.writeText('nothing'));
    await button.click();
    const beside = await button.evaluate((element) => element.parentElement.querySelector('pre').textContent);
    await eventually(() => tab.evaluate(() => navigator.clipboard.readText()), beside);
    await eventually(async () => /^Copied/.test(await tab.locator('.announcer').textContent()), true);
  }
});

test('a copy that the browser refuses is not called done', async ({ page }) => {
  const tab = await page({
    before: (context, tab) => tab.addInitScript(() => {
      // A blank page has no clipboard.
      if (navigator.clipboard) navigator.clipboard.writeText = () => Promise.reject(new DOMException('Write permission denied.', 'NotAllowedError'));
    }),
  });
  await prefer(tab, 'IPv6_ONLY');
  await history(tab).getByRole('button', { name: 'Copy command' }).click();
  await eventually(() => tab.locator('.announcer').textContent(), 'The browser did not copy the command: select it and copy by hand');
});

test('without a clipboard the page goes on', async ({ page }) => {
  const tab = await page({
    // As on a page that is not served over HTTPS.
    before: (context, tab) => tab.addInitScript(() => Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined })),
  });
  await prefer(tab, 'IPv6_ONLY');
  await history(tab).getByRole('button', { name: 'Copy command' }).click();
  await prefer(tab, 'IPv4_ONLY');
  await eventually(() => requests(tab), 'ok ok app ok ok app');
  assert.doesNotMatch(await tab.locator('.announcer').textContent(), /^Copied/);
});
