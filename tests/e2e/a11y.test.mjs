// Accessibility: no findings of axe-core in any view, theme and width; keyboard access to everything; no content wider
// than a phone.
import { assert, axe, showTheme, test, themes, visit } from './harness.mjs';
import { eventually, focused, give, prefer, requests, tabTo } from './page.mjs';

const main = (tab) => tab.getByRole('main');
const isNarrow = (tab) => tab.viewportSize().width < 1100;
/** Shows a panel; a narrow page shows one at a time. */
const panel = async (tab, name) => {
  if (isNarrow(tab)) await tab.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name }).click();
};
const closed = async (tab) => {
  await tab.keyboard.press('Escape');
  await tab.getByRole('dialog').waitFor({ state: 'detached' });
};

const unfold = (part) => part.locator('details').evaluateAll((all) => all.forEach((details) => (details.open = true)));

// Every view, in an order in which each one is reached from the previous one. A function that returns `false` shows a
// view that was checked before.
const VIEWS = {
  'first view': async () => {},
  'boxes as a table': async (tab) => {
    await tab.getByRole('button', { name: 'Gateways and nodes as a table' }).click();
    await tab.locator('.requests.boxes').waitFor();
  },
  'magnified': async (tab) => {
    await tab.getByRole('button', { name: 'Larger' }).click();
    await tab.getByRole('button', { name: 'Larger' }).click();
  },
  picture: async (tab) => {
    await tab.getByRole('button', { name: 'Picture…' }).click();
    await tab.getByRole('dialog', { name: 'Picture' }).waitFor();
  },
  'picture as Mermaid': async (tab) => {
    const dialog = tab.getByRole('dialog', { name: 'Picture' });
    await dialog.getByLabel('Format').selectOption('Mermaid, for wikis and issues');
    await dialog.getByRole('group', { name: 'Mermaid text' }).waitFor();
  },
  'gateway selected': async (tab) => {
    await closed(tab);
    await tab.locator('.box.virtualGateway').click();
    await panel(tab, 'Details');
    await tab.locator('.inspector').getByText('JSON', { exact: true }).click();
  },
  resources: async (tab) => {
    await panel(tab, 'Resources');
    await unfold(tab.locator('.resources'));
    return isNarrow(tab);
  },
  'mesh selected': async (tab) => {
    await tab.locator('.meshes').getByRole('button', { name: 'colors', exact: true }).click();
    await panel(tab, 'Details');
  },
  matrix: async (tab) => {
    await panel(tab, 'Mesh');
    await tab.getByRole('button', { name: 'Matrix' }).click();
  },
  preview: async (tab) => {
    await tab.getByRole('button', { name: /^colorteller-red-vn under IPv6_ONLY/ }).click();
    await tab.getByText('Preview of IPv6_ONLY').waitFor();
  },
  'node selected, failing': async (tab) => {
    await tab.getByRole('button', { name: 'Graph' }).click();
    await tab.getByRole('button', { name: 'Apply' }).click();
    await panel(tab, 'Details');
    await tab.getByRole('group', { name: 'Fixes' }).first().waitFor();
  },
  "a node's Envoy": async (tab) => {
    await tab.getByRole('group', { name: 'Side of the resource' }).getByRole('button', { name: 'Envoy' }).click();
    await tab.locator('.config .line', { hasText: 'ipv4_compat' }).first().click();
    await tab.locator('.pointed').waitFor();
  },
  request: async (tab) => {
    await panel(tab, 'Mesh');
    await tab.getByRole('button', { name: 'Request', exact: true }).click();
    await tab.getByRole('button', { name: 'Rewind' }).click();
  },
  compare: async (tab) => {
    await tab.getByRole('button', { name: 'Compare', exact: true }).click();
    await tab.getByRole('group', { name: 'Difference' }).waitFor();
  },
  history: async (tab) => {
    await tab.getByRole('button', { name: 'Graph', exact: true }).click();
    await panel(tab, 'History');
    await tab.getByText('Answer of the service').click();
    return isNarrow(tab);
  },
  'create mesh, with errors': async (tab) => {
    await panel(tab, 'Resources');
    await tab.getByRole('button', { name: 'Create mesh' }).click();
    const dialog = tab.getByRole('dialog');
    await dialog.getByLabel('Override default IP version behavior').check();
    await dialog.getByLabel('Select Kubernetes namespaces').check();
    await dialog.getByRole('button', { name: 'Add new tag' }).click();
    await dialog.getByLabel('Namespace selector').fill('a b');
    await dialog.getByRole('button', { name: 'Create mesh' }).click();
    await dialog.getByRole('alert').first().waitFor();
  },
  'form, refused': async (tab) => {
    await closed(tab);
    await panel(tab, 'Resources');
    if (!(await tab.getByLabel('12-digit ID').isVisible())) await tab.getByText('Accounts and quotas').click();
    await tab.getByRole('button', { name: 'Create in this mesh' }).click();
    const dialog = tab.getByRole('dialog');
    await dialog.getByLabel('Kind', { exact: true }).first().selectOption('Route');
    for (const name of ['Add header', 'Add query parameter', 'Add weighted target']) {
      await dialog.getByRole('button', { name }).click();
    }
    for (const name of ['Retry policy', 'Timeout']) await dialog.getByRole('checkbox', { name }).check();
    await dialog.getByRole('button', { name: 'Add HTTP retry event' }).click();
    await dialog.getByRole('button', { name: 'Create', exact: true }).click();
    await dialog.getByRole('alert').first().waitFor();
  },
  'form of a node': async (tab) => {
    await closed(tab);
    await panel(tab, 'Resources');
    await tab.getByRole('button', { name: 'Create in this mesh' }).click();
    const dialog = tab.getByRole('dialog');
    for (const name of ['Health check', 'Outlier detection', 'TLS', 'Backend defaults']) {
      await dialog.getByRole('checkbox', { name, exact: true }).check();
    }
    await dialog.getByLabel('Connection pool', { exact: true }).selectOption('HTTP');
    await dialog.getByLabel('Service discovery', { exact: true }).selectOption('AWS cloud map');
    await dialog.getByRole('button', { name: 'Add backend' }).click();
  },
  'form as JSON': async (tab) => {
    await closed(tab);
    await panel(tab, 'Resources');
    await tab.getByRole('button', { name: 'Create in this mesh' }).click();
    await tab.getByRole('dialog').getByRole('button', { name: 'JSON' }).click();
    await tab.getByRole('dialog').getByLabel('Input').fill('{');
    await tab.getByRole('dialog').getByRole('alert').waitFor();
  },
  'delete, refused': async (tab) => {
    await closed(tab);
    await tab.getByRole('button', { name: 'Delete mesh colors' }).click();
    await tab.getByLabel('To confirm, type delete').fill('delete');
    await tab.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await tab.getByRole('dialog').getByRole('alert').waitFor();
  },
  'open, unreadable': async (tab) => {
    await closed(tab);
    await give(tab, '{');
    await tab.getByRole('dialog').getByRole('alert').waitFor();
  },
  'open, with parameters and report': async (tab) => {
    const dialog = tab.getByRole('dialog');
    await dialog.getByLabel('Or paste it here').fill(JSON.stringify({
      Parameters: { Name: { Type: 'String', Description: 'The mesh' } },
      Resources: {
        Mesh: { Type: 'AWS::AppMesh::Mesh', Properties: { MeshName: { Ref: 'Name' } } },
        Wrong: { Type: 'AWS::AppMesh::Mesh', Properties: { MeshName: 'wrong', Spec: { EgressFilter: { Type: 'SOME' } } } },
        Queue: { Type: 'AWS::SQS::Queue' },
      },
    }));
    await dialog.getByLabel('Name', { exact: true }).fill('empty');
    await dialog.getByRole('button', { name: 'Open', exact: true }).click();
    await dialog.getByRole('region', { name: 'Report' }).waitFor();
    await unfold(dialog);
  },
  'an empty mesh': async (tab) => {
    await closed(tab);
    await panel(tab, 'Mesh');
    await tab.getByText('This mesh has no gateways and no nodes yet.').waitFor();
  },
};

