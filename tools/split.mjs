// After a release build: splits the engine into modules, so that rarely needed code is not in the first download.
//
// The page enters a part through `ui::later::enter` (src/ui/later.rs). Functions and constants that are reachable
// only through it move to the module of that part. All modules share the memory and the tables. The first module
// calls a part through slots of the function table that are empty until the part is loaded.
//
// The references come from the relocations that wasm-ld preserves (`--emit-relocs`), so the result does not depend on
// how the compiler names, merges or inlines other functions. The modules are cut from the text that binaryen prints.
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { integrityOf } from './integrity.mjs';
import { relocationsOf } from './relocations.mjs';

/**
 * The modules after the first one, in the order of loading: each needs those before it. `type` is the name of a part
 * in src/ui/later.rs. `paths` moves dependencies of a large part to a separate module, so that no file exceeds the
 * budget: that module has no entry point and is loaded with the part after it.
 */
const PARTS = [
  { name: 'panels', type: 'Panels' },
  { name: 'tools', paths: ['bounded_jq', 'mesh_documents::kubernetes', 'mesh_terminal::aws'] },
  { name: 'terminal', type: 'Terminal' },
];
const path = (text) => text.split('::').map((word) => `${word.length}${word}`).join('');
const OWN = '(?:Nt|M\\w*?_|X\\w*?_|s\\w*?_)*C\\w*?_15mesh_playground';
const TYPES = PARTS.flatMap(({ type }) => type ?? []);
const ENTRANCE = new RegExp(`^_RINv${OWN}${path('ui::later::enter')}NtB\\w*?_\\d+(${TYPES.join('|')})`);
/** Returns a pattern for symbols of functions in these paths, and of generic functions instantiated for types there. */
const within = (paths) => new RegExp(`^_R.*(?:${paths.map(path).join('|')})`);

/** Functions of the standard library that format panic messages: each entry is a prefix of a `path::to::function`. */
const PANICS = [
  ['core', 'panicking'], ['core', 'cell', 'panic_'], ['core', 'cell', 'lazy', 'panic_'], ['core', 'slice', 'index', 'slice_'],
  ['core', 'str', 'slice_error_fail'], ['core', 'option', 'unwrap_failed'], ['core', 'option', 'expect_failed'],
  ['core', 'result', 'unwrap_failed'], ['core', 'num', 'from_ascii_radix_panic'], ['alloc', 'raw_vec', 'handle_error'],
  ['alloc', 'raw_vec', 'capacity_overflow'], ['alloc', 'alloc', 'handle_alloc_error'], ['std', 'panicking', 'begin_panic'],
  ['std', 'panicking', 'panic_with_hook'], ['std', 'thread', 'local', 'panic_access_error'],
];
// The symbol of a free function of a crate has a length before each word of its path.
const IS_PANIC = new RegExp(
  `^_RI?Nv(?:Nt)*C(?:s\\w*?_)?(?:${PANICS.map((words) => {
    return `${path(words.slice(0, -1).join('::'))}\\d+${words.at(-1)}`;
  }).join('|')})`,
);

/**
 * Functions that libraries name but the page never calls: their bodies become traps, so that what only they need is
 * left out. indexed_db_futures formats an error of a conversion from a number, and with it any f64, when an upgrade of
 * the database fails; the page's upgrade (src/ui/storage/disk.rs) converts no value. The code for f64 is 6 kB of the
 * first download.
 */
const IS_NEVER_CALLED = /^_RNvX\w*_18indexed_db_futures5error12simple_value\w*7Display3fmt$/;

const NAME = /\$(?:"(?:[^"\\]|\\.)*"|[^\s()"]+)/;
const CALL = new RegExp(`\\((?:return_call|call|ref\\.func) (${NAME.source})`, 'g');
const GLOBAL = new RegExp(`\\(global\\.[gs]et (${NAME.source})`, 'g');
const TABLE = new RegExp(`\\((?:table\\.\\w+|call_indirect|return_call_indirect) (${NAME.source})`, 'g');
const NUMBER = /(?:i32\.const |offset=)(\d+)/g;
const found = (text, pattern) => new Set([...text.matchAll(pattern)].map(([, name]) => name));

