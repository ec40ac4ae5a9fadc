// Runs the benchmarks of WebAssembly and moto, and prints ratios between them and the native results. Design section
// 6 sets the limits.
//     node tools/bench.mjs NATIVE-JSON CALLS-JSON WASM-FOLDER MOTO-PORT
// A single wall time means little on a busy machine, so all are measured in one run, each as the best of several.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [nativeFile, callsFile, wasmFolder, port] = process.argv.slice(2);
const native = JSON.parse(readFileSync(nativeFile, 'utf8'));
const calls = JSON.parse(readFileSync(callsFile, 'utf8'));

const best = (times) => Math.min(...times);
function timed(run) {
  const start = performance.now();
  run();
  return performance.now() - start;
}

const engine = createRequire(import.meta.url)(resolve(join(wasmFolder, 'bench.js')));
if (engine.run(3) !== calls.length) throw new Error('not every call of the script succeeds in WebAssembly');
const wasm = best(Array.from({ length: 10 }, () => timed(() => engine.run(1))));

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const headers = {
  'content-type': 'application/json',
  authorization:
    'AWS4-HMAC-SHA256 Credential=test/20260101/us-west-2/appmesh/aws4_request, SignedHeaders=host, Signature=0',
};
function send(method, path, body = '') {
  return new Promise((done, fail) => {
    const call = request({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
      response.resume();
      response.on('end', () => done(response.statusCode));
    });
    call.on('error', fail);
    call.end(body);
  });
}
let answered = 0;
const rounds = [];
for (let round = 0; round < 2; round++) {
  await send('POST', '/moto-api/reset');
  answered = 0;
  const start = performance.now();
  for (const { method, path, query, body } of calls) {
    if ((await send(method, query ? `${path}?${query}` : path, body)) === 200) answered++;
  }
  rounds.push(performance.now() - start);
}
agent.destroy();
const moto = best(rounds);

const row = (name, value, bar) => console.log(`${name.padEnd(58)}${value.padStart(12)}   ${bar}`);
const ms = (time) => `${time.toFixed(1)} ms`;
const ratio = (over, under) => `${(over / under).toFixed(2)} ×`;
row(`1,000 calls, native`, ms(native.script), '');
row(`1,000 calls, WebAssembly in Node.js ${process.version}`, ms(wasm), '');
row(`1,000 calls, moto's server on loopback (${answered} answered 200)`, ms(moto), '');
row('WebAssembly / native', ratio(wasm, native.script), 'bar: 2 × at most');
row("moto / WebAssembly", ratio(moto, wasm), 'bar: 100 × at least');
row('describe at 10,000 resources / at 100', ratio(native.describe10000, native.describe100), 'bar: 2 × at most');
row('list at 10,000 resources / at 100', ratio(native.list10000, native.list100), 'bar: 2 × at most');
