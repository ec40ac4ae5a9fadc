// One step of a benchmark, the same for the engine's page and for the hand-written one: a click, and the frame after
// it. Performance marks delimit the step in the trace.

/** Waits until a frame is painted. */
export const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

/** Waits until the work left by earlier steps is done, garbage collection included. */
export async function settle() {
  await frame();
  await frame();
  globalThis.gc?.();
  await new Promise((done) => requestIdleCallback(done, { timeout: 1000 }));
}

/**
 * Runs `act` on a click on the page's button, or clicks the element that `act.target` returns, and waits for the paint.
 */
export async function step(label, act) {
  await settle();
  const go = document.getElementById('go');
  const other = act.target?.();
  go.onclick = act.target ? null : act;
  performance.mark(`begin ${label}`);
  (other ?? go).click();
  await frame();
  performance.mark(`end ${label}`);
}
