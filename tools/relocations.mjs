// Reads the references of a linked WebAssembly module from the sections `linking` and `reloc.*`, which wasm-ld writes
// with `--emit-relocs` (https://github.com/WebAssembly/tool-conventions/blob/main/Linking.md).
import { signed, unsigned } from './leb128.mjs';

const SECTION = { custom: 0, code: 10, data: 11 };
const SYMBOL = { function: 0, data: 1, section: 3 };
const UNDEFINED = 0x10;
const EXPLICIT_NAME = 0x40;
// Relocation types: a type index has no symbol; an address has an addend.
const TYPE_INDEX = 6;
const WITH_ADDEND = new Set([3, 4, 5, 8, 9, 11, 14, 15, 16, 17, 21, 22, 23, 25]);

/** Returns a cursor over the bytes of a module. */
function cursor(bytes, position = 0) {
  const next = (number) => {
    const [value, end] = number(bytes, read.position);
    read.position = end;
    return value;
  };
  const read = {
    position,
    byte: () => bytes[read.position++],
    unsigned: () => next(unsigned),
    signed: () => next(signed),
    text() {
      const length = read.unsigned();
      read.position += length;
      return bytes.toString('utf8', read.position - length, read.position);
    },
  };
  return read;
}

/** Returns the sections of a module: `{ id, name, start, end }`, with positions in bytes. */
function sectionsOf(bytes) {
  const read = cursor(bytes, 8);
  const sections = [];
  while (read.position < bytes.length) {
    const id = read.byte();
    const size = read.unsigned();
    const end = read.position + size;
    const name = id === SECTION.custom ? read.text() : undefined;
    sections.push({ id, name, start: read.position, end });
    read.position = end;
  }
  return sections;
}

/** Returns the symbols: functions, data (`segment`, `offset`, `size`) and others. */
function symbolsOf(bytes, { start, end }) {
  const read = cursor(bytes, start);
  const SYMBOL_TABLE = 8;
  if (read.unsigned() !== 2) throw new Error('relocations: the section "linking" has another version than 2');
  while (read.position < end) {
    const kind = read.byte();
    const next = read.unsigned() + read.position;
    if (kind !== SYMBOL_TABLE) {
      read.position = next;
      continue;
    }
    return Array.from({ length: read.unsigned() }, () => {
      const symbol = { kind: read.byte() };
      const flags = read.unsigned();
      const isDefined = !(flags & UNDEFINED);
      if (symbol.kind === SYMBOL.data) {
        symbol.name = read.text();
        if (isDefined) [symbol.segment, symbol.offset, symbol.size] = [read.unsigned(), read.unsigned(), read.unsigned()];
      } else if (symbol.kind === SYMBOL.section) {
        read.unsigned();
      } else {
        symbol.index = read.unsigned();
        if (isDefined || flags & EXPLICIT_NAME) symbol.name = read.text();
      }
      return symbol;
    });
  }
  throw new Error('relocations: the module has no table of symbols');
}

/** Returns function bodies or the bytes of data segments, in order: `{ start, end }`, and `address` for a segment. */
function bodiesOf(bytes, section) {
  const read = cursor(bytes, section.start);
  return Array.from({ length: read.unsigned() }, () => {
    const body = {};
    if (section.id === SECTION.data) {
      if (read.unsigned() !== 0 || read.byte() !== 0x41) throw new Error('relocations: a data segment has no constant address');
      body.address = read.signed() >>> 0;
      read.byte();
    }
    const size = read.unsigned();
    body.start = read.position;
    read.position += size;
    return { ...body, end: read.position };
  });
}

/** Returns the names of functions by their indices, from the section `name`. */
function namesOf(bytes, { start, end }) {
  const FUNCTIONS = 1;
  const read = cursor(bytes, start);
  while (read.position < end) {
    const kind = read.byte();
    const next = read.unsigned() + read.position;
    if (kind === FUNCTIONS) {
      return new Map(Array.from({ length: read.unsigned() }, () => [read.unsigned(), read.text()]));
    }
    read.position = next;
  }
  return new Map();
}

