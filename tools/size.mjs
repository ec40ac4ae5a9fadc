// Prints the size of every file of dist/ and fails when the page is over the budget of tools/budget.json.
import { readFileSync, readdirSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const budget = JSON.parse(readFileSync(join(root, 'tools/budget.json'), 'utf8'));
// What must arrive before the page works; icons and sample documents come later or never.
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
  .filter((entry) => entry.isFile())
  .map((entry) => measure(join(entry.parentPath ?? entry.path, entry.name)))
  .sort((a, b) => b.raw - a.raw);
const isCounted = ({ name }) => COUNTED.has(extname(name));
const total = (key) => files.filter(isCounted).reduce((sum, file) => sum + file[key], 0);
const totals = { name: 'total of html, js, css, wasm', raw: total('raw'), gz: total('gz'), br: total('br') };

const width = Math.max(...files.map(({ name }) => name.length + 2), totals.name.length);
const row = ({ name, raw, gz, br }) =>
  [name.padEnd(width), ...[raw, gz, br].map((bytes) => bytes.toLocaleString('en').padStart(11))].join('');
console.log(row({ name: 'dist/', raw: 'bytes', gz: 'gz', br: 'br' }));
for (const file of files) console.log(row(isCounted(file) ? file : { ...file, name: `(${file.name})` }));
console.log(row(totals));
console.log(row({ name: 'budget', raw: '', gz: budget.gz, br: budget.br }));

if (!files.some(({ name }) => name.endsWith('.wasm'))) {
  console.error('size: dist/ has no wasm file: is the build complete?');
  process.exit(1);
}
const over = ['gz', 'br'].filter((key) => totals[key] > budget[key]);
for (const key of over) {
  console.error(`size: ${key} is ${totals[key] - budget[key]} bytes over the budget of tools/budget.json`);
}
process.exit(over.length ? 1 : 0);
