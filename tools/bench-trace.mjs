// Reads a trace of Chromium: computes how long the page's thread worked on each step, between two marks of
// benches/pages/steps.js.

const CATEGORIES = ['toplevel', 'blink.user_timing', 'devtools.timeline', 'disabled-by-default-devtools.timeline'];
const SCRIPT = new Set(['EventDispatch', 'FunctionCall', 'FireAnimationFrame', 'TimerFire', 'RunMicrotasks', 'EvaluateScript']);

/** Traces a browser while `work` runs. Returns the events, in order. */
export async function traced(browser, page, work) {
  await browser.startTracing(page, { categories: CATEGORIES });
  await work();
  const trace = JSON.parse((await browser.stopTracing()).toString());
  return trace.traceEvents.sort((a, b) => a.ts - b.ts);
}

/** Returns the complete events of one thread between two times, without those nested in others. */
function outermost(events, isMeant, from, to) {
  const found = [];
  let end = from;
  for (const event of events) {
    if (event.ph !== 'X' || event.ts < end || event.ts >= to || !isMeant(event)) continue;
    found.push(event);
    end = event.ts + event.dur;
  }
  return found;
}

const sum = (events, of) => events.reduce((total, event) => total + (of(event) ?? 0), 0) / 1000;

/**
 * Returns the times of the steps by label, in milliseconds. `wall` is the time from the click to the end of the
 * frame's commit, as in the js-framework-benchmark, but without the wait for the next frame; `cpu` is the thread's
 * processor time in that interval, which other programs of the machine do not increase; `script` is the script's
 * share of `cpu`.
 */
export function steps(events) {
  const marks = events.filter(({ cat, name }) => cat.includes('blink.user_timing') && /^(begin|end) /.test(name));
  const found = new Map();
  for (const begin of marks.filter(({ name }) => name.startsWith('begin '))) {
    const label = begin.name.slice('begin '.length);
    const end = marks.find(({ name, ts, pid }) => name === `end ${label}` && ts > begin.ts && pid === begin.pid);
    if (!end) throw new Error(`the trace has no end of ${label}`);
    const own = events.filter(({ pid, tid }) => pid === begin.pid && tid === begin.tid);
    const within = own.filter(({ ts }) => ts >= begin.ts && ts < end.ts);
    const click = within.find(({ name, args }) => name === 'EventDispatch' && args.data?.type === 'click');
    const commit = within.findLast(({ name }) => name === 'Commit');
    const from = click?.ts ?? begin.ts;
    const to = commit ? commit.ts + commit.dur : end.ts;
    // The click's own task starts before the click; after it, the task only runs the click and its microtasks.
    const first = outermost(own, ({ name }) => SCRIPT.has(name), from, to);
    // A task may be recorded twice, by the thread's controller and by its queue, one nested in the other.
    const frame = outermost(own, ({ name }) => /RunTask$/.test(name), from, to);
    const script = first.filter(({ ts }) => !frame.some((task) => task.ts <= ts && ts < task.ts + task.dur));
    const all = [...script, ...frame];
    const step = {
      wall: sum(all, ({ dur }) => dur),
      cpu: sum(all, ({ tdur, dur }) => tdur ?? dur),
      script: sum(first, ({ tdur, dur }) => tdur ?? dur),
    };
    if (!found.has(label)) found.set(label, []);
    found.get(label).push(step);
  }
  return found;
}

/** Returns the script's time between the marks of a label, in milliseconds. */
export const scriptTime = (events, label) => {
  const mark = (word) => events.find(({ cat, name }) => cat.includes('blink.user_timing') && name === `${word} ${label}`);
  const [begin, end] = [mark('begin'), mark('end')];
  const own = events.filter(({ pid, tid }) => pid === begin.pid && tid === begin.tid);
  return sum(outermost(own, ({ name }) => SCRIPT.has(name), begin.ts, end.ts), ({ tdur, dur }) => tdur ?? dur);
};

export const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
};