// `--flatten --rereloop` rebuilds the control flow, which helps only code that is already optimized: it saves 1 kB.
// All passes run in one call: two calls would load and compile the optimizer twice, and save no byte more.
const OPTIMIZE = ['-Oz', '--flatten', '--rereloop', '-Oz', '-Oz', '--low-memory-unused', '--strip-debug', '--strip-producers'];
const FEATURES = ['--enable-bulk-memory', '--enable-bulk-memory-opt', '--enable-call-indirect-overlong', '--enable-multivalue',
  '--enable-mutable-globals', '--enable-nontrapping-float-to-int', '--enable-reference-types', '--enable-sign-ext'];

/** Returns the top-level forms of a module in the text format: `{ kind, name, text }`. */
function formsOf(text) {
  const forms = [];
  const lines = text.split('\n');
  for (let at = 1; at < lines.length; at++) {
    const kind = /^ \((\w+)/.exec(lines[at])?.[1];
    if (!kind) continue;
    const start = at;
    // A form of several lines has its closing bracket alone on its last line.
    if (lines[at + 1]?.startsWith('  ') || lines[at + 1] === ' )') while (lines[at] !== ' )') at++;
    const form = { kind, text: lines.slice(start, at + 1).join('\n') };
    form.name = new RegExp(`^ \\(${kind} (${NAME.source})`).exec(form.text)?.[1];
    forms.push(form);
  }
  return forms;
}

/** Returns the text of a function, with every call of a function that formats a panic message replaced by a trap. */
function withoutMessages({ name, text }) {
  if (IS_NEVER_CALLED.test(name.slice(1))) return `${text.slice(0, text.indexOf('\n'))}\n  (unreachable)\n )`;
  let made = '';
  let from = 0;
  for (const call of text.matchAll(CALL)) {
    if (call.index < from || !IS_PANIC.test(call[1].slice(1))) continue;
    let end = call.index;
    for (let depth = 0; ; end++) {
      if (text[end] === '(') depth++;
      if (text[end] === ')' && --depth === 0) break;
    }
    made += `${text.slice(from, call.index)}(unreachable)`;
    from = end + 1;
  }
  return made + text.slice(from);
}

/** Returns the bytes of a string of the text format. */
function bytesOf(text) {
  const ESCAPES = { t: 9, n: 10, r: 13, '"': 34, "'": 39, '\\': 92 };
  const bytes = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '\\') bytes.push(text.charCodeAt(at));
    else if (text[at + 1] in ESCAPES) bytes.push(ESCAPES[text[++at]]);
    else {
      bytes.push(parseInt(text.slice(at + 1, at + 3), 16));
      at += 2;
    }
  }
  return bytes;
}

/**
 * Returns the first module that needs each function and each data symbol: 0, or 1 and so on for the parts.
 *
 * `functions` maps the name of each function to its text; `roots` are the names that the page itself needs.
 */
