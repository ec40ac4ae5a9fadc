// Invalid, huge or hostile input: the page reports it at the right position, and loses no data.
import { assert, test, visit } from './harness.mjs';
import { eventually, give, noSamples, open, requests, sample, stored } from './page.mjs';

const DEFAULT = 'ok ok app listener listener listener+[app]';
const MESH = (properties) => JSON.stringify({ Resources: { Mesh: { Type: 'AWS::AppMesh::Mesh', Properties: properties } } });
const HUGE = 5 * 1024 * 1024;

/** Returns all state that invalid input must not change. */
async function everything(tab) {
  return {
    stored: await stored(tab),
    requests: await requests(tab),
    mesh: await tab.locator('.mesh-title .name').textContent(),
    history: await tab.locator('.history li').count(),
  };
}

// Invalid texts: refused before there is anything to open.
const UNREADABLE = [
  ['5 MB of letters', 'x'.repeat(HUGE), /2097152|2 MiB|too (long|large)/i],
  ['5 MB of bytes', Buffer.alloc(HUGE, 0xff), /2097152|2 MiB|too (long|large)/i],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x01, 0x89, 0x50]), /line 1/],
  ['half a JSON', '{"mesh": {"meshName": ', /line 1/],
  ['half a template', 'Resources:\n  Mesh:\n    Type: "AWS::AppMesh::Mesh', /line 3/],
  ['a key twice', 'Resources: {}\nResources: {}', /line 2.*Resources/],
  ['an unknown tag', 'Resources:\n  Mesh: !Nope x', /line 2.*Nope/],
  ['two documents', 'a: 1\n---\nb: 2', /line [23]/],
  ['100,000 brackets', '['.repeat(100_000), /deep|level|nest/],
  ['aliases of aliases', `${Array.from({ length: 30 }, (_, i) => `a${i}: &a${i} [${i ? `*a${i - 1}, *a${i - 1}` : 'x'}]`).join('\n')}`, /line \d+.*(alias|anchor|large|many)/],
  ['an empty file', '', /there is no text/],
  ['a list of numbers', '[1, 2, 3]', /neither a CloudFormation template/],
  ['another JSON', '{"hello": {"world": 1}}', /its top has hello/],
  ['a template that is a list', '{"Resources": []}', /./],
  ['a playground of tomorrow', '{"format": "mesh-playground", "version": 9}', /version 9/],
  ['a playground that is broken', '{"format": "mesh-playground", "version": 1, "resources": 5}', /resources must be/],
];

for (const [name, text, error] of UNREADABLE) {
  visit(`cannot be opened, and says why: ${name}`, async (tab) => {
    const before = await everything(tab);
    const dialog = await give(tab, text, { asFile: true });
    const note = dialog.locator('#open-text-note[role=alert]');
    await note.waitFor();
    assert.match(await note.textContent(), error);
    assert.ok((await note.textContent()).length < 700, 'no wall of text');
    assert.equal(await dialog.getByLabel('Or paste it here').getAttribute('aria-describedby'), 'open-text-note');
    assert.ok(await dialog.getByRole('button', { name: 'Open', exact: true }).isDisabled());
    assert.ok(await note.isVisible());
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    assert.deepEqual(await everything(tab), before);
  });
}

visit('a text that cannot be opened is marked for those who do not see it', async (tab) => {
  const dialog = await give(tab, '{');
  await dialog.getByRole('alert').waitFor();
  assert.equal(await dialog.getByLabel('Or paste it here').getAttribute('aria-invalid'), 'true');
});

// Templates that can be parsed, but refer to something that does not exist.
const UNRESOLVED = [
  ['a reference to nothing', MESH({ MeshName: { Ref: 'Nope' } }), {}, /Nope/],
  ['an attribute of nothing', MESH({ MeshName: { 'Fn::GetAtt': ['Nope', 'MeshName'] } }), {}, /Nope/],
  ['a value that is not allowed', JSON.stringify({ Parameters: { P: { Type: 'String', AllowedValues: ['a', 'b'] } }, Resources: { Mesh: { Type: 'AWS::AppMesh::Mesh', Properties: { MeshName: { Ref: 'P' } } } } }), { P: 'c' }, /\bP\b.*\ba\b/],
];

for (const [name, text, parameters, error] of UNRESOLVED) {
  visit(`cannot be opened, and says why: ${name}`, async (tab) => {
    const before = await everything(tab);
    const dialog = await give(tab, text);
    for (const [parameter, value] of Object.entries(parameters)) await dialog.getByLabel(parameter, { exact: true }).fill(value);
    const button = dialog.getByRole('button', { name: 'Open', exact: true });
    if (await button.isEnabled()) await button.click();
    const alert = dialog.getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.textContent(), error);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    assert.deepEqual(await everything(tab), before);
  });
}

