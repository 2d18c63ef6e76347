/**
 * Where things lie in the memory of the machine, in bytes from its start. The first three areas are where the linker of the
 * engine put them; what follows is ours.
 *
 *     data | stack | small heap | arena | steps | names | code | chunk
 */
import { MAX_BYTES, MAX_CODE, MAX_MEMORY } from './types.ts';

const PAGE = 65_536;

/** The engine's constants and variables. */
const DATA_END = 35_136;
/** Of C: it grows down from here to the data. 1 MiB. */
const STACK_TOP = 1_083_712;
/**
 * To the end of page 17: C's own heap, which holds 40 bytes for each call that is protected at one time. Lua nests 200, so
 * that it needs about 13 KB of these 30.
 */
const SMALL_END = 17 * PAGE;
/** Room for what a Lua state is before any check, and for the memory of a check. */
const ARENA_PAGES = 4 + MAX_MEMORY / PAGE;
const ARENA_END = SMALL_END + ARENA_PAGES * PAGE;
/** What is on its way in: the steps that build the arguments, the names in them, and code. Nothing inside knows of it. */
const NAMES = ARENA_END + MAX_BYTES;
const NAMES_SIZE = PAGE;
const CODE = NAMES + NAMES_SIZE;
/** The name of a piece of code, and what kind it is. */
const CHUNK = CODE + MAX_CODE;

export const LAYOUT = {
  dataEnd: DATA_END,
  stackTop: STACK_TOP,
  smallEnd: SMALL_END,
  smallPages: SMALL_END / PAGE,
  arena: SMALL_END,
  arenaEnd: ARENA_END,
  steps: ARENA_END,
  names: NAMES,
  /** Bytes of all names in the arguments of one check, with their zeros. */
  namesSize: NAMES_SIZE,
  code: CODE,
  chunk: CHUNK,
  pages: CHUNK / PAGE + 1,
} as const;

/**
 * Units of nested calls inside the machine, see `consensus/wasm/meter.ts`. Lua itself stops at 200 calls of C within each
 * other, which take some 38,000 units and less than 300 KB of the process's stack, optimised or not. A unit is 10 bytes at
 * most (measured for the machine of `node/machine`), so that this ends before the 984 KB which a process has where nobody says
 * otherwise.
 */
export const MAX_DEPTH = 50_000;
