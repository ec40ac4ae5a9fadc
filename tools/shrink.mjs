// After a release build: shrinks the glue between page and engine.
//
// wasm-bindgen gives each import of the engine a descriptive name with a hash, in the wasm and again in the script:
// 4.6 kB of useless download. This module gives the imports short names in both, and minifies the script, which
// trunk's own minifier cannot do. tools/page.mjs computes the integrity hashes.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { integrityOf } from './integrity.mjs';
import { unsigned } from './leb128.mjs';

function encoded(value) {
  const bytes = [];
  do {
    bytes.push((value & 127) | (value > 127 ? 128 : 0));
    value >>>= 7;
  } while (value);
  return Buffer.from(bytes);
}

/** Returns the position after the description of an import: its kind, and the fields of that kind. */
function pastImport(bytes, at) {
  const kind = bytes[at++];
  const limits = (from) => {
    const flags = bytes[from++];
    [, from] = unsigned(bytes, from);
    if (flags & 1) [, from] = unsigned(bytes, from);
    return from;
  };
  switch (kind) {
    case 0: // a function: its type
      return unsigned(bytes, at)[1];
    case 1: // a table: its element type, and its limits
      return limits(at + 1);
    case 2: // a memory
      return limits(at);
    case 3: // a global: its type, and its mutability
      return at + 2;
    case 4: // a tag
      return unsigned(bytes, at + 1)[1];
    default:
      throw new Error(`an import of kind ${kind} is not known`);
  }
}

/**
 * Returns the module with short names for its imports from the script; `names` maps the old names to the short ones.
 */
function withShortImports(wasm, names) {
  const parts = [wasm.subarray(0, 8)];
  for (let at = 8; at < wasm.length; ) {
    const start = at;
    const section = wasm[at++];
    let length;
    [length, at] = unsigned(wasm, at);
    const end = at + length;
    if (section === 2) {
      let count;
      [count, at] = unsigned(wasm, at);
      const body = [encoded(count)];
      for (let i = 0; i < count; i++) {
        const module = at;
        [length, at] = unsigned(wasm, at);
        const afterModule = at + length;
        [length, at] = unsigned(wasm, afterModule);
        const name = wasm.toString('utf8', at, at + length);
        // Imports from another module already have short names.
        const isOfScript = !name.startsWith('%');
        if (isOfScript && !names.has(name)) names.set(name, `_${names.size.toString(36)}`);
        const short = Buffer.from(isOfScript ? names.get(name) : name);
        const afterName = at + length;
        at = pastImport(wasm, afterName);
        body.push(wasm.subarray(module, afterModule), encoded(short.length), short, wasm.subarray(afterName, at));
      }
      const bytes = Buffer.concat(body);
      parts.push(Buffer.from([section]), encoded(bytes.length), bytes);
    } else {
      parts.push(wasm.subarray(start, end));
    }
    at = end;
  }
  return Buffer.concat(parts);
}

/** Shrinks the script and the modules in a folder that trunk has built. `modules` starts with the first module. */
export async function shrink(folder, modules) {
  // tools/ has no npm packages: the build uses those of the end-to-end test.
  const { minify } = createRequire(new URL('../tests/e2e/package.json', import.meta.url))('terser');
  const script = readdirSync(folder).find((name) => name.endsWith('.js') && name.startsWith('mesh-playground'));
  const oldScript = readFileSync(join(folder, script), 'utf8');
  const names = new Map();
  // The script contains the hash of each module that is loaded later, so the modules are written only after the
  // script's hashes are replaced.
  const fresh = modules.map((name) => withShortImports(readFileSync(join(folder, name)), names));
  const missing = new Set(names.keys());
  let renamed = oldScript.replace(/[A-Za-z_$][\w$]*/g, (word) => {
    missing.delete(word);
    return names.get(word) ?? word;
  });
  if (missing.size) throw new Error(`the script does not give the imports ${[...missing].join(', ')}`);
  for (const [index, name] of modules.entries()) {
    const old = integrityOf(readFileSync(join(folder, name)));
    renamed = renamed.replaceAll(old, integrityOf(fresh[index]));
    writeFileSync(join(folder, name), fresh[index]);
  }
  const { code } = await minify(renamed, { module: true, toplevel: true, compress: { passes: 2 }, mangle: true });
  writeFileSync(join(folder, script), code);
}