/**
 * Returns the references of the functions and the data of a module.
 *
 * - `data`: the data symbols, `{ start, end }` in memory addresses.
 * - `code`: the references of each function, by its name: `{ data, value }` (an index into `data`, and the address in
 *   the code) and `{ function }` (the name of a function whose table index the code uses).
 * - `initial`: the references of the pointers in each data symbol, by its index into `data`; index -1 has those
 *   outside any symbol.
 * - `functions`: the number of functions with each name.
 */
export function relocationsOf(bytes) {
  const sections = sectionsOf(bytes);
  const section = (wanted) => {
    const found = sections.find(({ id, name }) => id === wanted || name === wanted);
    if (!found) throw new Error(`relocations: the module has no section ${wanted}; link it with --emit-relocs`);
    return found;
  };
  const [codeSection, dataSection] = [section(SECTION.code), section(SECTION.data)];
  const symbols = symbolsOf(bytes, section('linking'));
  const names = namesOf(bytes, section('name'));
  const segments = bodiesOf(bytes, dataSection);
  const bodies = bodiesOf(bytes, codeSection);
  // wasm-ld names every function; the imported ones come first.
  const imported = Math.max(...names.keys()) + 1 - bodies.length;
  if (!(imported >= 0)) throw new Error('relocations: the functions have no names');

  const data = [];
  for (const symbol of symbols) {
    if (symbol.kind !== SYMBOL.data || symbol.segment === undefined) continue;
    const start = segments[symbol.segment].address + symbol.offset;
    symbol.data = data.push({ start, end: start + symbol.size, name: symbol.name }) - 1;
  }
  const addressOf = (symbol) => (symbol.data === undefined ? undefined : data[symbol.data].start);
  const relocations = function* (name) {
    const { start, end } = section(name);
    const read = cursor(bytes, start);
    read.unsigned();
    for (let left = read.unsigned(); left > 0; left--) {
      const [type, offset, index] = [read.byte(), read.unsigned(), read.unsigned()];
      const addend = WITH_ADDEND.has(type) ? read.signed() : 0;
      if (type === TYPE_INDEX) continue;
      const symbol = symbols[index];
      if (symbol.kind === SYMBOL.function) yield { offset, reference: { function: symbol.name ?? names.get(symbol.index) } };
      if (symbol.data !== undefined) yield { offset, reference: { data: symbol.data, value: addressOf(symbol) + addend } };
    }
    if (read.position !== end) throw new Error(`relocations: ${name} is damaged`);
  };

  // The relocations of each function are contiguous, and in the order of the functions.
  const code = new Map();
  let current = 0;
  for (const { offset, reference } of relocations('reloc.CODE')) {
    while (codeSection.start + offset >= bodies[current].end) current++;
    const name = names.get(imported + current);
    if (!code.has(name)) code.set(name, []);
    code.get(name).push(reference);
  }
  const functions = new Map();
  for (const name of names.values()) functions.set(name, (functions.get(name) ?? 0) + 1);

  // Data symbols may overlap (strings with a common suffix are merged): every symbol that contains the pointer refers
  // to its target.
  const sorted = [...data.keys()].sort((a, b) => data[a].start - data[b].start);
  const longest = Math.max(...data.map(({ start, end }) => end - start));
  const holders = (address) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (data[sorted[middle]].start <= address) low = middle + 1;
      else high = middle;
    }
    const found = [];
    for (let at = low - 1; at >= 0 && data[sorted[at]].start + longest > address; at--) {
      if (data[sorted[at]].end > address) found.push(sorted[at]);
    }
    return found.length ? found : [-1];
  };
  const initial = new Map();
  for (const { offset, reference } of relocations('reloc.DATA')) {
    const position = dataSection.start + offset;
    const segment = segments.find(({ start, end }) => start <= position && position < end);
    for (const holder of holders(segment.address + position - segment.start)) {
      if (!initial.has(holder)) initial.set(holder, []);
      initial.get(holder).push(reference);
    }
  }
  return { data, code, initial, functions };
}
