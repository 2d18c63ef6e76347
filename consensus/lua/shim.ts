/**
 * What stands between Lua and this side: the allocator, the end of `print`, and the way in for arguments. In WASM, because
 * only functions of WASM can stand in Lua's table, and because a call from or into JavaScript for each allocation and each
 * value would cost more than what Lua does with it.
 *
 * The arena only grows, and its last block may grow and shrink where it is: a check is short, nothing in it is collected,
 * and so its memory is one number, which does not depend on when a collector runs.
 */
import { type Section, unsigned, WasmWriter, writeList, writeSections } from '../wasm/binary.ts';
import { ALLOC, GLOBALS, I32, IMPORTS, PUSH } from './shimCode.ts';

/** Addresses, each aligned to 8 bytes: where the next block goes, where the arena ends, the furthest that it went. */
export interface Shim {
  readonly top: WebAssembly.Global;
  readonly end: WebAssembly.Global;
  readonly peak: WebAssembly.Global;
  /** 1 once a block did not fit; the machine has trapped then. */
  readonly full: WebAssembly.Global;
  /** `lua_Alloc`. */
  readonly alloc: unknown;
  /** `lua_CFunction`, with a text on top of the stack. */
  readonly print: unknown;
  /** Builds values on the stack of the state from the steps that lie there, see {@link STEP}. */
  readonly push: (state: number, from: number) => void;
}

const text = (value: string): Uint8Array => new WasmWriter().sized(new TextEncoder().encode(value)).finish();
const raw = (...parts: readonly ArrayLike<number>[]): Uint8Array =>
  parts.reduce((writer: WasmWriter, part) => writer.raw(part), new WasmWriter()).finish();
const body = (locals: number, code: readonly number[]): Uint8Array =>
  new WasmWriter().sized(raw([1, locals, I32], code)).finish();

const FUNCTIONS = [
  ...IMPORTS,
  { name: 'alloc', parameters: [I32, I32, I32, I32], results: [I32] },
  { name: 'push', parameters: [I32, I32], results: [] },
] as const;
const OWN = FUNCTIONS.length - IMPORTS.length;
const exported = (name: string): Uint8Array =>
  raw(text(name), [0, FUNCTIONS.findIndex(entry => entry.name === name)]);
/** A number that changes, from 0. */
const VARIABLE = Uint8Array.of(I32, 1, 0x41, 0, 0x0b);

/** Its code, for a memory of so many pages. Each function has a type of its own, by its number. */
export function shimProgram(pages: number): Uint8Array {
  const types = FUNCTIONS.map(({ parameters, results }) =>
    raw([0x60, parameters.length], parameters, [results.length], results),
  );
  const sections: readonly Section[] = [
    { id: 1, body: writeList(types) },
    {
      id: 2,
      body: writeList([
        ...IMPORTS.map(({ name }, index) => raw(text('lua'), text(name), [0, index])),
        raw(text('lua'), text('memory'), [2, 0], unsigned(pages)),
      ]),
    },
    {
      id: 3,
      body: writeList(Array.from({ length: OWN }, (_, index) => Uint8Array.of(IMPORTS.length + index))),
    },
    { id: 6, body: writeList(GLOBALS.map(() => VARIABLE)) },
    {
      id: 7,
      body: writeList([
        ...['print', 'alloc', 'push'].map(exported),
        ...GLOBALS.map((name, index) => raw(text(name), [3, index])),
      ]),
    },
    { id: 10, body: writeList([body(2, ALLOC), body(1, PUSH)]) },
  ];
  return writeSections(sections);
}

export interface ShimImports {
  readonly memory: WebAssembly.Memory;
  readonly print: (state: number) => number;
  /** The exports of Lua's program that are named in {@link IMPORTS}. */
  readonly exports: Readonly<Record<string, unknown>>;
}

export function createShim({ memory, print, exports }: ShimImports, pages: number): Shim {
  const module = new WebAssembly.Module(shimProgram(pages));
  const lua = { ...(exports as Record<string, () => number>), print, memory };
  return new WebAssembly.Instance(module, { lua }).exports as unknown as Shim;
}
