// After a release build: moves what is seldom needed out of the first download.
//
// The engine is one WebAssembly module when it comes here. Functions whose names tools/later.json chooses, and those
// that only they call, go to a second module; the page loads it on first use (src/ui/later.rs). Both share the memory
// and the tables. The first reaches the second through slots of the function table that are empty until then: a call
// before the second module is there stops the engine, so the page asks first. Done on the text that binaryen makes of
// a module and reads again, before anything is optimized: equal functions must not be one yet, or a name would say
// nothing about who needs it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { integrityOf } from './integrity.mjs';

const NAME = /\$(?:"(?:[^"\\]|\\.)*"|[^\s()"]+)/;
const OPTIMIZE = ['-Oz', '--low-memory-unused', '--converge', '--strip-debug', '--strip-producers'];
// Takes the control flow apart and makes it anew, which is only good for what has been optimized already: 1 kB less.
const AGAIN = ['--flatten', '--rereloop', '-Oz', '-Oz', '--low-memory-unused'];

// Functions of the standard library that never return: they make the message of a panic. The page shows none, so the
// release build stops at once instead, as `wasm-snip --snip-rust-panicking-code` does.
const PANICS = new RegExp(
  '^\\$"(?:core\\[\\w+\\]::(?:panicking::|cell::(?:lazy::)?panic_|slice::index::slice_\\w*fail|str::slice_error_fail|' +
    '(?:option|result)::(?:unwrap|expect)_failed|num::from_ascii_radix_panic)|' +
    'alloc\\[\\w+\\]::(?:raw_vec::(?:handle_error|capacity_overflow)|alloc::handle_alloc_error)|' +
    'std\\[\\w+\\]::(?:panicking::(?:begin_panic|panic_with_hook)|thread::local::panic_access_error))',
);

