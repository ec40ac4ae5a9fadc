// A new user without a mouse: makes a mesh and a node, sets the preference, reads what became of it, takes it back.
import { assert, test } from './harness.mjs';
import { eventually } from './page.mjs';

/** What has the focus: its role, and the words a screen reader begins with. */
const focused = (tab) =>
  tab.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body) return 'the page';
    const words = element.getAttribute('aria-label') ?? element.querySelector('title')?.textContent ?? element.labels?.[0]?.textContent ?? element.textContent;
    return `${element.getAttribute('role') ?? element.localName} ${words.trim().replace(/\s+/g, ' ')}`;
  });

async function tabTo(tab, wanted, key = 'Tab') {
  const way = [];
  for (let step = 0; step < 120; step += 1) {
    await tab.keyboard.press(key);
    way.push(await focused(tab));
    if (wanted.test(way.at(-1))) return;
  }
  assert.fail(`${key} never reaches ${wanted}: ${way.join(' | ')}`);
}

for (const width of [1440, 320]) {
  test(`the whole job by keyboard alone, ${width} px`, async ({ page }) => {
    const tab = await page({ width, height: 900, reducedMotion: 'reduce' });
    const press = (key) => tab.keyboard.press(key);
    const go = async (wanted) => {
      await tabTo(tab, wanted);
      await press('Enter');
    };
    const dialog = tab.getByRole('dialog');
    const gone = () => dialog.waitFor({ state: 'detached' });
    const narrow = width < 1100;
    const panel = async (name) => narrow && go(new RegExp(`^button ${name}$`));

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
    await tabTo(tab, /^input Port/);
    await tab.keyboard.type('8080');
    await tabTo(tab, /^input Hostname/);
    await tab.keyboard.type('till.local');
    await press('Enter');
    await gone();

    // The preference of the mesh: one stop, arrows choose.
    await panel('Mesh');
    await tabTo(tab, /^input (No preference|IPv)/);
    await press('ArrowDown');
    await press('ArrowDown');
    await press('ArrowDown');
    await eventually(() => focused(tab), 'input IPv6_ONLY0 of 1 arrive');

    // What became of it: in the drawing, and from there in the details.
    await tabTo(tab, /^button virtual node till: no address$/);
    await press('Enter');
    await eventually(() => focused(tab), 'h2 till');
    await eventually(async () => /V6_ONLY/.test(await tab.locator('.inspector').innerText()), true);

    // Undone, from wherever the focus is: the preference, step by step.
    for (let step = 0; step < 3; step += 1) await press('Control+z');
    await eventually(async () => /no preference/.test(await tab.locator('.inspector').innerText()), true);

    // Deleted, and brought back.
    await panel('Resources');
    await go(/^button Delete virtual node till$/);
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