function assign(functions, roots, { data, code, initial }) {
  const of = { functions: new Map(), data: new Map() };
  const partOf = (name) => {
    const type = ENTRANCE.exec(name.slice(1))?.[1];
    return type ? PARTS.findIndex((part) => part.type === type) + 1 : undefined;
  };
  const referencesOf = (name) => {
    if (IS_NEVER_CALLED.test(name.slice(1))) return [];
    const text = functions.get(name);
    const numbers = new Set([...text.matchAll(NUMBER)].map(([, number]) => Number(number)));
    // Skip addresses that are no longer in the text, because they were removed with a panic's message.
    const kept = (code.get(name.slice(1)) ?? []).filter(({ value }) => value === undefined || numbers.has(value));
    return [...[...found(text, CALL)].map((called) => ({ function: called.slice(1) })), ...kept];
  };
  const names = [...functions.keys()];
  const startsOf = ({ paths }, index) => {
    if (!paths) return names.filter((name) => partOf(name) === index + 1);
    return names.filter((name) => within(paths).test(name.slice(1)));
  };
  const levels = [roots, ...PARTS.map(startsOf)];
  for (const [level, starts] of levels.entries()) {
    const waiting = starts.filter((name) => !of.functions.has(name)).map((name) => ({ function: name.slice(1) }));
    if (level === 0) waiting.push(...(initial.get(-1) ?? []));
    while (waiting.length) {
      const reference = waiting.pop();
      if (reference.function !== undefined) {
        const name = `$${reference.function}`;
        if (!functions.has(name) || of.functions.has(name) || (partOf(name) ?? 0) > level) continue;
        of.functions.set(name, level);
        waiting.push(...referencesOf(name));
      } else if (!of.data.has(reference.data)) {
        of.data.set(reference.data, level);
        waiting.push(...(initial.get(reference.data) ?? []));
      }
    }
  }
  for (const [index, { name }] of PARTS.entries()) {
    if (!levels[index + 1].length) throw new Error(`split: nothing enters the part ${name}`);
  }
  for (let index = 0; index < data.length; index++) if (!of.data.has(index)) of.data.set(index, Infinity);
  return { ...of, entrances: names.filter(partOf) };
}

/** Returns the data segments of each module, in the text format. */
function segmentsOf(forms, data, levels) {
  const segments = forms.map(({ text }) => {
    const [, address, string] = /\(i32\.const (\d+)\) "([^]*)"\)$/.exec(text);
    return { start: Number(address), bytes: bytesOf(string) };
  });
  const made = [0, ...PARTS].map(() => []);
  for (const { start, bytes } of segments) {
    // Bytes outside any symbol stay in the first module; a byte of several symbols goes to the first that needs it.
    const needed = new Float64Array(bytes.length).fill(-1);
    for (const [index, symbol] of data.entries()) {
      for (let at = Math.max(0, symbol.start - start); at < Math.min(bytes.length, symbol.end - start); at++) {
        needed[at] = needed[at] < 0 ? levels.get(index) : Math.min(needed[at], levels.get(index));
      }
    }
    for (const [level, list] of made.entries()) {
      for (let at = 0; at < bytes.length; at++) {
        if (Math.max(0, needed[at]) !== level) continue;
        const from = at;
        while (at < bytes.length && Math.max(0, needed[at]) === level) at++;
        const run = bytes.slice(from, at);
        if (run.some((byte) => byte)) list.push({ start: start + from, run });
      }
    }
  }
  const text = (run) => run.map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
  return made.map((list) => list.map(({ start, run }) => ` (data (i32.const ${start}) "${text(run)}")`));
}

