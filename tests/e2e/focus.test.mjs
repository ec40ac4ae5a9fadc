// The focused element is always visible: no bar at an edge covers it (WCAG 2.4.11).
import { assert, test } from './harness.mjs';
import { give, selectNode } from './page.mjs';

/**
 * Runs in the page: focuses one control after another, forward and backward, and reports those that are covered. Nine
 * points of the part in the window are checked; a control with fewer than three visible points is treated as covered.
 */
function walk(only) {
  const place = document.querySelector('dialog[open]') ?? document;
  const controls = [...place.querySelectorAll(only)].filter(
    (control) => control.tabIndex >= 0 && !control.disabled && control.checkVisibility({ visibilityProperty: true, opacityProperty: false }),
  );
  const words = (control) => (control.getAttribute('aria-label') ?? control.labels?.[0]?.textContent ?? control.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 60);
  const points = (control, part) => {
    const { left, top, right, bottom } = part.getBoundingClientRect();
    const [x, y] = [Math.max(left, 0), Math.max(top, 0)];
    const [width, height] = [Math.min(right, innerWidth) - x, Math.min(bottom, innerHeight) - y];
    if (width <= 0 || height <= 0) return 0;
    const shares = [0.15, 0.5, 0.85];
    return shares.flatMap((down) => shares.map((along) => document.elementFromPoint(x + width * along, y + height * down)))
      .filter((hit) => hit && (part.contains(hit) || hit.contains(part) || [...(control.labels ?? [])].some((label) => label.contains(hit)))).length;
  };
  const covered = [];
  for (const [way, all] of [['down', controls], ['up', [...controls].reverse()]]) {
    for (const control of all) {
      control.focus();
      // For a control drawn by its label, check the label.
      const seen = Math.max(...[control, ...(control.labels ?? [])].map((part) => points(control, part)));
      if (seen < 3) covered.push(`${way}: ${control.localName} ${words(control)} (${seen} of 9)`);
    }
  }
  return { count: controls.length, covered };
}

const CONTROLS = 'a[href], button, input, select, textarea, summary, [tabindex]';

/** Returns the covered ones of all focusable controls. */
async function hidden(tab, only = CONTROLS) {
  const { count, covered } = await tab.evaluate(`(${walk})(${JSON.stringify(only)})`);
  assert.ok(count > 0);
  return covered;
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
/** Opens the form of a kind, with everything that can be added to it. */
const form = (kind) => async (tab) => {
  await panel(tab, 'Resources');
  await press(tab, 'Create in this mesh');
  const dialog = tab.getByRole('dialog');
  await dialog.getByLabel('Kind', { exact: true }).first().selectOption(kind);
  for (const button of await dialog.getByRole('button', { name: /^Add / }).all()) await button.click();
};

// Each view, with the function that leaves it.
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
    const tab = await page({ width, height });
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
  test(`a field that is wrong is seen when the form is sent, ${width} px`, async ({ page }) => {
    const tab = await page({ width, height });
    for (const kind of ['Virtual node', 'Route', 'Gateway route', 'Virtual gateway']) {
      await form(kind)(tab);
      const dialog = tab.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Create', exact: true }).click();
      await tab.waitForFunction(() => document.activeElement?.getAttribute('aria-invalid') === 'true');
      assert.deepEqual(await hidden(tab, ':focus'), [], kind);
      assert.deepEqual(await hidden(tab, '[aria-invalid="true"]'), [], kind);
      await closed(tab);
    }
  });
}

// The test above sets the focus by script; the Tab key must follow the same rules.
test('Tab does not go under the bar of the terminal', async ({ page }) => {
  const tab = await page({ width: 1366, height: 768 });
  await tab.locator('.resources button').first().focus();
  const covered = [];
  for (let step = 0; step < 30; step += 1) {
    await tab.keyboard.press('Tab');
    covered.push(...(await hidden(tab, ':focus')));
  }
  assert.deepEqual(covered, []);
});
