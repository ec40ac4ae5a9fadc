// Fifty clicks and lines, mixed, undone to the start and redone to the end, with the same states as before.
import { createHash } from 'node:crypto';
import { visit } from './harness.mjs';
import { PREFERENCES, eventually, projectText } from './page.mjs';

const dock = (tab) => tab.getByRole('region', { name: 'Terminal' });
const hash = async (tab) => createHash('sha256').update((await projectText(tab)) ?? '').digest('hex');

/** Waits until the hash of the stored state is not `before`, and returns the new hash. */
async function changed(tab, before) {
  let now = before;
  await eventually(async () => (now = await hash(tab)) !== before, true);
  return now;
}

visit('50 clicks and lines are undone to the start and done again to the end', async (tab) => {
  await dock(tab).getByRole('button', { name: 'Terminal' }).click();
  const line = tab.getByLabel('Command line');
  await line.waitFor();
  // Data is stored from the first step on, so that step is the start.
  await tab.getByRole('radio', { name: 'IPv4_ONLY' }).check();
  const start = await changed(tab, await createHash('sha256').update('').digest('hex'));
  let end = start;
  for (let i = 0; i < 50; i += 1) {
    if (i % 2) await tab.getByRole('radio', { name: PREFERENCES[((i - 1) / 2) % 4] }).check();
    else {
      await line.fill(`aws appmesh create-virtual-router --mesh-name colors --virtual-router-name r${i} --spec '{}'; undo && redo`);
      await line.press('Enter');
    }
    end = await changed(tab, end);
  }
  const go = async (name, from) => {
    for (let i = 0; i < 50; i += 1) await tab.getByRole('button', { name, exact: true }).click();
    await changed(tab, from);
  };
  await go('Undo', end);
  await eventually(() => hash(tab), start, 'the start');
  await go('Redo', start);
  await eventually(() => hash(tab), end, 'the end');
});