/** Returns the modules in the text format, starting with the first one, and their numbers of functions in words. */
function divide(text, relocations) {
  const forms = formsOf(text);
  const of = (kind) => forms.filter((form) => form.kind === kind);
  const defined = new Map(of('func').map((form) => [form.name, form]));
  for (const form of defined.values()) form.text = withoutMessages(form);

  const elements = of('elem');
  if (elements.length !== 1) throw new Error(`split: one table of functions was expected, not ${elements.length}`);
  const [, offset, listed] = /\(i32\.const (\d+)\) (?:func )?([^]*)\)$/.exec(elements[0].text);
  const slots = listed.match(new RegExp(NAME, 'g'));
  const exported = of('export').map(({ text }) => new RegExp(`\\(func (${NAME.source})\\)`).exec(text)?.[1]).filter(Boolean);
  const start = of('start').map(({ name }) => name);
  // wasm-bindgen's own functions have no relocations.
  const added = slots.filter((name) => !relocations.functions.has(name.slice(1)));

  const functions = new Map([...defined].map(([name, { text }]) => [name, text]));
  const levels = assign(functions, [...exported, ...start, ...added], relocations);
  const levelOf = (name) => levels.functions.get(name);
  const segments = segmentsOf(of('data'), relocations.data, levels.data);

  // The type of a function is its head, without the body.
  const signature = (form) => /^ \(func \S.*$/m.exec(form.text)[0].slice(` (func ${form.name}`.length);
  const typeOf = (form) => (signature(form).match(/\((?:param|result)[^()]*\)/g) ?? []).join(' ').replace(/\$\S+ /g, '');
  const parameters = (form) => signature(form).match(/\(param (\S+) \w+\)/g)?.map((part) => part.split(' ')[1]) ?? [];

  const table = of('table').find(({ text }) => text.includes('funcref'));
  const [, size] = /(\d+) \d+ funcref/.exec(table.text);
  const firstDoor = Number(size);
  const slotCount = firstDoor + levels.entrances.length;
  const bigger = table.text.replace(/\d+ \d+ funcref/, `${slotCount} ${slotCount} funcref`);
  const doors = levels.entrances.map((name, index) => {
    const form = defined.get(name);
    const passed = parameters(form).map((parameter) => `(local.get ${parameter})`).join(' ');
    const head = (signature(form).match(/\((?:param|result)[^()]*\)/g) ?? []).join(' ');
    return ` (func ${name} ${head} (call_indirect ${table.name} ${typeOf(form)} ${passed} (i32.const ${firstDoor + index})))`;
  });

  const short = (() => {
    const given = new Map();
    // A function, a table and the memory may have the same name.
    return (kind, name) => {
      const key = `${kind} ${name}`;
      if (!given.has(key)) given.set(key, `%${given.size.toString(36)}`);
      return given.get(key);
    };
  })();
  const memory = of('memory')[0];
  const imports = of('import').filter(({ text }) => text.includes('(func '));
  const importName = ({ text }) => new RegExp(`\\(func (${NAME.source})`).exec(text)[1];
  const limits = (form, text = form.text) => text.slice(text.indexOf(form.name) + form.name.length, -1).trim();
  const spaces = ['first', ...PARTS.map(({ name }) => name)];

  const exports = spaces.map(() => new Set());
  const modules = PARTS.map((_, index) => {
    const level = index + 1;
    const own = [...defined.keys()].filter((name) => levelOf(name) === level);
    const body = own.map((name) => defined.get(name).text).join('\n');
    const called = found(body, CALL);
    const take = (from, kind, name, rest) => {
      exports[from].add(` (export "${short(kind, name)}" (${kind} ${name}))`);
      return ` (import "${spaces[from]}" "${short(kind, name)}" (${kind} ${name} ${rest}))`;
    };
    const globals = of('global').filter(({ name }) => found(body, GLOBAL).has(name));
    const tables = of('table').filter((form) => form === table || found(body, TABLE).has(form.name));
    const others = [...called].filter((name) => defined.has(name) && levelOf(name) !== level);
    return [
      ...of('type').map(({ text }) => text),
      ...of('rec').map(({ text }) => text),
      ...imports.filter((form) => called.has(importName(form))).map(({ text }) => text),
      take(0, 'memory', memory.name, limits(memory)),
      ...tables.map((form) => take(0, 'table', form.name, limits(form, form === table ? bigger : form.text))),
      ...globals.map(({ name, text }) => take(0, 'global', name, /\(mut \w+\)/.exec(text)?.[0] ?? limits({ name, text }).split(' ')[0])),
      // The stub of a later part's function is in the first module.
      ...others.map((name) => take(levelOf(name) > level ? 0 : levelOf(name), 'func', name, typeOf(defined.get(name)))),
      ...slots.flatMap((name, place) => levelOf(name) === level ? [` (elem (table ${table.name}) (i32.const ${Number(offset) + place}) func ${name})`] : []),
      ...levels.entrances.flatMap((name, place) => levelOf(name) === level ? [` (elem (table ${table.name}) (i32.const ${firstDoor + place}) func ${name})`] : []),
      ...segments[level],
      body,
    ];
  });

  const trap = '$a_function_of_a_part_that_is_not_loaded';
  const first = forms.flatMap((form) => {
    if (form === table) return [bigger];
    if (form === elements[0]) {
      const names = slots.map((name) => (levelOf(name) === 0 ? name : trap));
      return [` (elem ${table.name.replace('$', '$elements')} (table ${table.name}) (i32.const ${offset}) func ${names.join(' ')})`];
    }
    if (form.kind === 'data') return [];
    return form.kind === 'func' && levelOf(form.name) !== 0 ? [] : [form.text];
  });
  first.push(...segments[0], ` (func ${trap} (unreachable))`, ...doors);
  const all = [first, ...modules].map((parts, level) => ['(module', ...parts, ...exports[level], ')'].join('\n'));
  const count = (level) => [...levels.functions.values()].filter((one) => one === level).length;
  return { modules: all, counts: spaces.map((space, level) => `${count(level)} functions in ${space}`) };
}