// Colours do not depend on the width, and only the projector theme changes sizes. So a daily run checks every theme
// only at the greatest width; CI checks each theme at each width.
const DAILY = { 320: ['projector'], 768: ['light'], 1440: themes };
const themesAt = (width) => [...(process.env.CI ? themes : DAILY[width])];

for (const width of [320, 768, 1440]) {
  test(`axe finds nothing, and nothing is wider than the page, in any theme: ${width} px`, { timeout: 300_000 }, async ({ page }) => {
    const tab = await page({ width, height: 900 });
    const found = {};
    const order = themesAt(width);
    for (const [view, show] of Object.entries(VIEWS)) {
      if ((await show(tab)) === false) continue;
      for (const theme of order) {
        await showTheme(tab, theme);
        const note = (what) => (found[what] ??= new Set()).add(`${view}, ${theme}`);
        // One line for each rule and position, regardless of the number of elements.
        for (const violation of await axe(tab)) {
          const [rule, at] = violation.split('\n');
          note(`${rule}${at.replace(/:nth-child\(\d+\)/g, '').replace(/: <.*/, '')}`);
        }
        const wider = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (wider > 0) note('the page can be scrolled sideways');
      }
      // The next view is opened in another theme.
      order.push(order.shift());
    }
    assert.deepEqual(Object.entries(found).map(([what, places]) => `${what} (${[...places].join('; ')})`), []);
  });
}

