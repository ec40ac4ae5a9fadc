// Tests how the benchmarks read a trace of Chromium, with a trace written by hand.
import { test } from 'node:test';
import { assert } from './harness.mjs';
import { steps } from '../../tools/bench-trace.mjs';

const event = (name, ts, dur, more = {}) => ({ name, ts, dur, tdur: dur, ph: 'X', pid: 1, tid: 1, cat: 'toplevel', ...more });
const mark = (name, ts) => ({ name, ts, ph: 'I', pid: 1, tid: 1, cat: 'blink.user_timing' });

test('a step is its click, and each task after it once, however often it is written down', () => {
  const events = [
    event('RunTask', 0, 6000),
    mark('begin step', 1000),
    event('EventDispatch', 2000, 3000, { args: { data: { type: 'click' } } }),
    event('FunctionCall', 2500, 1000),
    // The task of the frame, reported by the thread's controller and by its queue, and its contents.
    event('ThreadControllerImpl::RunTask', 10000, 8000),
    event('RunTask', 10100, 7800),
    event('FireAnimationFrame', 10200, 500),
    event('Layout', 11000, 5000),
    event('Commit', 17000, 800),
    // A task of another thread.
    event('RunTask', 11000, 9000, { tid: 2 }),
    mark('end step', 20000),
    event('RunTask', 21000, 4000),
  ];
  assert.deepEqual([...steps(events)], [['step', [{ wall: 11, cpu: 11, script: 3.5 }]]]);
});
