// The page's information on Envoy: its configuration with the setting behind each line, requests event by event, two
// preferences side by side, and the lines that a change would rewrite.
import { assert, screenshot, test } from './harness.mjs';
import { eventually, nodeName, prefer, selectNode } from './page.mjs';

const envoy = async (tab) => {
  await tab.getByRole('group', { name: 'Side of the resource' }).getByRole('button', { name: 'Envoy' }).click();
  return tab.getByRole('region', { name: 'Envoy', exact: true });
};
const centre = (tab, name) => tab.getByRole('group', { name: 'View of the mesh' }).getByRole('button', { name }).click();

test('a setting marks its lines in every Envoy it touched, and a line names its setting', async ({ page }) => {
  const tab = await page({ width: 1280, height: 900 });
  await prefer(tab, 'IPv6_ONLY');
  await selectNode(tab, 'red');
  const region = await envoy(tab);
  const config = JSON.parse(await region.getByRole('group', { name: 'Envoy configuration' }).textContent());
  assert.match(config.node.id, /^mesh\/colors\/virtualNode\/colorteller-red-vn$/);
  await region.locator('.line', { hasText: '"ipv4_compat": true' }).first().click();
  await region.getByRole('status').getByText('mesh `colors`: spec.serviceDiscovery.ipPreference wrote').waitFor();
  assert.ok((await region.locator('.marked').count()) >= 2);
  await screenshot(tab, 'envoy');
  await region.getByRole('button', { name: /^Show virtual gateway/ }).click();
  await eventually(() => tab.getByRole('complementary', { name: 'Details' }).locator('h2').first().textContent(), 'colorgateway-vg');
  const marked = await region.locator('.marked').allTextContents();
  assert.equal(marked.filter((line) => line.includes('"dns_lookup_family": "V6_ONLY"')).length, 6);
  await region.getByLabel('Format').selectOption('YAML');
  await region.getByLabel('Part').selectOption('Clusters');
  assert.match(await region.getByRole('group', { name: 'Envoy configuration' }).textContent(), /^- name: /);
});

test('a request is followed event by event', async ({ page }) => {
  const tab = await page({ width: 1280, height: 900 });
  await centre(tab, 'Request');
  const region = tab.getByRole('region', { name: 'Request', exact: true });
  await region.getByLabel('Start from').selectOption({ index: 1 });
  await region.getByLabel('Path', { exact: true }).fill('/nowhere');
  await region.getByText('no gateway route of colorgateway-vg matches').first().waitFor();
  await region.getByText('404', { exact: true }).waitFor();
  await region.getByLabel('Path', { exact: true }).fill('/green');
  await region.getByText('the connection was refused').first().waitFor();
  await screenshot(tab, 'request');
  await region.getByRole('button', { name: 'Rewind' }).click();
  const here = () => region.locator('.box.here .title').allTextContents();
  await eventually(async () => (await here()).length, 1);
  await region.getByLabel('Event', { exact: true }).focus();
  await tab.keyboard.press('End');
  await eventually(() => region.locator('.hops li[aria-current=step] strong').textContent(), 'Reply');
  await region.getByRole('button', { name: 'Play' }).click();
  await region.getByRole('button', { name: 'Pause' }).click();
  await region.getByRole('button', { name: 'Routing' }).click();
  assert.equal(await region.locator('.hops > li strong').filter({ hasText: 'Gateway route' }).count(), 0);
  await region.getByRole('button', { name: 'Show virtual node' }).first().click();
  await eventually(() => tab.getByRole('complementary', { name: 'Details' }).locator('h2').first().textContent(), nodeName('green'));
});

test('what is wrong in a request is said beside its field, and the request goes without it', async ({ page }) => {
  const tab = await page({ width: 1280, height: 900 });
  await centre(tab, 'Request');
  const region = tab.getByRole('region', { name: 'Request', exact: true });
  await region.getByLabel('Port', { exact: true }).fill('99999999999999999999');
  await region.getByRole('alert').getByText('A port is a number from 1 to 65535.').waitFor();
  await region.getByText('the listener on port 9080 takes it').waitFor();
  await region.getByLabel('Port', { exact: true }).fill('');
  await region.getByLabel('Requests', { exact: true }).fill('-1');
  await region.getByRole('alert').getByText('A number from 1 to 100000.').waitFor();
  await region.getByLabel('Client', { exact: true }).selectOption(`virtual node ${nodeName('red')}`);
  await region.getByLabel('To', { exact: true }).fill('');
  await region.getByRole('alert').getByText('Name a virtual service, or a host.').waitFor();
});

test('two preferences stand beside each other', async ({ page }) => {
  const tab = await page({ width: 1280, height: 900 });
  await centre(tab, 'Compare');
  const region = tab.getByRole('region', { name: 'Compare' });
  await region.getByLabel('Right').selectOption('IPv4_ONLY');
  await region.getByText('7 of 7 Envoys are rewritten.').waitFor();
  const difference = await region.getByRole('group', { name: 'Difference' }).textContent();
  assert.match(difference, /\+ .*ipv4_compat/);
  await screenshot(tab, 'compare');
  await region.getByLabel('Right').selectOption('No preference');
  await region.getByText('0 of 7 Envoys are rewritten.').waitFor();
});

test('a preview tells which lines of which Envoys it would change', async ({ page }) => {
  const tab = await page({ width: 1280, height: 900 });
  await centre(tab, 'Matrix');
  await tab.getByRole('button', { name: /^colorteller-red-vn under IPv6_ONLY/ }).click();
  await tab.getByText(/lines change in 7 Envoys: .*colorgateway-vg \(\d+\)/).waitFor();
});

test('the lines of a preference are shown from its effects, of a node and of the mesh', async ({ page }) => {
  const tab = await page({ width: 1280, height: 900 });
  await prefer(tab, 'IPv4_ONLY');
  await selectNode(tab, 'red');
  const details = tab.getByRole('complementary', { name: 'Details' });
  await details.getByRole('button', { name: 'Its lines in Envoy' }).click();
  await details.getByText('mesh `colors`: spec.serviceDiscovery.ipPreference wrote').waitFor();
  await details.getByRole('button', { name: 'Effects' }).click();
  await details.getByLabel('IP version preference', { exact: true }).selectOption('IPv6_ONLY');
  await details.getByRole('button', { name: 'Its lines in Envoy' }).click();
  await details.getByText(/colorteller-red-vn`: spec.serviceDiscovery.dns.ipPreference wrote \d+ lines in 2 /).waitFor();
});

test('a task that is stopped lets requests time out', async ({ page }) => {
  const tab = await page({ width: 1280, height: 900 });
  await selectNode(tab, 'red');
  await tab.getByLabel(/^Task .* runs$/).uncheck();
  await eventually(() => tab.locator(`.requests tr[data-node="${nodeName('red')}"] td`).first().textContent(), '✕ 503');
  await tab.getByText('Stops on the way').first().waitFor();
  await tab.getByRole('button', { name: 'Undo' }).click();
  await tab.getByText('Arrives: found at').first().waitFor();
});
