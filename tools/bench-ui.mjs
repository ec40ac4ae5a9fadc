// Compares the page with the hand-written pages in benches/pages, in one run of one Chromium: the resource table, the
// graph, a change of preference, the first paint. Both sides of every ratio are measured in turn, so that other load
// on the machine affects both, and compared by their medians.
//     node tools/bench-ui.mjs WEB-FOLDER [table|graph|preference|paint]...       ROUNDS=7
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createRequire } from 'node:module';
import { launchOptions, serve } from '../tests/e2e/server.mjs';
import { median, scriptTime, steps, traced } from './bench-trace.mjs';

const { chromium } = createRequire(resolve('tests/e2e/package.json'))('playwright-core');
const folder = resolve(process.argv[2]);
const chosen = process.argv.slice(3);
const rounds = Number(process.env.ROUNDS ?? 7);

// Weights of the operations in the js-framework-benchmark.
const OPERATIONS = [
  ['create 1,000 rows', 0.643], ['replace 1,000 rows', 0.561], ['update every 10th row', 0.564], ['select a row', 0.193],
  ['swap two rows', 0.132], ['remove a row', 0.528], ['create 10,000 rows', 0.564], ['append 1,000 rows', 0.551],
  ['clear 1,000 rows', 0.423],
];

const files = { 'style.css': 'static/style.css', 'page.js': join(folder, 'page.js'), 'page_bg.wasm': join(folder, 'page_bg.wasm') };
for (const name of ['bench.html', 'steps.js', 'table.js', 'repaint.js']) files[name] = `benches/pages/${name}`;
const types = { html: 'text/html', js: 'text/javascript', css: 'text/css', wasm: 'application/wasm' };
const server = await serve({
  folder: resolve('dist'),
  base: '/',
  before: (name, response) => {
    const shell = name === 'shell.html' && shellPage();
    if (!shell && !files[name]) return false;
    response.setHeader('content-type', types[name.split('.').pop()]);
    response.writeHead(200).end(shell || readFileSync(files[name]));
    return true;
  },
});
const options = launchOptions();
const browser = await chromium.launch({ ...options, args: [...options.args, '--js-flags=--expose-gc'] });

const row = (name, values, bar = '') => console.log(name.padEnd(44) + values.map((value) => value.padStart(11)).join('') + (bar && `   ${bar}`));
const ms = (time) => `${time.toFixed(time < 10 ? 2 : 1)} ms`;
const times = (ratio) => `${ratio.toFixed(2)} ×`;
const verdict = (value, most) => `bar: ${most} × at most: ${value <= most ? 'passed' : 'MISSED'}`;

/**
 * Opens a page with everything loaded and nothing shown. `window.bench` stores the objects that evaluated functions
 * create.
 */
async function opened() {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
  const page = await context.newPage();
  page.on('pageerror', (error) => console.error(error));
  await page.goto(`${server.url}bench.html`);
  await page.evaluate(async () => {
    const [engine, { Table, cellsOf }, { Repaint }, { frame, settle, step }] =
      await Promise.all(['page', 'table', 'repaint', 'steps'].map((name) => import(`./${name}.js`)));
    window.bench = { engine, Table, cellsOf, Repaint, frame, settle, step, root: document.getElementById('app') };
  });
  return page;
}

async function inEngine() {
  const page = await opened();
  await page.evaluate(() => bench.engine.default());
  return page;
}

/** Runs steps in turn on all pages. Returns the medians of each label's times, by page. */
async function inTurn(pages, work) {
  const both = await Promise.all(pages.map(() => new Map()));
  for (let round = -1; round < rounds; round++) {
    for (const [index, page] of pages.entries()) {
      const events = await traced(browser, page, () => work(page, index, round));
      // The first round warms up.
      if (round < 0) continue;
      for (const [label, taken] of steps(events)) {
        if (!both[index].has(label)) both[index].set(label, []);
        both[index].get(label).push(...taken);
      }
    }
  }
  const medians = (found) => new Map([...found].map(([label, all]) =>
    [label, Object.fromEntries(['wall', 'cpu', 'script'].map((kind) => [kind, median(all.map((step) => step[kind]))]))]));
  return both.map(medians);
}