/**
 * Returns the script's function that loads a part and those that it needs. `wasm` is the glue's name for the first
 * module's exports.
 */
const loader = (parts) => `
const parts = ${JSON.stringify(parts)};
const spaces = {};
const loading = {};
globalThis.meshPlaygroundLater = (name) => {
    // Retry past the browser's cache, which may hold an error from an unfinished deployment.
    const load = async ({ file, integrity }, cache) => {
        const response = await fetch(new URL(file, import.meta.url), { integrity, cache });
        if (!response.ok) throw new Error('the server answered ' + response.status);
        return response.arrayBuffer();
    };
    const add = (part, before) => (loading[part.name] ??= (async () => {
        const bytes = load(part, 'default').catch(() => load(part, 'reload'));
        bytes.catch(() => undefined);
        await before;
        const { instance } = await WebAssembly.instantiate(await bytes, { ...__wbg_get_imports(), ...spaces, first: wasm });
        spaces[part.name] = instance.exports;
    })().catch((error) => { delete loading[part.name]; throw error; }));
    return parts.slice(0, 1 + parts.findIndex((part) => part.name === name)).reduce((before, part) => add(part, before), undefined);
};
`;

/** Returns the path of the module that cargo built, before wasm-bindgen: it has the relocations. */
function linked(root) {
  const metadata = execFileSync('cargo', ['metadata', '--format-version=1', '--no-deps', '--offline'], { cwd: root, maxBuffer: 1 << 26 });
  return join(JSON.parse(metadata).target_directory, 'wasm32-unknown-unknown/release/mesh-playground.wasm');
}

/**
 * Writes the optimized modules to a folder that trunk has built. Returns their file names, the first module's first.
 */
export async function split(folder, root) {
  const binaryen = (tool, ...parameters) =>
    promisify(execFile)('node', [join(root, 'tests/e2e/node_modules/binaryen/bin', tool), ...parameters], { maxBuffer: 1 << 28 });
  const find = (end) => readdirSync(folder).find((name) => name.endsWith(end));
  const [moduleName, script] = [find('_bg.wasm'), find('.js')];
  const work = mkdtempSync(join(tmpdir(), 'split-'));
  try {
    const at = (name) => join(work, name);
    await binaryen('wasm-dis', join(folder, moduleName), '-all', '-o', at('all.wat'));
    const { modules, counts } = divide(readFileSync(at('all.wat'), 'utf8'), relocationsOf(readFileSync(linked(root))));
    console.log(`split: ${counts.join(', ')}`);
    const optimized = await Promise.all(modules.map(async (text, index) => {
      writeFileSync(at(`${index}.wat`), text);
      await binaryen('wasm-opt', at(`${index}.wat`), ...FEATURES, ...OPTIMIZE, '-o', at(`${index}.wasm`));
      return readFileSync(at(`${index}.wasm`));
    }));
    const parts = optimized.slice(1).map((bytes, index) => {
      const { name } = PARTS[index];
      const file = `later-${name}-${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}.wasm`;
      writeFileSync(join(folder, file), bytes);
      return { name, file, integrity: integrityOf(bytes) };
    });
    writeFileSync(join(folder, moduleName), optimized[0]);
    writeFileSync(join(folder, script), readFileSync(join(folder, script), 'utf8') + loader(parts));
    return [moduleName, ...parts.map(({ file }) => file)];
  } finally {
    rmSync(work, { recursive: true });
  }
}
