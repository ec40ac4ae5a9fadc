// After a kill, the browser has everything on disk that the page reported as saved: all steps, with undo.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, test } from './harness.mjs';
import { browse } from './profile.mjs';

const STEPS = 20;

/** Returns code to run in the page: it resolves when a condition is true. */
const until = (condition) => `new Promise((resolve) => {
  const look = () => (${condition} ? resolve(true) : setTimeout(look, 10));
  look();
})`;

const KEPT = `document.documentElement.dataset.kept === 'disk'`;
const STARTED = `document.querySelector('.segments input') !== null && ${KEPT}`;
/** One step: sets the mesh's preference to the next of four, so that each step leaves a different world. */
const step = (number) => `document.querySelectorAll('.segments input')[${1 + (number % 4)}].click()`;
/** The index of the chosen preference, the number of steps that can be undone, and the number of steps on disk. */
const CHOSEN = `[...document.querySelectorAll('.segments input')].findIndex((input) => input.checked)`;
const STATE = `(() => ({
  chosen: ${CHOSEN},
  steps: document.querySelectorAll('.history li').length,
  onDisk: Number(document.documentElement.dataset.keptSteps),
}))()`;
const chosen = (steps) => (steps === 0 ? 0 : 1 + ((steps - 1) % 4));
const press = (name) => `[...document.querySelectorAll('.top-bar button')].find((button) => button.textContent === '${name}').click()`;
const UNDO = press('Undo');
const REDO = press('Redo');

/**
 * Removes a folder in which processes of a killed browser may still write for a moment. The retries of Node.js itself
 * do not find new files.
 */
async function remove(folder) {
  for (let left = 100; ; left -= 1) {
    try {
      return rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Defines a test with a separate profile, whose browsers have all exited when it ends. */
function profiled(name, body) {
  test(name, { timeout: 300_000 }, async ({ url }) => {
    const profile = mkdtempSync(join(tmpdir(), 'mesh-playground-'));
    const running = new Set();
    const visit = async () => {
      const tab = await browse(profile, url);
      running.add(tab);
      await tab.evaluate(until(STARTED));
      return tab;
    };
    const kill = async (tab) => {
      running.delete(tab);
      await tab.kill();
    };
    try {
      await body({ visit, kill });
    } finally {
      await Promise.all([...running].map((tab) => tab.kill()));
      await remove(profile);
    }
  });
}

/** Undoes every step, and checks each world on the way. */
async function undoAll(tab, steps) {
  for (let left = steps; left > 0; left -= 1) {
    await tab.evaluate(until(`${CHOSEN} === ${chosen(left)}`));
    await tab.evaluate(UNDO);
  }
  // The initial state.
  await tab.evaluate(until(`${CHOSEN} === 0`));
}

profiled('a browser that is killed once all is on disk has all steps, and the way back', async ({ visit, kill }) => {
  const first = await visit();
  for (let number = 0; number < STEPS; number += 1) await first.evaluate(step(number));
  await first.evaluate(until(KEPT));
  assert.equal((await first.evaluate(STATE)).onDisk, STEPS);
  await kill(first);

  const second = await visit();
  assert.deepEqual(await second.evaluate(STATE), { chosen: chosen(STEPS), steps: STEPS, onDisk: STEPS });
  await undoAll(second, STEPS);
  // Undone steps can be redone after the next kill.
  await second.evaluate(until(KEPT));
  await kill(second);
  const third = await visit();
  assert.deepEqual(await third.evaluate(STATE), { chosen: 0, steps: STEPS, onDisk: 0 });
  await kill(third);
});

/** Undoes and redoes this number of steps. */
async function tour(tab, steps) {
  const end = (await tab.evaluate(STATE)).chosen;
  for (const [way, stop] of [[UNDO, 0], [REDO, end]]) {
    for (let left = steps; left > 0; left -= 1) await tab.evaluate(way);
    await tab.evaluate(until(`${CHOSEN} === ${stop}`));
  }
}

profiled('a browser that is killed in the middle of saves has what was said to be on disk', async ({ visit, kill }) => {
  // Reuses one profile: each round adds some steps and kills the browser during work.
  let atLeast = 0;
  for (const more of [1, 2, 3, 4]) {
    const tab = await visit();
    const { onDisk: steps } = await tab.evaluate(STATE);
    assert.ok(steps >= atLeast, `${steps} steps of ${atLeast} on disk`);
    await tour(tab, steps);
    await tab.evaluate(until(KEPT));
    // Steps without a pause, until this many more are on disk; then the next ones are in progress.
    await tab.evaluate(`(() => {
      const next = () => {
        const all = [...document.querySelectorAll('.segments input')];
        all[1 + (all.findIndex((input) => input.checked) % 4)].click();
        setTimeout(next, 40);
      };
      next();
    })()`);
    await tab.evaluate(until(`Number(document.documentElement.dataset.keptSteps) >= ${steps + more}`));
    atLeast = (await tab.evaluate(STATE)).onDisk;
    await kill(tab);
  }
  const last = await visit();
  assert.ok((await last.evaluate(STATE)).onDisk >= atLeast);
  await kill(last);
});