async function table() {
  const ours = await inEngine();
  const { around, cells } = await ours.evaluate(async () => {
    const names = (start, count) => Array.from({ length: count }, (_, i) => `node-${String(start + i).padStart(5, '0')}`);
    const page = bench.engine.Page.begin();
    const states = { empty: 0 };
    states.a = page.with(0, names(10000, 1000), false);
    states.b = page.with(0, names(40000, 1000), false);
    states.tenth = page.narrowed(states.a, names(10000, 1000).filter((_, i) => i % 10 === 0));
    // The table is sorted by name, so rows are swapped by replacing each with a node that has the other's outcome.
    const gone = page.without(page.narrowed(states.a, ['node-10001']), ['node-10001', 'node-10998']);
    const come = page.with(gone, ['node-10001-as-998', 'node-10998-as-1'], false);
    states.swapped = page.narrowed(come, ['node-10998-as-1']);
    states.removed = page.without(states.a, ['node-10004']);
    states.more = page.with(states.a, names(20000, 1000), false);
    states.many = page.with(0, names(10000, 10000), false);
    Object.assign(bench, { page, states });
    page.mount(bench.root, 'resources', 0);
    await bench.settle();
    const around = bench.root.innerHTML;
    const cells = {};
    for (const name in states) {
      page.show(states[name]);
      await bench.settle();
      cells[name] = bench.cellsOf(bench.root);
    }
    return { around, cells };
  });
  const hand = await opened();
  await hand.evaluate(([around, cells]) => Object.assign(bench, { cells, table: new bench.Table(bench.root, around) }), [around, cells]);

  const plan = [
    ['create 1,000 rows', 'empty', 'a'], ['replace 1,000 rows', 'a', 'b'], ['update every 10th row', 'a', 'tenth'],
    ['select a row', 'a', null], ['swap two rows', 'a', 'swapped'], ['remove a row', 'a', 'removed'],
    ['create 10,000 rows', 'empty', 'many'], ['append 1,000 rows', 'a', 'more'], ['clear 1,000 rows', 'a', 'empty'],
  ];
  // The pages are comparable only if they have the same elements in every state.
  for (const name in cells) {
    const html = [];
    for (const page of [ours, hand]) {
      html.push(await page.evaluate(async (name) => {
        if (bench.page) bench.page.show(bench.states[name]);
        else bench.table.show(bench.cells[name]);
        await bench.settle();
        return bench.root.innerHTML.replace(/ open="(open)?"| class=""/g, '');
      }, name));
    }
    const at = [...html[0]].findIndex((letter, index) => letter !== html[1][index]);
    if (html[0] !== html[1]) throw new Error(`not the same page at ${name}: ${html.map((text) => text.slice(Math.max(0, at - 80), at + 80)).join('\n')}`);
  }
  const [a, b] = await inTurn([ours, hand], (page) => page.evaluate(async (plan) => {
    const show = (name) => (bench.page ? bench.page.show(bench.states[name]) : bench.table.show(bench.cells[name]));
    for (const [label, from, to] of plan) {
      show(from);
      const act = to === null ? { target: () => bench.root.querySelectorAll('details[open] > ul > li')[4].firstChild } : () => show(to);
      await bench.step(label, act);
    }
  }, plan));
  console.log(`\nResource table: the page, by hand, their ratio; of what the page's thread computes (script alone); of the time\n`);
  const weighted = { wall: 0, cpu: 0 };
  let weights = 0;
  for (const [label, weight] of OPERATIONS) {
    const [x, y] = [a.get(label), b.get(label)];
    for (const kind in weighted) weighted[kind] += weight * Math.log(x[kind] / y[kind]);
    weights += weight;
    row(label, [ms(x.cpu), ms(y.cpu), times(x.cpu / y.cpu), `(${ms(x.script)}`, `${ms(y.script)})`, ms(x.wall), ms(y.wall), times(x.wall / y.wall)]);
  }
  const mean = (kind) => Math.exp(weighted[kind] / weights);
  row('weighted geometric mean', ['', '', times(mean('cpu')), '', '', '', '', times(mean('wall'))], verdict(mean('cpu'), 1.35));
}

async function graph() {
  const page = await inEngine();
  const sizes = [100, 500, 1000, 2000];
  await page.evaluate(async (sizes) => {
    const engine = bench.engine.Page.begin();
    bench.states = { 0: 0 };
    for (const size of sizes) {
      const names = Array.from({ length: size }, (_, i) => `node-${String(i).padStart(5, '0')}`);
      bench.states[size] = engine.with(0, names, true);
    }
    bench.page = engine;
    engine.mount(bench.root, 'graph', 0);
    await bench.settle();
  }, sizes);
  const [drawn] = await inTurn([page], (page) => page.evaluate(async (sizes) => {
    for (const size of sizes) {
      bench.page.show(0);
      await bench.step(`draw ${size}`, () => bench.page.show(bench.states[size]));
    }
  }, sizes));
  console.log('\nGraph: what the page\'s thread computes (script alone), for each box\n');
  for (const size of sizes) {
    const { cpu, script } = drawn.get(`draw ${size}`);
    row(`draw ${size} boxes`, [ms(cpu), `(${ms(script)})`, `${((cpu * 1000) / size).toFixed(1)} µs`]);
  }
  const pans = new Map([100, 2000].map((size) => [size, []]));
  // A pan is short, so more of them are measured.
  for (let round = -1; round < 3 * rounds; round++) {
    for (const size of [100, 2000]) {
      await page.evaluate(async (size) => (bench.page.show(bench.states[size]), await bench.settle()), size);
      const place = page.locator('.graph .scroll');
      await place.scrollIntoViewIfNeeded();
      const box = await place.boundingBox();
      // Find a point between the layers, where there are no boxes.
      const free = await page.evaluate(([x, y]) => {
        for (let right = 2; right < 600; right += 2) {
          if (!document.elementFromPoint(x + right, y)?.closest('.box, .edge')) return x + right;
        }
        return x + 2;
      }, [box.x, Math.max(box.y, 0) + 120]);
      const events = await traced(browser, page, async () => {
        await page.evaluate(() => performance.mark('begin pan'));
        const where = () => page.evaluate(() => document.querySelector('.graph .scroll').scrollTop);
        await page.mouse.move(free, Math.max(box.y, 0) + 120);
        await page.mouse.down();
        for (let at = 1; at <= 30; at++) await page.mouse.move(free + at, Math.max(box.y, 0) + 120 - at * 3);
        await page.mouse.up();
        if ((await where()) < 60) throw new Error(`dragging does not move the graph of ${size} boxes`);
        for (let at = 0; at < 10; at++) await page.mouse.wheel(20, 40);
        // Work that the pan causes may run a frame later.
        await page.evaluate(async () => {
          for (let at = 0; at < 3; at++) await bench.frame();
          performance.mark('end pan');
        });
      });
      if (round >= 0) pans.get(size).push(scriptTime(events, 'pan'));
    }
  }
  const least = median(pans.get(100));
  for (const size of pans.keys()) {
    const time = median(pans.get(size));
    row(`script of a pan, ${size} boxes`, [ms(time), times(time / least)], size === 2000 ? verdict(time / least, 1.2) : '');
  }
}

