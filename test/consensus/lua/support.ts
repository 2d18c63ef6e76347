import { createLua, type Lua, type LuaLimits, type LuaOutcome } from '../../../consensus/lua/index.ts';

let shared: Lua | undefined;
/** One for all tests of a process: what ran in it before makes no difference. */
export const theLua = (): Lua => {
  shared ??= createLua();
  return shared;
};

export const codeOf = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** An outcome as a text, in which nothing is lost. */
export const textOf = (outcome: LuaOutcome): string =>
  JSON.stringify(outcome, (_, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
  });

export const run = (
  text: string,
  limits: LuaLimits = { fuel: 1_000_000, memory: 1_048_576 },
  lua = theLua(),
): LuaOutcome => lua.check(codeOf(text), [], limits);