test('the theme that is chosen holds against the system\'s', async ({ page }) => {
  const tab = await page({ colorScheme: 'light' });
  const paper = () => tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await tab.getByLabel('Theme').selectOption('dark');
  await eventually(async () => (await paper()) === light, false);
  assert.deepEqual(await axe(tab), []);
  await tab.emulateMedia({ colorScheme: 'dark' });
  await tab.getByLabel('Theme').selectOption('light');
  await eventually(paper, light);
  assert.deepEqual(await axe(tab), []);
});

// By keyboard -----------------------------------------------------------------------------------------------------

visit('the main job by keyboard alone', async (tab) => {
  // The first tab stop skips the bar.
  await tab.keyboard.press('Tab');
  assert.equal(await focused(tab), 'a Skip to the mesh');
  await tab.keyboard.press('Enter');
  await eventually(() => tab.evaluate(() => document.activeElement.id), 'main');
  // The preference is one tab stop; the arrow keys choose.
  await tabTo(tab, /^input No preference/, { limit: 3 });
  await tab.keyboard.press('ArrowDown');
  await tab.keyboard.press('ArrowDown');
  await tab.keyboard.press('ArrowDown');
  await eventually(() => requests(tab), 'discovery+[app] discovery discovery app ok ok');
  assert.match(await focused(tab), /^input IPv6_ONLY/);
  // A box of the graph is a button.
  await tabTo(tab, /^button virtual node colorteller-blue-vn/);
  await tab.keyboard.press('End');
  await tab.keyboard.press(' ');
  await eventually(() => tab.locator('.inspector h2').textContent(), 'colorteller-yellow-vn');
  assert.match(await focused(tab), /^button virtual node colorteller-yellow-vn/);
  await tab.keyboard.press('b');
  await tab.keyboard.press('Enter');
  await eventually(async () => /blue|purple/.test(await tab.locator('.inspector h2').textContent()), true);
  // A change by a key press can be undone by a key press, regardless of the focus.
  await tab.keyboard.press('Control+z');
  await tab.keyboard.press('Control+z');
  await tab.keyboard.press('Control+z');
  await eventually(() => requests(tab), 'ok ok app listener listener listener+[app]');
});

visit('previewing by keyboard alone', async (tab) => {
  await tabTo(tab, /^button Matrix$/);
  await tab.keyboard.press('Enter');
  await tab.locator('.matrix table').waitFor();
  await tabTo(tab, /^button colorteller-green-vn under IPv6_PREFERRED/);
  await tab.keyboard.press('Enter');
  await tab.getByText('Preview of IPv6_PREFERRED').waitFor();
  assert.match(await focused(tab), /^button colorteller-green-vn under IPv6_PREFERRED/);
  await tab.keyboard.press('Escape');
  await tab.locator('.preview').waitFor({ state: 'detached' });
  assert.match(await focused(tab), /^button colorteller-green-vn under IPv6_PREFERRED/, 'the focus stays');
});

for (const [opener, title] of [
  [/^button Open…$/, 'Open'],
  [/^button Create mesh$/, 'Create mesh'],
  [/^button Delete mesh colors$/, 'Delete mesh'],
]) {
  visit(`the dialog ${title} holds the focus, and gives it back`, async (tab) => {
    for (const close of ['Escape', 'Cancel', 'Close']) {
      await tabTo(tab, opener);
      await tab.keyboard.press('Enter');
      const dialog = tab.getByRole('dialog', { name: title });
      await dialog.waitFor();
      const isInside = () => tab.evaluate(() => Boolean(document.activeElement.closest('dialog')));
      assert.ok(await isInside(), 'it takes the focus');
      // Moves around the dialog at least once: the browser's own controls may come in between, but not the page behind.
      for (let step = 0; step < 12; step += 1) {
        await tab.keyboard.press('Tab');
        assert.ok((await isInside()) || (await focused(tab)) === 'the page', `outside: ${await focused(tab)}`);
      }
      if (close === 'Escape') {
        await tab.keyboard.press('Escape');
      } else {
        await tabTo(tab, new RegExp(`^button ${close}$`));
        await tab.keyboard.press('Enter');
      }
      await dialog.waitFor({ state: 'detached' });
      await eventually(async () => opener.test(await focused(tab)), true, `${close} gives the focus to ${await focused(tab)}`);
      // Continue from the start of the page.
      await tab.evaluate(() => document.activeElement.blur());
    }
  });
}

