// Pictures for visual inspection, in target/screenshots: each view, width and theme; and the picture of the README.
import { screenshot, test } from './harness.mjs';
import { eventually, noSamples, prefer, requests, sample, give, selectNode } from './page.mjs';

const SIZES = [[390, 844], [1280, 800], [1920, 1080]];
const isNarrow = (tab) => tab.viewportSize().width < 1100;
const panel = async (tab, name) => {
  if (isNarrow(tab)) await tab.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name }).click();
};
const close = async (tab) => {
  await tab.keyboard.press('Escape');
  await tab.getByRole('dialog').waitFor({ state: 'detached' });
};

// In an order in which each view is reached from the previous one; `whole` pictures contain the full height of a long
// page.
const VIEWS = {
  'first': { whole: true, show: async () => {} },
  'details': { whole: true, show: async (tab) => {
    await prefer(tab, 'IPv6_ONLY');
    await selectNode(tab, 'red');
    await panel(tab, 'Details');
  } },
  'envoy': { whole: true, show: async (tab) => {
    await tab.getByRole('button', { name: 'Its lines in Envoy' }).click();
  } },
  'request': { whole: true, show: async (tab) => {
    await panel(tab, 'Mesh');
    await tab.getByRole('button', { name: 'Request', exact: true }).click();
    await tab.getByLabel('Path', { exact: true }).fill('/green');
    await tab.getByRole('button', { name: 'One event back' }).click();
  } },
  'compare': { whole: true, show: async (tab) => {
    await tab.getByRole('button', { name: 'Compare', exact: true }).click();
  } },
  'history': { whole: true, show: async (tab) => {
    await tab.getByRole('button', { name: 'Effects', exact: true }).click({ timeout: 500 }).catch(() => {});
    await panel(tab, 'History');
  } },
  'matrix': { whole: true, show: async (tab) => {
    await panel(tab, 'Mesh');
    await tab.getByRole('button', { name: 'Matrix' }).click();
    await tab.getByRole('button', { name: /^colorteller-red-vn under IPv6_PREFERRED/ }).click();
  } },
  'resources': { whole: true, show: async (tab) => {
    await tab.keyboard.press('Escape');
    await panel(tab, 'Resources');
  } },
  'create-mesh': { show: async (tab) => {
    await tab.getByRole('button', { name: 'Create mesh' }).click();
    const dialog = tab.getByRole('dialog');
    await dialog.getByLabel('Mesh name').fill('my mesh');
    await dialog.getByLabel('Override default IP version behavior').check();
    await dialog.getByRole('button', { name: 'Add new tag' }).click();
    await dialog.getByLabel('Key of tag 1').fill('team');
    await dialog.getByLabel('Value of tag 1').fill('web');
    await dialog.getByRole('button', { name: 'Create mesh' }).click();
    await dialog.getByRole('alert').first().waitFor();
  } },
  'delete': { show: async (tab) => {
    await close(tab);
    await tab.getByRole('button', { name: 'Delete mesh colors' }).click();
  } },
  'form': { show: async (tab) => {
    await close(tab);
    await tab.getByRole('button', { name: 'Create in this mesh' }).click();
    const dialog = tab.getByRole('dialog');
    await dialog.getByLabel('Kind', { exact: true }).first().selectOption('Route');
    await dialog.getByRole('button', { name: 'Add header' }).click();
    await dialog.getByRole('checkbox', { name: 'Retry policy' }).check();
    await dialog.getByRole('button', { name: 'Add weighted target' }).click();
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();
    await dialog.getByRole('alert').first().waitFor();
  } },
  'form-json': { show: async (tab) => {
    await tab.getByRole('dialog').getByRole('button', { name: 'JSON' }).click();
  } },
  'open': { show: async (tab) => {
    await close(tab);
    await give(tab, noSamples ? '{"meshName": "colors"}' : sample('howto-ipv6/dns/override-mesh-preference.yaml'));
    await tab.getByRole('dialog').getByRole('button', { name: 'Open', exact: true }).click();
    await tab.getByRole('dialog').getByRole('region', { name: 'Report' }).waitFor();
  } },
};

// The pictures have no assertions, so they are taken only on request.
const ON_REQUEST = { skip: process.env.UPDATE_SCREENSHOTS !== '1' && '`make screenshots` draws the pictures', firefox: "the pictures are Chromium's" };

for (const colorScheme of ['light', 'dark']) {
  for (const [width, height] of SIZES) {
    test(`pictures: ${width} px, ${colorScheme}`, ON_REQUEST, async ({ page }) => {
      const tab = await page({ width, height, colorScheme });
      for (const [view, { show, whole }] of Object.entries(VIEWS)) {
        await show(tab);
        await screenshot(tab, `${view}-${width}-${colorScheme}`, { fullPage: Boolean(whole) });
      }
    });
  }
}

test('the picture of the README', ON_REQUEST, async ({ page }) => {
  const tab = await page({ width: 1280, height: 800, colorScheme: 'light' });
  await prefer(tab, 'IPv6_ONLY');
  await selectNode(tab, 'red');
  await eventually(() => requests(tab), 'discovery+[app] discovery discovery app ok ok');
  // Without the last announcement, and without the focus ring of the last click.
  await tab.locator('.announcer').evaluate((announcer) => announcer.remove());
  await tab.mouse.move(0, 0);
  await screenshot(tab, 'readme');
});
