// Prints the size of every file of dist/, and fails if the page exceeds tools/budget.json, which limits the files
// that must arrive before the page works, and each module that is loaded on first use.
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const budget = JSON.parse(readFileSync(join(root, 'tools/budget.json'), 'utf8'));
// Icons and sample documents are not counted, because they are loaded last or never.
const COUNTED = new Set(['.html', '.js', '.css', '.wasm']);

function measure(path) {
  const bytes = readFileSync(path);
  return {
    name: relative(dist, path),
    raw: bytes.length,
    gz: gzipSync(bytes, { level: 9 }).length,
    br: brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }).length,
  };
}

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  // Skip the compressed copies: this script measures the compressed sizes itself.
  .filter((entry) => entry.isFile() && !/\.(br|gz)$/.test(entry.name))
  .map((entry) => measure(join(entry.parentPath ?? entry.path, entry.name)))
  .sort((a, b) => b.raw - a.raw);
const isCounted = ({ name }) => COUNTED.has(extname(name));
// The modules that tools/split.mjs separates, and the service worker, which is loaded after the page.
const isLater = ({ name }) => /^later-|^sw\.js$/.test(name);
const sum = (chosen, key) => chosen.reduce((sum, file) => sum + file[key], 0);
const counted = files.filter(isCounted);
const totals = [
  ['first', 'html, js, css, wasm before the page works', counted.filter((file) => !isLater(file))],
  ...counted.filter(isLater).filter(({ name }) => name.endsWith('.wasm')).map((file) => ['later', `loaded on first use: ${file.name}`, [file]]),
  [undefined, 'html, js, css, wasm in all', counted],
].map(([part, name, chosen]) => ({ part, name, raw: sum(chosen, 'raw'), gz: sum(chosen, 'gz'), br: sum(chosen, 'br') }));

const width = Math.max(...[...files, ...totals].map(({ name }) => name.length + 2));
const row = ({ name, raw, gz, br }) =>
  [name.padEnd(width), ...[raw, gz, br].map((bytes) => bytes.toLocaleString('en').padStart(11))].join('');
console.log(row({ name: 'dist/', raw: 'bytes', gz: 'gz', br: 'br' }));
for (const file of files) console.log(row(isCounted(file) ? file : { ...file, name: `(${file.name})` }));
for (const { part, ...total } of totals) {
  console.log(row(total));
  if (part) console.log(row({ name: '  may be', raw: '', ...budget[part] }));
}

if (!files.some(({ name }) => name.endsWith('.wasm'))) {
  console.error('size: dist/ has no wasm file: is the build complete?');
  process.exit(1);
}
let isOver = false;
for (const { part, name, ...total } of totals.filter(({ part }) => part)) {
  for (const key of ['gz', 'br'].filter((key) => total[key] > budget[part][key])) {
    isOver = true;
    console.error(`size: ${name}: ${key} is ${total[key] - budget[part][key]} bytes over \`${part}\` of tools/budget.json`);
  }
}
process.exit(isOver ? 1 : 0);
