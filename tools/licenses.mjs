// For tools/licenses.sh: prints, as text, the notices of Rust's standard library that concern the page.
//     node tools/licenses.mjs SYSROOT
// The toolchain contains them as HTML, for all platforms at once. This script prints the crates of the toolchain's
// library for WebAssembly, each with one of its licences.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const [sysroot] = process.argv.slice(2);
const docs = join(sysroot, 'share/doc/rust');
const library = readdirSync(join(sysroot, 'lib/rustlib/wasm32-unknown-unknown/lib'));
const crates = new Set(library.map((name) => /^lib(\w+)-[0-9a-f]+\.rlib$/.exec(name)?.[1]).filter(Boolean));

const html = readFileSync(join(docs, 'COPYRIGHT-library.html'), 'utf8');
const ENTITIES = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const textOf = (part) =>
  part
    .replace(/<[^>]*>/g, '')
    .replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) =>
      name ? (ENTITIES[name] ?? whole) : String.fromCodePoint(decimal ? Number(decimal) : parseInt(hex, 16)));
/** Removes the indentation of lines, and collapses several empty lines into one. */
const tidy = (text) => text.replace(/^[ \t]+|[ \t]+$/gm, '').replace(/\n{3,}/g, '\n\n').trim();
const between = (start, end) => {
  const [from, to] = [html.indexOf(start), html.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`licenses: the toolchain's notices have no part from ${start} to ${end}`);
  return html.slice(from, to);
};

const rule = '-'.repeat(80);
console.log(tidy(textOf(between('<h2 id="longer-version">', '<h2 id="out-of-tree-dependencies">'))));
console.log(`\n${rule}\n${readFileSync(join(docs, 'licenses/Unicode-3.0.txt'), 'utf8').trim()}`);

for (const part of html.slice(html.indexOf('<h2 id="out-of-tree-dependencies">')).split('<h3>').slice(1)) {
  const [, name] = /^\S*\s*([\w-]+?)-\d/u.exec(textOf(part)) ?? [];
  if (!crates.has(name?.replaceAll('-', '_'))) continue;
  const notices = [...part.matchAll(/<summary><code>(.*?)<\/code><\/summary>\s*<pre>([^]*?)<\/pre>/g)];
  const chosen = notices.filter(([, file]) => /mit/i.test(file));
  console.log(`\n${rule}\n${tidy(textOf(part.slice(0, part.indexOf('<b>Notices'))))}`);
  for (const [, , text] of chosen.length ? chosen : notices) console.log(`\n${tidy(textOf(text))}`);
}