visit('a template of something else is ignored, and says so', async (tab) => {
  const before = await everything(tab);
  const { counts, dispositions } = await open(tab, '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}');
  assert.equal(counts, '0 created, 0 updated, 0 unchanged, 0 refused.');
  assert.deepEqual(dispositions, ['1 ignored']);
  assert.deepEqual(await everything(tab), before);
});

// Documents that can be parsed, but that the service refuses in part.
const REFUSED = [
  ['a name that is a list', '{"mesh": {"meshName": [5]}}', /meshName.*(string|text)/],
  ['a name that is empty', MESH({ MeshName: '' }), /MeshName/],
  ['a spec that is a text', '{"meshName": "m", "spec": "IPv6_ONLY"}', /spec.*object/],
  ['an unknown preference', MESH({ MeshName: 'm', Spec: { ServiceDiscovery: { IpPreference: 'IPv6_PREFERED' } } }), /IpPreference.* must be one of .*did you mean IPv6_PREFERRED/],
  ['a filter of the wrong type', MESH({ MeshName: 'm', Spec: { EgressFilter: ['ALLOW_ALL'] } }), /EgressFilter.* must be an object, not a list/],
  ['a node in no mesh', JSON.stringify({ virtualNodeName: 'n', meshName: 'nowhere', spec: {} }), /nowhere/],
  ['a script for a name', '{"meshName": "<img src=x onerror=alert(1)>"}', /meshName/],
  ['a prototype for a spec', '{"meshName": "p", "spec": {"egressFilter": {"type": {"__proto__": {"x": 1}}}}}', /egressFilter/],
];

for (const [name, text, reason] of REFUSED) {
  visit(`is refused in the report, with its place: ${name}`, async (tab) => {
    const before = await everything(tab);
    const dialog = await give(tab, text);
    await dialog.getByRole('button', { name: 'Open', exact: true }).click();
    const report = dialog.getByRole('region', { name: 'Report' });
    await report.getByText('0 created, 0 updated, 0 unchanged, 1 refused.').waitFor();
    const refused = report.locator('details').filter({ hasText: /^1 refused/ });
    assert.equal(await refused.evaluate((details) => details.open), true);
    assert.match(await refused.locator('li').first().textContent(), reason);
    await dialog.getByRole('button', { name: 'Done' }).click();
    assert.deepEqual(await everything(tab), before);
  });
}

// Hostile but valid: it is shown as text, and has no effect.
visit('markup in tags, hosts and paths stays text', async (tab) => {
  const evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  const dialogs = [];
  tab.on('dialog', (dialog) => dialogs.push(dialog));
  const { counts } = await open(tab, JSON.stringify([
    { meshName: 'evil', tags: [{ key: evil, value: `${evil}"'` }] },
    { meshName: 'evil', virtualNodeName: 'n', spec: { listeners: [{ portMapping: { port: 80, protocol: 'http' } }], serviceDiscovery: { dns: { hostname: evil } } } },
    { meshName: 'evil', virtualServiceName: 'a<b>&"\'‮.local', spec: { provider: { virtualNode: { virtualNodeName: 'n' } } } },
    { meshName: 'evil', virtualGatewayName: 'g', spec: { listeners: [{ portMapping: { port: 80, protocol: 'http' } }] } },
    { meshName: 'evil', virtualGatewayName: 'g', gatewayRouteName: 'r', spec: { httpRoute: { match: { prefix: `/${evil}` }, action: { target: { virtualService: { virtualServiceName: 'a<b>&"\'‮.local' } } } } } },
  ]));
  assert.match(counts, /^5 created, 0 updated, 0 unchanged, 0 refused/);
  await tab.getByRole('button', { name: 'evil', exact: true }).click();
  await tab.locator('.mesh-facts').getByText(evil).waitFor();
  await tab.getByRole('button', { name: 'Matrix' }).click();
  await tab.reload();
  await tab.getByRole('button', { name: 'Graph' }).click();
  assert.equal(await tab.locator('img, #app script').count(), 0);
  assert.match(await tab.title(), /Mesh Playground/);
  assert.deepEqual(dialogs, []);
});

visit('members named __proto__ and constructor do nothing', async (tab) => {
  const { counts } = await open(tab, '{"meshName": "p", "__proto__": {"x": 1}, "constructor": {"prototype": {"x": 1}}, "spec": {"__proto__": {"egressFilter": {"type": "ALLOW_ALL"}}}}');
  assert.match(counts, /^1 created/);
  assert.equal(await tab.evaluate(() => ({}).x), undefined);
  await tab.locator('.mesh-facts').getByText('DROP_ALL (the default)').waitFor();
});

