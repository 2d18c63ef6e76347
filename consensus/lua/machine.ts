/**
 * One instance of the program with its memory: what it is before a check, and how it comes back to that. What is put
 * back is what a check can have written: everything but the areas whose traces are wiped instead.
 */
import { METER } from '../wasm/meter.ts';
import { type Engine, EngineAbort, type Instance, importsOf, LUA } from './engine.ts';
import { LAYOUT, MAX_DEPTH } from './layout.ts';
import { PRELUDE } from './prelude.ts';
import { createShim } from './shim.ts';

/** All that a state is made of. */
export interface Image {
  readonly data: Uint8Array;
  readonly small: Uint8Array;
  readonly arena: Uint8Array;
}

/** Why the machine stopped. It would have done so everywhere. */
export type Stop = 'outOfFuel' | 'outOfMemory' | 'tooDeep' | 'trap';

export interface Guarded<T> {
  /** What the work returned, or null where it was stopped. */
  readonly result: T | null;
  readonly stop: Stop | null;
  /** Units used. */
  readonly fuel: number;
  /** Bytes used at most, on top of the machine's own. */
  readonly memory: number;
}

export interface Machine {
  readonly engine: Engine;
  /** The `lua_State`. */
  readonly state: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** As it is before any check: the message handler lies on the stack. */
  readonly base: Image;
  /** Builds the values whose steps lie at their place. */
  push(): void;
  image(): Image;
  restore(image: Image): void;
  /** Throws what is no stop of the machine: a defect of the process. */
  guarded<T>(limits: { readonly fuel: number; readonly memory: number }, work: () => T): Guarded<T>;
  /** For reading what is there: not counted. */
  unmetered<T>(work: () => T): T;
}

/** Enough for anything that is done outside of a check. */
const FREE_FUEL = 2 ** 31 - 1;
/** Slots of the Lua stack for arguments. */
const SLOTS = 64;