visit('after a mesh is made and deleted the focus is somewhere', async (tab) => {
  await tab.getByRole('button', { name: 'Create mesh' }).click();
  await tab.getByLabel('Mesh name').fill('shop');
  await tab.keyboard.press('Enter');
  await tab.getByRole('dialog').waitFor({ state: 'detached' });
  await eventually(() => focused(tab), 'button Create mesh', 'after a mesh is made, the focus is back');
  await tab.getByRole('button', { name: 'Delete mesh shop' }).click();
  await tab.keyboard.type('delete');
  await tab.keyboard.press('Enter');
  await tab.getByRole('dialog').waitFor({ state: 'detached' });
  await eventually(async () => (await focused(tab)) === 'the page', false, 'the focus is somewhere');
});

visit('Tab comes through the whole page, and out of it', async (tab) => {
  const seen = new Set();
  for (let step = 0; step < 150; step += 1) {
    await tab.keyboard.press('Tab');
    const now = await tab.evaluate(() => {
      const element = document.activeElement;
      if (element === document.body) return { end: true };
      element.dataset.stop ??= String(Math.random());
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const frame = element.querySelector?.('.frame');
      // A tab stop must be visible: by its outline or a replacement for it.
      const isSeen = (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2)
        || (frame && parseFloat(getComputedStyle(frame).strokeWidth) >= 4)
        || (element.type === 'radio' && getComputedStyle(element.closest('label')).outlineStyle !== 'none');
      return { stop: element.dataset.stop, isSeen, words: element.outerHTML.slice(0, 120) };
    });
    if (now.end) break;
    assert.ok(now.isSeen, `no sign of the focus: ${now.words}`);
    if (seen.has(now.stop)) break;
    seen.add(now.stop);
  }
  assert.ok(seen.size > 30 && seen.size < 150, `${seen.size} stops`);
});

// Announced to screen readers -------------------------------------------------------------------------------------

visit('what was done is told', async (tab) => {
  const told = () => tab.locator('.announcer[aria-live=polite]').textContent();
  await prefer(tab, 'IPv6_ONLY');
  await eventually(told, 'Set mesh colors to IPv6_ONLY');
  assert.equal(await tab.locator('.graph-bar .arrived').textContent(), '2 of 6 requests arrive');
  await tab.keyboard.press('Control+z');
  await eventually(told, 'Undone: Set mesh colors to IPv6_ONLY');
});

test('a system that asks for less motion gets none, and messages go away all the same', async ({ page }) => {
  const tab = await page({ reducedMotion: 'reduce' });
  await tab.getByRole('button', { name: 'Send requests' }).click();
  await prefer(tab, 'IPv6_ONLY');
  await eventually(() => requests(tab), 'discovery+[app] discovery discovery app ok ok');
  // A message that fades moves no other element.
  const moving = () =>
    tab.evaluate(() => [...new Set(document.getAnimations().map(({ animationName }) => animationName))].filter((name) => name !== 'passing'));
  assert.deepEqual(await moving(), []);
  const message = tab.locator('.announcer p');
  assert.equal(await message.isVisible(), true);
  await message.waitFor({ state: 'hidden' });
});

test('the motion ends by itself', async ({ page }) => {
  const tab = await page({ reducedMotion: 'no-preference' });
  await tab.getByRole('button', { name: 'Send requests' }).click();
  const ends = () => tab.evaluate(() => document.getAnimations().map(({ effect }) => effect.getComputedTiming().endTime));
  await eventually(async () => (await ends()).length > 0, true, 'something moves');
  assert.deepEqual((await ends()).filter((end) => end > 5000), []);
});

for (const width of [320, 640]) {
  test(`on a phone every panel is reached, and controls are large enough: ${width} px`, async ({ page }) => {
    const tab = await page({ width, height: 700, hasTouch: true });
    for (const [name, landmark] of [
      ['Details', tab.getByRole('complementary', { name: 'Details' })],
      ['Resources', tab.getByRole('complementary', { name: 'Resources' })],
      ['History', tab.getByRole('region', { name: 'History' })],
      ['Mesh', main(tab)],
    ]) {
      await panel(tab, name);
      await landmark.waitFor({ state: 'visible' });
      // WCAG 2.2, 2.5.8: at least 24 by 24 pixels, except within a sentence.
      const small = await tab.evaluate(() =>
        [...document.querySelectorAll('button, select, summary, input:not([type=radio], [type=checkbox])')]
          .filter((element) => element.checkVisibility())
          .map((element) => [element.getBoundingClientRect(), element])
          .filter(([{ width, height }]) => width < 24 || height < 24)
          .map(([{ width, height }, element]) => `${Math.round(width)}x${Math.round(height)} ${element.outerHTML.slice(0, 80)}`));
      assert.deepEqual(small, [], name);
    }
  });
}
