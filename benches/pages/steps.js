// How one step is taken, the same for the page of the engine and for the one written by hand: a click, and the frame after
// it. The marks tell the trace where it begins and ends.

/** Waits until a frame is painted. */
export const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));

/** Lets all end that an earlier step left to do, garbage included. */
export async function settle() {
  await frame();
  await frame();
  globalThis.gc?.();
  await new Promise((done) => requestIdleCallback(done, { timeout: 1000 }));
}

/** Does something at a click on the page's button, or clicks on what it gives, and waits until that is painted. */
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
