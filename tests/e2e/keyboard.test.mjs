// A new user without a mouse: creates a mesh and a node, sets the preference, reads the outcome, and undoes it.
import { test } from './harness.mjs';
import { eventually, focused, tabTo } from './page.mjs';

const BACK = { key: 'Shift+Tab' };

for (const width of [1440, 320]) {
  test(`the whole job by keyboard alone, ${width} px`, async ({ page }) => {
    const tab = await page({ width, height: 900 });
    const press = (key) => tab.keyboard.press(key);
    const go = async (wanted, options) => {
      await tabTo(tab, wanted, options);
      await press('Enter');
    };
    const dialog = tab.getByRole('dialog');
    const gone = () => dialog.waitFor({ state: 'detached' });
    const narrow = width < 1100;
    const panel = async (name, options) => narrow && go(new RegExp(`^button ${name}$`), options);

    // A mesh.
    await panel('Resources');
    await go(/^button Create mesh$/);
    await dialog.waitFor();
    await tab.keyboard.type('shop');
    await press('Enter');
    await gone();
    await eventually(() => tab.locator('.mesh-title .name').textContent(), 'shop');

    // A node in it.
    await go(/^button Create in this mesh$/);
    await dialog.waitFor();
    await tabTo(tab, /^input Virtual node name/);
    await tab.keyboard.type('till');
    await tabTo(tab, /^input Hostname/);
    await tab.keyboard.type('till.local');
    await tabTo(tab, /^input Port/);
    await tab.keyboard.type('8080');
    await press('Enter');
    await gone();

    // The preference of the mesh: one tab stop; the arrow keys choose.
    await panel('Mesh');
    await tabTo(tab, /^input (No preference|IPv)/);
    await press('ArrowDown');
    await press('ArrowDown');
    await press('ArrowDown');
    await eventually(() => focused(tab), 'input IPv6_ONLY0 of 1 arrive');

    // The outcome: in the graph, and from there in the details.
    await tabTo(tab, /^button virtual node till: no address$/);
    await press('Enter');
    await eventually(() => focused(tab), 'h2 till');
    await eventually(async () => /V6_ONLY/.test(await tab.locator('.inspector').innerText()), true);

    // Undone, regardless of the focus: the preference, step by step.
    for (let step = 0; step < 3; step += 1) await press('Control+z');
    await eventually(async () => /no preference/.test(await tab.locator('.inspector').innerText()), true);

    // Deleted, and restored.
    await panel('Resources', BACK);
    await go(/^button Delete virtual node till$/, narrow ? {} : BACK);
    await dialog.waitFor();
    await tabTo(tab, /^input To confirm, type delete/);
    await tab.keyboard.type('delete');
    await press('Enter');
    await gone();
    await eventually(() => tab.getByRole('button', { name: 'Delete virtual node till' }).count(), 0);
    await press('Control+z');
    await tab.getByRole('button', { name: 'Delete virtual node till' }).waitFor();
  });
}