async function preference() {
  const ours = await inEngine();
  await ours.evaluate(() => {
    const engine = bench.engine.Page.begin();
    const names = Array.from({ length: 200 }, (_, i) => `node-${String(i).padStart(5, '0')}`);
    localStorage.setItem('mesh-playground/world', engine.stored(engine.with(0, names, true)));
    bench.engine.mount(bench.root);
  });
  await ours.getByRole('group', { name: 'Side of the resource' }).getByRole('button', { name: 'Envoy' }).click();
  await ours.locator('.config .line').first().waitFor();
  // Record both drawings, each as it is after a change from the other one.
  const drawings = [];
  for (const at of [3, 0, 3, 0]) {
    await ours.locator('.segments input').nth(at).check();
    drawings.unshift(await ours.evaluate(async () => (await bench.settle(), bench.root.innerHTML)));
  }
  const hand = await opened();
  const counts = await hand.evaluate(([html, left]) => {
    bench.repaint = new bench.Repaint(bench.root, html, left);
    return bench.repaint.changes.map((changes) => changes.length);
  }, [drawings.slice(0, 2), '.history']);
  const [a, b] = await inTurn([ours, hand], (page) => page.evaluate(async () => {
    for (const [label, at, to] of [['to IPv6_ONLY', 3, 1], ['to no preference', 0, 0]]) {
      const act = bench.repaint
        ? () => bench.repaint.show(to)
        : { target: () => bench.root.querySelectorAll('.segments input')[at] };
      await bench.step(label, act);
    }
  }));
  console.log(`\nChange of preference, 200 nodes (${counts.join(' and ')} texts and attributes): the page, by hand, their ratio; of what the\npage's thread computes (script alone); of the time\n`);
  for (const label of a.keys()) {
    const [x, y] = [a.get(label), b.get(label)];
    row(label, [ms(x.cpu), ms(y.cpu), times(x.cpu / y.cpu), `(${ms(x.script)}`, `${ms(y.script)})`, ms(x.wall), ms(y.wall), times(x.wall / y.wall)], verdict(x.cpu / y.cpu, 2));
  }
}

/** Returns the shell of the page alone, without scripts and without an engine to fetch. */
function shellPage() {
  return readFileSync('dist/index.html', 'utf8')
    .replace(/<script\b[^>]*>[^]*?<\/script>/g, '')
    .replace(/<link\b(?![^>]*\bstylesheet\b)[^>]*>/g, '');
}

async function paint() {
  if (!existsSync('dist/index.html')) return console.log('\nFirst paint: skipped, there is no dist/index.html; run make build first');
  const found = { 'index.html': [], 'shell.html': [] };
  for (let round = -1; round < 4 * rounds; round++) {
    for (const name of Object.keys(found)) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
      const page = await context.newPage();
      await page.goto(server.url + name);
      const time = await page.evaluate(() => new Promise((done) => {
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) if (entry.name === 'first-contentful-paint') done(entry.startTime);
        }).observe({ type: 'paint', buffered: true });
      }));
      if (round >= 0) found[name].push(time);
      await context.close();
    }
  }
  // Other programs only delay the paint, so the result is the median of the faster half.
  const [page, shell] = Object.values(found).map((all) => median(all.sort((a, b) => a - b).slice(0, all.length / 2)));
  console.log('\nFirst paint, with nothing in the cache\n');
  row('the page, its shell alone', [ms(page), ms(shell), times(page / shell)], verdict(page / shell, 1.1));
}

const suites = { table, graph, preference, paint };
try {
  for (const [name, suite] of Object.entries(suites)) if (!chosen.length || chosen.includes(name)) await suite();
} finally {
  await browser.close();
  await server.close();
}
