/**
 * Lua 5.4 for rules on a chain: the same code with the same arguments gives the same verdict for the same fuel, on every
 * machine and whatever ran before. Pure and synchronous; all that it needs comes along with the sources.
 *
 *     const lua = createLua();
 *     const code = Buffer.from('return function(a, b) return a < b end');
 *     lua.check(code, [1, 2], { fuel: 100_000, memory: 65_536 }).verdict; // 'allowed'
 */
import { createLuaOf } from './check.ts';
import { compiled } from './compiled.ts';
import type { Lua } from './types.ts';

export { LUA_HASH, LUA_VERSION } from './compiled.ts';
export * from './types.ts';

export interface LuaOptions {
  /** Pieces of code that are kept read, some 130 KB each. 64 if nobody says otherwise; no number of them changes an outcome. */
  readonly kept?: number;
}

/** Makes nothing until it is asked; the first check takes some 50 ms longer. */
export function createLua({ kept = 64 }: LuaOptions = {}): Lua {
  let made: Lua | undefined;
  return {
    check(code, args, limits) {
      made ??= createLuaOf(compiled(), kept);
      return made.check(code, args, limits);
    },
  };
}
