/**
 * What Lua calls outside of its own program: the allocator, and the end of `print`. Written in WASM by hand, because only
 * functions of WASM can stand in its table, and because a call into JavaScript for each allocation costs more than Lua does.
 *
 * The arena only grows, apart from its last block: a check is short, nothing in it is collected, and so its memory is one
 * number. That number does not depend on when a collector runs.
 */
import { type Section, unsigned, WasmWriter, writeList, writeSections } from '../wasm/binary.ts';

/** Addresses, each aligned to 8 bytes: where the next block goes, where the arena ends, the furthest that it went. */
export interface Shim {
  readonly top: WebAssembly.Global;
  readonly end: WebAssembly.Global;
  readonly peak: WebAssembly.Global;
  /** 1 once a block did not fit; the machine has trapped then. */
  readonly full: WebAssembly.Global;
  /** `lua_Alloc`: (unused, block, its size, new size). */
  readonly alloc: unknown;
  /** `lua_CFunction`, with a text on top of the stack. */
  readonly print: unknown;
}

const I32 = 0x7f;
const VOID = 0x40;
const [TOP, END, PEAK, FULL] = [0, 1, 2, 3];
const [BLOCK, SIZE, WANTED, AT, AFTER] = [1, 2, 3, 4, 5];

const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const load = (global: number): number[] => [0x23, global];
const store = (global: number): number[] => [0x24, global];
const constant = (value: number): number[] => [0x41, value];
const when = (...body: readonly number[]): number[] => [0x04, VOID, ...body, 0x0b];
const [EQZ, EQ, NE, GT, LE, ADD, SUB, AND] = [0x45, 0x46, 0x47, 0x4b, 0x4d, 0x6a, 0x6b, 0x71] as const;
const [RETURN, UNREACHABLE, END_OF_CODE, ELSE] = [0x0f, 0x00, 0x0b, 0x05] as const;
/** To the next multiple of 8; -8 in one byte of LEB128. */
const aligned = [...constant(7), ADD, ...constant(0x78), AND];

const ALLOC: readonly number[] = [
  // A size without a block is the kind of a new object.
  ...get(BLOCK),
  ...when(...get(BLOCK), ...get(SIZE), ...aligned, ADD, ...set(AFTER)),
  ...get(WANTED),
  EQZ,
  ...when(
    ...[...get(AFTER), ...load(TOP), EQ, ...when(...get(BLOCK), ...store(TOP))],
    ...[...constant(0), RETURN],
  ),
  // The last block grows and shrinks where it is.
  ...[...get(AFTER), ...load(TOP), EQ, 0x04, VOID, ...get(BLOCK), ...set(AT)],
  ...[ELSE, ...load(TOP), ...set(AT), END_OF_CODE],
  // Another one shrinks where it is.
  ...[...get(BLOCK), EQZ, EQZ, ...get(BLOCK), ...get(AT), NE, AND, ...get(WANTED), ...get(SIZE), LE, AND],
  ...when(...get(BLOCK), RETURN),
  // Both ends are aligned: what fits still fits when it is aligned.
  ...[...get(WANTED), ...load(END), ...get(AT), SUB, GT],
  ...when(...constant(1), ...store(FULL), UNREACHABLE),
  ...[...get(AT), ...get(WANTED), ...aligned, ADD, ...store(TOP)],
  ...[...load(TOP), ...load(PEAK), GT, ...when(...load(TOP), ...store(PEAK))],
  ...[...get(BLOCK), EQZ, EQZ, ...get(BLOCK), ...get(AT), NE, AND],
  // Unmetered: what is copied in all a check is less than its memory.
  ...when(...get(AT), ...get(BLOCK), ...get(SIZE), 0xfc, 10, 0, 0),
  ...get(AT),
  END_OF_CODE,
];

const text = (value: string): Uint8Array => new WasmWriter().sized(new TextEncoder().encode(value)).finish();
const raw = (...parts: readonly ArrayLike<number>[]): Uint8Array =>
  parts.reduce((writer: WasmWriter, part) => writer.raw(part), new WasmWriter()).finish();
const variable = Uint8Array.of(I32, 1, 0x41, 0, END_OF_CODE);

/** Its code. */
export function shimProgram(pages: number): Uint8Array {
  const sections: readonly Section[] = [
    {
      id: 1,
      body: writeList([
        Uint8Array.of(0x60, 1, I32, 1, I32),
        Uint8Array.of(0x60, 4, I32, I32, I32, I32, 1, I32),
      ]),
    },
    {
      id: 2,
      body: writeList([
        raw(text('host'), text('print'), [0, 0]),
        raw(text('host'), text('memory'), [2, 0], unsigned(pages)),
      ]),
    },
    { id: 3, body: writeList([Uint8Array.of(1)]) },
    { id: 6, body: writeList([variable, variable, variable, variable]) },
    {
      id: 7,
      body: writeList([
        raw(text('print'), [0, 0]),
        raw(text('alloc'), [0, 1]),
        ...['top', 'end', 'peak', 'full'].map((name, index) => raw(text(name), [3, index])),
      ]),
    },
    { id: 10, body: writeList([new WasmWriter().sized(raw([1, 2, I32], ALLOC)).finish()]) },
  ];
  return writeSections(sections);
}

export function createShim(
  memory: WebAssembly.Memory,
  pages: number,
  print: (state: number) => number,
): Shim {
  const module = new WebAssembly.Module(shimProgram(pages));
  return new WebAssembly.Instance(module, { host: { memory, print } }).exports as unknown as Shim;
}
