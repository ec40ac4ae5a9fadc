// Benchmarks of the data plane, in one run of one Chromium: what-if over five preferences, and configuration text
// compared with JSON.stringify of the equal objects.
//     node tools/bench-page.mjs WEB-FOLDER
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { launchOptions } from '../tests/e2e/server.mjs';

const { chromium } = createRequire(resolve('tests/e2e/package.json'))('playwright-core');
const folder = resolve(process.argv[2]);
const types = { js: 'text/javascript', wasm: 'application/wasm' };
const server = createServer(async (request, response) => {
  const name = request.url.slice(1);
  if (name === '') return response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
  if (!/^bench(_bg)?\.(js|wasm)$/.test(name)) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': types[name.split('.').pop()] }).end(await readFile(join(folder, name)));
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const browser = await chromium.launch(launchOptions());
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
const found = await page.evaluate(async () => {
  const engine = await import('/bench.js');
  await engine.default();
  const best = (rounds, run) => {
    let least = Infinity;
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      run();
      least = Math.min(least, performance.now() - start);
    }
    return least;
  };
  const whatIf = {};
  for (const nodes of [100, 1000, 5000]) {
    const data = engine.Data.of(nodes);
    // The clock of a page has a resolution of 0.1 ms, so a small mesh is evaluated several times.
    const times = Math.ceil(5000 / nodes);
    whatIf[nodes] = best(10, () => { for (let i = 0; i < times; i++) data.what_if(); }) / times;
    data.free();
  }
  const data = engine.Data.of(1000);
  const configure = best(5, () => data.configure());
  const objects = JSON.parse(data.text());
  const texts = objects.map((object) => JSON.stringify(object));
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  if (data.write() !== length) throw new Error(`the texts differ: ${data.write()} and ${length}`);
  return {
    whatIf,
    configure,
    length,
    write: best(10, () => data.write()),
    text: best(10, () => data.text()),
    stringify: best(10, () => { for (const object of objects) JSON.stringify(object); }),
  };
});
await browser.close();
server.close();

const row = (name, value, bar = '') => console.log(`${name.padEnd(58)}${value.padStart(12)}   ${bar}`);
const ms = (time) => `${time.toFixed(2)} ms`;
const ratio = (over, under) => `${(over / under).toFixed(2)} ×`;
const { whatIf } = found;
for (const nodes of [100, 1000, 5000]) row(`what-if, 5 preferences, ${nodes} nodes`, ms(whatIf[nodes]), nodes === 1000 ? 'bar: 16.7 ms at most' : '');
row('per node, 1,000 nodes / 100', ratio(whatIf[1000] / 10, whatIf[100]), 'linear is 1');
row('per node, 5,000 nodes / 1,000', ratio(whatIf[5000] / 5, whatIf[1000]), 'linear is 1');
row('1,000 configurations made', ms(found.configure));
row(`their text (${(found.length / 1e6).toFixed(1)} MB) written`, ms(found.write));
row('their text written and handed to the page', ms(found.text));
row('JSON.stringify of the equal objects', ms(found.stringify));
row('text / JSON.stringify', ratio(found.write, found.stringify));
row('text handed over / JSON.stringify', ratio(found.text, found.stringify));