visit('a text that is mended opens', async (tab) => {
  const dialog = await give(tab, '{"meshName": ');
  await dialog.locator('#open-text-note[role=alert]').waitFor();
  await dialog.getByLabel('Or paste it here').fill('{"meshName": "mended"}');
  assert.match(await dialog.getByRole('status').textContent(), /^This is (an )?App Mesh JSON/);
  assert.equal(await dialog.getByRole('alert').count(), 0);
  await dialog.getByRole('button', { name: 'Open', exact: true }).click();
  await dialog.getByText('1 created, 0 updated, 0 unchanged, 0 refused.').waitFor();
  // A second text in the same dialog.
  await dialog.getByLabel('Or paste it here').fill('{"meshName": "mended-too"}');
  assert.equal(await dialog.getByRole('region', { name: 'Report' }).count(), 0);
  await dialog.getByRole('button', { name: 'Open', exact: true }).click();
  await dialog.getByText('1 created, 0 updated, 0 unchanged, 0 refused.').waitFor();
});

visit('an update that is refused in part leaves the rest, and one step back takes all', { skip: noSamples }, async (tab) => {
  const text = sample('howto-ipv6/dns/mesh-v6-only.yaml').replace('IPv6_ONLY', 'IPv7_ONLY');
  const { counts, dispositions } = await open(tab, text);
  assert.equal(counts, '0 created, 0 updated, 19 unchanged, 1 refused.');
  assert.equal(dispositions[0], '1 refused');
  await eventually(() => requests(tab), DEFAULT);
});

/** Drops a file or a text on the page, as with a mouse. */
const drop = (tab, { file, text, name = 'dropped.yaml' }) =>
  tab.evaluate(([file, text, name]) => {
    const dataTransfer = new DataTransfer();
    if (file !== undefined) dataTransfer.items.add(new File([file], name, { type: 'text/plain' }));
    else dataTransfer.setData('text/plain', text);
    const target = document.querySelector('main');
    for (const type of ['dragenter', 'dragover', 'drop']) {
      const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer });
      target.dispatchEvent(event);
      if (type !== 'dragenter' && !event.defaultPrevented) throw new Error(`the browser would open the file: ${type}`);
    }
  }, [file, text, name]);

visit('a file that is dropped is offered for opening', { skip: noSamples }, async (tab) => {
  await drop(tab, { file: sample('howto-ipv6/dns/mesh-v6-only.yaml') });
  const dialog = tab.getByRole('dialog', { name: 'Open' });
  await dialog.getByText('This is a CloudFormation template.').waitFor();
  assert.equal(await dialog.getByLabel('AppMeshMeshName').inputValue(), 'colors');
  await dialog.getByRole('button', { name: 'Open', exact: true }).click();
  await dialog.getByText('0 created, 1 updated, 19 unchanged, 0 refused.').waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await eventually(() => requests(tab), 'discovery+[app] discovery discovery app ok ok');
});

visit('a text that is dropped is offered, and a second one takes its place', async (tab) => {
  await drop(tab, { text: '{"meshName": "one"}' });
  const dialog = tab.getByRole('dialog', { name: 'Open' });
  const shown = () => dialog.getByLabel('Or paste it here').inputValue();
  await eventually(shown, '{"meshName": "one"}');
  await drop(tab, { file: '{"meshName": "two"}', name: 'two.json' });
  await eventually(shown, '{"meshName": "two"}');
  // After closing the dialog and dropping the same text again, it is offered again.
  await tab.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await drop(tab, { text: '{"meshName": "two"}' });
  await eventually(shown, '{"meshName": "two"}');
});

visit('a huge file that is dropped is refused, and the page goes on', async (tab) => {
  const before = await everything(tab);
  await drop(tab, { file: 'y'.repeat(HUGE) });
  const dialog = tab.getByRole('dialog', { name: 'Open' });
  await dialog.getByRole('alert').waitFor();
  assert.match(await dialog.getByRole('alert').textContent(), /2097152|2 MiB|too (long|large)/i);
  await tab.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(await everything(tab), before);
});

visit('nothing is dropped on nothing: an empty file is told', async (tab) => {
  await drop(tab, { file: '' });
  const dialog = tab.getByRole('dialog', { name: 'Open' });
  await dialog.waitFor();
  assert.ok(await dialog.getByRole('button', { name: 'Open', exact: true }).isDisabled());
});

visit('a hundred meshes are opened in one go', async (tab) => {
  const meshes = Array.from({ length: 100 }, (_, number) => ({ meshName: `mesh-${number}` }));
  const { counts } = await open(tab, JSON.stringify(meshes), { asFile: true, name: 'meshes.json' });
  assert.match(counts, /^100 created/);
  assert.equal(await tab.locator('.meshes li').count(), 101);
});
