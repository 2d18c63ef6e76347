/** The exports of the program that are used, and what it imports. */
import type { Shim } from './shim.ts';

type Call = (...args: number[]) => number;
type EngineFunction =
  | '__wasm_call_ctors'
  | 'lua_checkstack'
  | 'lua_newstate'
  | 'lua_pcallk'
  | 'lua_pushcclosure'
  | 'lua_setglobal'
  | 'lua_settop'
  | 'lua_toboolean'
  | 'lua_tolstring'
  | 'lua_type'
  | 'luaL_loadbufferx'
  | 'luaopen_base'
  | 'luaopen_debug'
  | 'luaopen_math'
  | 'luaopen_string'
  | 'luaopen_table'
  | 'luaopen_utf8'
  | 'setThrew'
  | 'stackRestore'
  | 'stackSave';

export type Engine = Readonly<Record<EngineFunction, Call>> & {
  readonly lua_rawseti: (state: number, index: number, key: bigint) => void;
  readonly lua_rawlen: (state: number, index: number) => bigint;
  /** A 64-bit number. */
  readonly lua_tointegerx: (state: number, index: number, isNumber: number) => bigint;
};

/** Of `lua.h`. */
export const LUA = {
  ok: 0,
  registry: -1_001_000,
  /** Where the registry keeps the table of globals. */
  globals: 2n,
  type: { nil: 0, boolean: 1, number: 3, string: 4, function: 6 },
} as const;

/** The engine gave up by itself. No code is known that makes it. */
export class EngineAbort extends Error {
  override readonly name = 'EngineAbort';
}

export interface Instance {
  readonly engine: Engine;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly table: WebAssembly.Table;
  readonly memory: WebAssembly.Memory;
  readonly fuel: WebAssembly.Global;
  readonly depth: WebAssembly.Global;
  readonly pages: WebAssembly.Global;
  readonly shim: Shim;
}

/** Units for what goes through JavaScript, which the meter does not see: a protected call, and an error that it catches. */
export const CROSSING = { call: 20, caught: 250 } as const;

/** How Lua leaves a protected call: thrown by the engine, caught by the call. Nothing else is caught. */
const LONGJMP = Symbol('longjmp');

/** The functions that the program imports. Of what its C library could ask, only the time and the environment are asked. */
export function importsOf(
  instance: () => Pick<Instance, 'engine' | 'view' | 'table' | 'fuel' | 'depth'>,
): Record<'env' | 'wasi_snapshot_preview1', Record<string, (...args: number[]) => number | undefined>> {
  /** Where too little is left, the next thing that the machine does stops it. */
  const charge = (units: number): void => {
    const { fuel } = instance();
    fuel.value = Math.max(0, fuel.value - units);
  };
  const gone = (name: string) => () => {
    throw new EngineAbort(`Lua asked for ${name}`);
  };
  const all = (names: readonly string[]) => Object.fromEntries(names.map(name => [name, gone(name)]));
  return {
    env: {
      ...all(ENVIRONMENT),
      // Seeds the hash of texts: the same everywhere.
      emscripten_date_now: () => 0,
      // C's own heap is as big as it is.
      emscripten_resize_heap: () => 0,
      _emscripten_throw_longjmp: () => {
        throw LONGJMP;
      },
      invoke_vii: (at = 0, first = 0, second = 0) => {
        const { engine, table, depth } = instance();
        charge(CROSSING.call);
        const stack = engine.stackSave();
        const nested = depth.value;
        try {
          (table.get(at) as Call)(first, second);
        } catch (error) {
          if (error !== LONGJMP) throw error;
          engine.stackRestore(stack);
          depth.value = nested;
          engine.setThrew(1, 0);
          charge(CROSSING.caught);
        }
        return undefined;
      },
    },
    wasi_snapshot_preview1: {
      ...all(SYSTEM),
      environ_sizes_get: (count = 0, size = 0) => {
        const { view } = instance();
        view.setUint32(count, 0, true);
        view.setUint32(size, 0, true);
        return 0;
      },
      environ_get: () => 0,
    },
  };
}

const ENVIRONMENT = [
  ...['abort', 'strftime', 'system', 'exit', '_emscripten_get_now_is_monotonic', '__syscall_openat'],
  ...['__syscall_fcntl64', '__syscall_ioctl', '__syscall_dup3', '_mktime_js', '_localtime_js', '_gmtime_js'],
  ...['__syscall_unlinkat', '__syscall_rmdir', '__syscall_renameat', '__syscall_readlinkat', '_tzset_js'],
];
const SYSTEM = ['fd_write', 'fd_read', 'fd_close', 'fd_seek'];
