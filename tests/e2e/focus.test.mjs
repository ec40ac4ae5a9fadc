// Wherever the focus goes, it can be seen: no bar at an edge lies over what has it (WCAG 2.4.11).
import { assert, test } from './harness.mjs';
import { give, selectNode } from './page.mjs';

/**
 * What has the focus, and how much of it can be seen: of nine points of what lies in the window, how many are its own.
 * `null` where nothing of the page has it.
 */
const seen = (tab) =>
  tab.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const label = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
    const name = `${element.localName} ${(label ?? '').trim().replace(/\s+/g, ' ').slice(0, 60)}`;
    // A control that is drawn by its label is seen where that is.
    const own = [element, ...(element.labels ?? [])].filter((part) => part.getClientRects().length);
    const at = (part) => {
      const { left, top, right, bottom } = part.getBoundingClientRect();
      const [x, y] = [Math.max(left, 0), Math.max(top, 0)];
      const [width, height] = [Math.min(right, innerWidth) - x, Math.min(bottom, innerHeight) - y];
      if (width <= 0 || height <= 0) return 0;
      const points = [0.15, 0.5, 0.85].flatMap((down) => [0.15, 0.5, 0.85].map((along) => [x + width * along, y + height * down]));
      return points.filter(([x, y]) => {
        const hit = document.elementFromPoint(x, y);
        return hit && own.some((part) => part.contains(hit) || hit.contains(part));
      }).length;
    };
    return { name, points: Math.max(...own.map(at), 0) };
  });

/** Walks through all that the focus comes to, there and back; gives what is hidden. */
async function hidden(tab) {
  const found = new Set();
  for (const key of ['Tab', 'Shift+Tab']) {
    let first;
    for (let step = 0; step < 150; step += 1) {
      await tab.keyboard.press(key);
      const now = await seen(tab);
      if (!now) break;
      const place = await tab.evaluate(() => {
        window.walked ??= new Map();
        const element = document.activeElement;
        if (!window.walked.has(element)) window.walked.set(element, window.walked.size);
        return window.walked.get(element);
      });
      if (place === first) break;
      first ??= place;
      // Less than a third of it in sight is as good as nothing.
      if (now.points < 3) found.add(`${key}: ${now.name} (${now.points} of 9)`);
    }
  }
  return [...found];
}

const press = (tab, name) => tab.getByRole('button', { name, exact: true }).first().click();
const isNarrow = (tab) => tab.viewportSize().width < 1100;
const panel = async (tab, name) => {
  if (isNarrow(tab)) await tab.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name }).click();
};
const closed = async (tab) => {
  await tab.keyboard.press('Escape');
  await tab.getByRole('dialog').waitFor({ state: 'detached' });
};
/** Opens the form of a kind, with all that can be added to it. */
const form = (kind) => async (tab) => {
  await panel(tab, 'Resources');
  await press(tab, 'Create in this mesh');
  const dialog = tab.getByRole('dialog');
  await dialog.getByLabel('Kind', { exact: true }).first().selectOption(kind);
  for (const button of await dialog.getByRole('button', { name: /^Add / }).all()) await button.click();
};

// Each view, and how one leaves it.
const VIEWS = {
  'first view': [async () => {}],
  'a node selected': [async (tab) => {
    await selectNode(tab, 'yellow');
    await panel(tab, 'Details');
  }, (tab) => panel(tab, 'Mesh')],
  'boxes as a table': [(tab) => tab.getByRole('button', { name: 'Gateways and nodes as a table' }).click()],
  matrix: [(tab) => press(tab, 'Matrix')],
  request: [(tab) => press(tab, 'Request')],
  compare: [(tab) => press(tab, 'Compare'), (tab) => press(tab, 'Graph')],
  resources: [(tab) => panel(tab, 'Resources'), (tab) => panel(tab, 'Mesh')],
  'the terminal open': [async (tab) => {
    await panel(tab, 'Terminal');
    if (!isNarrow(tab)) await tab.getByRole('region', { name: 'Terminal' }).getByRole('button', { name: 'Terminal' }).click();
    await tab.getByLabel('Command line').waitFor();
  }, async (tab) => {
    if (!isNarrow(tab)) await tab.getByRole('region', { name: 'Terminal' }).getByRole('button', { name: 'Terminal' }).click();
    await panel(tab, 'Mesh');
  }],
  'form of a node': [form('Virtual node'), closed],
  'form of a route': [form('Route'), closed],
  'form of a mesh': [async (tab) => {
    await panel(tab, 'Resources');
    await press(tab, 'Create mesh');
    await tab.getByRole('dialog').getByRole('button', { name: 'Add new tag' }).click();
  }, async (tab) => {
    await closed(tab);
    await panel(tab, 'Mesh');
  }],
  open: [(tab) => give(tab, '{'), closed],
  share: [(tab) => press(tab, 'Share'), closed],
  projects: [(tab) => tab.getByRole('button', { name: /^Project: / }).click(), closed],
  picture: [async (tab) => {
    await panel(tab, 'Mesh');
    await press(tab, 'Picture…');
  }, closed],
};

const SIZES = [[1366, 768, 'light'], [1280, 720, 'projector'], [390, 844, 'light'], [320, 568, 'light']];
for (const [width, height, theme] of SIZES) {
  test(`no bar hides what has the focus: ${width} by ${height}, ${theme}`, { firefox: 'its driver leaves the page behind the last control' }, async ({ page }) => {
    const tab = await page({ width, height, reducedMotion: 'reduce' });
    await tab.getByLabel('Theme').selectOption(theme);
    const all = {};
    for (const [view, [show, leave]] of Object.entries(VIEWS)) {
      await show(tab);
      const found = await hidden(tab);
      if (found.length) all[view] = found;
      await leave?.(tab);
    }
    assert.deepEqual(all, {});
  });
}

for (const ui of ['graph', 'matrix', 'terminal']) {
  test(`no bar hides what has the focus, embedded: ${ui}`, { firefox: 'its driver leaves the page behind the last control' }, async ({ page }) => {
    for (const [width, height] of [[900, 500], [320, 480]]) {
      const tab = await page({ width, height, path: `?embed=1&ui=${ui}` });
      await tab.locator('.embed-bar').waitFor();
      assert.deepEqual(await hidden(tab), [], `${width} by ${height}`);
    }
  });
}

for (const [width, height] of [[1366, 768], [390, 844]]) {
  test(`the field that is wrong is seen when it gets the focus, ${width} px`, async ({ page }) => {
    const tab = await page({ width, height });
    for (const kind of ['Virtual node', 'Route', 'Gateway route', 'Virtual gateway']) {
      await form(kind)(tab);
      const dialog = tab.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Create', exact: true }).click();
      await dialog.locator('[aria-invalid="true"]').first().waitFor();
      const wrong = dialog.locator('[aria-invalid="true"]');
      for (let index = 0; index < (await wrong.count()); index += 1) {
        await dialog.evaluate((dialog) => (dialog.scrollTop = 0));
        await wrong.nth(index).focus();
        const now = await seen(tab);
        assert.ok(now.points >= 8, `${kind}: ${now.name} (${now.points} of 9)`);
      }
      await closed(tab);
    }
  });
}