/** The forms of a module's text: what they are, their name, and the text. */
function formsOf(text) {
  const forms = [];
  const lines = text.split('\n');
  for (let at = 1; at < lines.length; at++) {
    const kind = /^ \((\w+)/.exec(lines[at])?.[1];
    if (!kind) continue;
    const start = at;
    // A form that goes on ends with its bracket alone on a line.
    if (lines[at + 1]?.startsWith('  ') || lines[at + 1] === ' )') while (lines[at] !== ' )') at++;
    const form = { kind, text: lines.slice(start, at + 1).join('\n') };
    form.name = new RegExp(`^ \\(${kind} (${NAME.source})`).exec(form.text)?.[1];
    if (kind === 'func' && PANICS.test(form.name)) form.text = `${lines[start]}\n  (unreachable)\n )`;
    forms.push(form);
  }
  return forms;
}

/** What of a function's kind a form refers to. */
const references = (text, pattern) => new Set([...text.matchAll(pattern)].map(([, name]) => name));
const CALLS = new RegExp(`\\((?:call|return_call|ref\\.func) (${NAME.source})`, 'g');
const GLOBALS = new RegExp(`\\(global\\.[gs]et (${NAME.source})`, 'g');
const TABLES = new RegExp(`\\((?:table\\.\\w+|call_indirect) (${NAME.source})`, 'g');

/** The module as two, in the text format. */
function divide(text, { functions, gates }) {
  const forms = formsOf(text);
  const of = (kind) => forms.filter((form) => form.kind === kind);
  const defined = new Map(of('func').map((form) => [form.name, form]));
  const isSeldom = (name) => functions.some((pattern) => pattern.test(name));
  const isGate = (name) => gates.some((pattern) => pattern.test(name));

  const elements = of('elem');
  if (elements.length !== 1) throw new Error(`split: one table of functions was expected, not ${elements.length}`);
  const [, offset, listed] = /\(i32\.const (\d+)\) (?:func )?([^]*)\)$/.exec(elements[0].text);
  const slots = listed.match(new RegExp(NAME, 'g'));
  const inTable = new Set(slots);
  const exported = new Set(of('export').map(({ text }) => new RegExp(`\\(func (${NAME.source})\\)`).exec(text)?.[1]));

  const callers = new Map([...defined.keys()].map((name) => [name, new Set()]));
  for (const [name, form] of defined) {
    form.calls = references(form.text, CALLS);
    for (const called of form.calls) callers.get(called)?.add(name);
  }
  // Named, or called by nothing else. What others call goes only if it is a gate.
  const moved = new Set([...defined.keys()].filter((name) => !exported.has(name)));
  for (let isStable = false; !isStable; ) {
    isStable = true;
    for (const name of moved) {
      const [named, by] = [isSeldom(name), callers.get(name)];
      const isReached = (inTable.has(name) && !named) || (!named && !by.size);
      if (isReached || (![...by].every((caller) => moved.has(caller)) && !(named && isGate(name)))) {
        moved.delete(name);
        isStable = false;
      }
    }
  }
  const entrances = [...moved].filter((name) => [...callers.get(name)].some((caller) => !moved.has(caller)));
  if (!moved.size) throw new Error('split: tools/later.json names no function that is there');

  // The head of a function without its body is its type.
  const signature = (form) => /^ \(func \S.*$/m.exec(form.text)[0].slice(` (func ${form.name}`.length);
  const typeOf = (form) => (signature(form).match(/\((?:param|result)[^()]*\)/g) ?? []).join(' ').replace(/\$\S+ /g, '');
  const parameters = (form) => signature(form).match(/\(param (\S+) \w+\)/g)?.map((part) => part.split(' ')[1]) ?? [];

  const table = of('table').find(({ text }) => text.includes('funcref'));
  const [, size] = /(\d+) \d+ funcref/.exec(table.text);
  const first = Number(size);
  const bigger = table.text.replace(/\d+ \d+ funcref/, `${first + entrances.length} ${first + entrances.length} funcref`);
  const doors = entrances.map((name, index) => {
    const form = defined.get(name);
    const given = parameters(form).map((parameter) => `(local.get ${parameter})`).join(' ');
    const head = (signature(form).match(/\((?:param|result)[^()]*\)/g) ?? []).join(' ');
    return ` (func ${name} ${head} (call_indirect ${table.name} ${typeOf(form)} ${given} (i32.const ${first + index})))`;
  });

  // What the second module takes from the first.
  const movedText = [...moved].map((name) => defined.get(name).text).join('\n');
  const called = references(movedText, CALLS);
  const imports = of('import').filter(({ text }) => text.includes('(func '));
  const importName = ({ text }) => new RegExp(`\\(func (${NAME.source})`).exec(text)[1];
  const shared = [...called].filter((name) => defined.has(name) && !moved.has(name));
  const globals = of('global').filter(({ name }) => references(movedText, GLOBALS).has(name));
  const tables = of('table').filter((form) => form === table || references(movedText, TABLES).has(form.name));
  const memory = of('memory')[0];
  const short = (() => {
    const given = new Map();
    // A function, a table and the memory may have the same name.
    return (kind, name) => {
      const key = `${kind} ${name}`;
      if (!given.has(key)) given.set(key, `%${given.size.toString(36)}`);
      return given.get(key);
    };
  })();
  const exports = [
    ...shared.map((name) => ` (export "${short('func', name)}" (func ${name}))`),
    ...globals.map(({ name }) => ` (export "${short('global', name)}" (global ${name}))`),
    ...tables.map(({ name }) => ` (export "${short('table', name)}" (table ${name}))`),
    ` (export "${short('memory', memory.name)}" (memory ${memory.name}))`,
  ];
  const trap = '$"a function of the second module"';
  const kept = forms.flatMap((form) => {
    if (form === table) return [bigger];
    if (form === elements[0]) {
      const names = slots.map((name) => (moved.has(name) ? trap : name));
      return [` (elem ${table.name.replace('$', '$elements')} (table ${table.name}) (i32.const ${offset}) func ${names.join(' ')})`];
    }
    return form.kind === 'func' && moved.has(form.name) ? [] : [form.text];
  });
  const primary = ['(module', ...kept, ...exports, ` (func ${trap} (unreachable))`, ...doors, ')'].join('\n');

  const limits = (form) => form.text.slice(form.text.indexOf(form.name) + form.name.length, -1).trim();
  const secondary = [
    '(module',
    ...of('type').map(({ text }) => text),
    ...of('rec').map(({ text }) => text),
    ...imports.filter((form) => called.has(importName(form))).map(({ text }) => text),
    ` (import "first" "${short('memory', memory.name)}" (memory ${memory.name} ${limits(memory)}))`,
    ...tables.map((form) => {
      const bounds = form === table ? limits({ ...form, text: bigger }) : limits(form);
      return ` (import "first" "${short('table', form.name)}" (table ${form.name} ${bounds}))`;
    }),
    ...globals.map(({ name, text }) => {
      const type = /\(mut \w+\)/.exec(text)?.[0] ?? limits({ name, text }).split(' ')[0];
      return ` (import "first" "${short('global', name)}" (global ${name} ${type}))`;
    }),
    ...shared.map((name) => ` (import "first" "${short('func', name)}" (func ${name} ${typeOf(defined.get(name))}))`),
    ...slots.flatMap((name, index) =>
      moved.has(name) ? [` (elem (table ${table.name}) (i32.const ${Number(offset) + index}) func ${name})`] : []),
    ...(entrances.length ? [` (elem (table ${table.name}) (i32.const ${first}) func ${entrances.join(' ')})`] : []),
    movedText,
    ')',
  ].join('\n');
  return { primary, secondary, moved, entrances };
}

/** What the glue script needs to load the second module. `wasm` is its name for what the first one exports. */
const loader = (file, integrity) => `
let later;
globalThis.meshPlaygroundLater = () => (later ??= (async () => {
    // Retry past the browser's cache, which may hold an error from an unfinished deployment.
    const load = async (cache) => {
        const response = await fetch(new URL('${file}', import.meta.url), { integrity: '${integrity}', cache });
        if (!response.ok) throw new Error('the server answered ' + response.status);
        return response;
    };
    const response = await load('default').catch(() => load('reload'));
    await WebAssembly.instantiate(await response.arrayBuffer(), { ...__wbg_get_imports(), first: wasm });
})().catch((error) => { later = undefined; throw error; }));
`;

/** Splits and optimizes the module in a folder that trunk has built; the names of the two. */
export function split(folder, root) {
  const binaryen = (tool, ...parameters) =>
    execFileSync('node', [join(root, 'tests/e2e/node_modules/binaryen/bin', tool), ...parameters], {
      stdio: ['ignore', 'inherit', 'inherit'], maxBuffer: 1 << 28,
    });
  const find = (end) => readdirSync(folder).find((name) => name.endsWith(end));
  const [moduleName, script] = [find('_bg.wasm'), find('.js')];
  const work = mkdtempSync(join(tmpdir(), 'split-'));
  try {
    const at = (name) => join(work, name);
    const module = join(folder, moduleName);
    binaryen('wasm-dis', module, '-all', '-o', at('all.wat'));
    const patterns = (texts) => texts.map((text) => new RegExp(text));
    const { functions, gates } = JSON.parse(readFileSync(join(root, 'tools/later.json'), 'utf8'));
    const parts = divide(readFileSync(at('all.wat'), 'utf8'), { functions: patterns(functions), gates: patterns(gates) });
    const features = ['--enable-bulk-memory', '--enable-bulk-memory-opt', '--enable-call-indirect-overlong',
      '--enable-multivalue', '--enable-mutable-globals', '--enable-nontrapping-float-to-int',
      '--enable-reference-types', '--enable-sign-ext'];
    const bytes = {};
    for (const name of ['primary', 'secondary']) {
      writeFileSync(at(`${name}.wat`), parts[name]);
      binaryen('wasm-as', at(`${name}.wat`), ...features, '-o', at(`${name}.wasm`));
      binaryen('wasm-opt', at(`${name}.wasm`), ...features, ...OPTIMIZE, '-o', at(`${name}.opt.wasm`));
      binaryen('wasm-opt', at(`${name}.opt.wasm`), ...features, ...AGAIN, '-o', at(`${name}.small.wasm`));
      bytes[name] = readFileSync(at(`${name}.small.wasm`));
    }
    console.log(`split: ${parts.moved.size} functions for later, through ${parts.entrances.length} gates`);
    if (process.env.SPLIT_SHOW) for (const name of parts.entrances) console.log(`  ${name}`);
    const hash = createHash('sha256').update(bytes.secondary).digest('hex').slice(0, 16);
    const later = `later-${hash}.wasm`;
    writeFileSync(join(folder, later), bytes.secondary);
    writeFileSync(join(folder, moduleName), bytes.primary);
    const integrity = integrityOf(bytes.secondary);
    writeFileSync(join(folder, script), readFileSync(join(folder, script), 'utf8') + loader(later, integrity));
    return [moduleName, later];
  } finally {
    rmSync(work, { recursive: true });
  }
}