export function createMachine(program: WebAssembly.Module, print: (line: Uint8Array) => void): Machine {
  const { engine, bytes, view, table, memory, fuel, depth, pages, shim } = instantiate(program, print);
  pages.value = LAYOUT.smallPages;
  fuel.value = FREE_FUEL;
  shim.top.value = LAYOUT.arena;
  shim.peak.value = LAYOUT.arena;
  shim.end.value = LAYOUT.arenaEnd;
  engine.__wasm_call_ctors();
  const state = open();
  const base = image();
  const start = LAYOUT.arena + base.arena.length;

  function open(): number {
    const functions = table.grow(2);
    table.set(functions, shim.alloc);
    table.set(functions + 1, shim.print);
    const opened = engine.lua_newstate(functions, 0);
    for (const [name, library] of LIBRARIES) {
      engine[library](opened);
      setGlobal(opened, name);
    }
    engine.lua_pushcclosure(opened, functions + 1, 0);
    setGlobal(opened, 'print');
    const at = LAYOUT.code;
    const size = writeText(PRELUDE, at);
    const failed =
      engine.luaL_loadbufferx(opened, at, size, nameAt('=lua'), nameAt('t', 16)) ||
      engine.lua_pcallk(opened, 0, 2, 0, 0, 0);
    if (failed !== LUA.ok) throw new EngineAbort('the prelude does not run');
    engine.lua_rawseti(opened, LUA.registry, LUA.globals);
    engine.lua_checkstack(opened, SLOTS);
    return opened;
  }
  function setGlobal(opened: number, name: string): void {
    engine.lua_setglobal(opened, nameAt(name));
  }
  function nameAt(name: string, offset = 0): number {
    const at = LAYOUT.chunk + offset;
    bytes[at + writeText(name, at)] = 0;
    return at;
  }
  function writeText(value: string, at: number): number {
    return Buffer.from(memory.buffer).write(value, at, 'utf8');
  }

  function image(): Image {
    return {
      data: bytes.slice(0, LAYOUT.dataEnd),
      small: bytes.slice(LAYOUT.stackTop, LAYOUT.smallEnd),
      arena: bytes.slice(LAYOUT.arena, shim.top.value),
    };
  }
  function restore({ data, small, arena }: Image): void {
    const end = LAYOUT.arena + arena.length;
    bytes.set(data, 0);
    bytes.set(small, LAYOUT.stackTop);
    bytes.set(arena, LAYOUT.arena);
    if (shim.peak.value > end) bytes.fill(0, end, shim.peak.value);
    wipeStack();
    shim.top.value = end;
    shim.peak.value = end;
    unmetered(() => engine.stackRestore(LAYOUT.stackTop));
  }
  /** From the top down to where nothing was written for longer than any frame of the engine is. */
  function wipeStack(): void {
    let clean = 0;
    for (let end: number = LAYOUT.stackTop; clean < LONGEST_FRAME && end > LAYOUT.dataEnd; ) {
      const from = Math.max(LAYOUT.dataEnd, end - BLOCK);
      if (Buffer.compare(bytes.subarray(from, end), ZEROS.subarray(0, end - from)) === 0) clean += BLOCK;
      else {
        bytes.fill(0, from, end);
        clean = 0;
      }
      end = from;
    }
  }

  function guarded<T>(limits: { readonly fuel: number; readonly memory: number }, work: () => T): Guarded<T> {
    fuel.value = limits.fuel;
    depth.value = 0;
    shim.full.value = 0;
    shim.end.value = (start + limits.memory) & ~7;
    let result: T | null = null;
    let stop: Stop | null = null;
    try {
      result = work();
    } catch (error) {
      stop = stopOf(error);
    }
    return { result, stop, fuel: limits.fuel - fuel.value, memory: shim.peak.value - start };
  }
  function stopOf(error: unknown): Stop {
    if (!(error instanceof WebAssembly.RuntimeError || error instanceof EngineAbort)) throw error;
    if (shim.full.value === 1) return 'outOfMemory';
    if (depth.value > MAX_DEPTH) return 'tooDeep';
    return fuel.value === 0 ? 'outOfFuel' : 'trap';
  }
  function unmetered<T>(work: () => T): T {
    const left = fuel.value;
    fuel.value = FREE_FUEL;
    const result = work();
    fuel.value = left;
    return result;
  }

  const push = (): void => shim.push(state, LAYOUT.steps);

  return { engine, state, bytes, view, base, push, image, restore, guarded, unmetered };
}

const BLOCK = 4_096;
/** Bytes of the engine's stack; its longest frame is that of printing a float, with some 8,000. */
const LONGEST_FRAME = 16_384;
const ZEROS = new Uint8Array(BLOCK);

const LIBRARIES = [
  ['_G', 'luaopen_base'],
  ['string', 'luaopen_string'],
  ['table', 'luaopen_table'],
  ['math', 'luaopen_math'],
  ['utf8', 'luaopen_utf8'],
  ['debug', 'luaopen_debug'],
] as const satisfies readonly (readonly [string, keyof Engine])[];

function instantiate(program: WebAssembly.Module, print: (line: Uint8Array) => void): Instance {
  const imports = importsOf(() => instance);
  const { exports } = new WebAssembly.Instance(program, imports);
  const engine = exports as unknown as Engine;
  const memory = exports.memory as WebAssembly.Memory;
  // Its size never changes, so these stay valid.
  const bytes = new Uint8Array(memory.buffer);
  const view = new DataView(memory.buffer);
  const shim = createShim(
    {
      exports,
      memory,
      print: state => {
        const at = engine.lua_tolstring(state, 1, 0);
        print(bytes.subarray(at, at + Number(engine.lua_rawlen(state, 1))));
        return 0;
      },
    },
    LAYOUT.pages,
  );
  const instance: Instance = {
    engine,
    bytes,
    view,
    memory,
    shim,
    table: exports.__indirect_function_table as WebAssembly.Table,
    fuel: exports[METER.fuel] as WebAssembly.Global,
    depth: exports[METER.depth] as WebAssembly.Global,
    pages: exports[METER.pages] as WebAssembly.Global,
  };
  return instance;
}
