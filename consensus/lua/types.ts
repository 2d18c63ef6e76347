/** What goes into a check and what comes out of it. */

/**
 * A value as Lua sees it. `null` is `nil`, a number is a whole one within ±2^53, a bigint one of 64 bits, a text its UTF-8,
 * an array a sequence that starts at 1, an object a table with these names: letters, digits and `_`, at most 64. The order
 * of names decides about fuel and nothing else. What is more or deeper than the limits below is a TypeError.
 */
export type LuaValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly LuaValue[]
  | { readonly [name: string]: LuaValue };

/** Levels of arrays and objects in an argument. */
export const MAX_NESTING = 8;
export const MAX_ARGUMENTS = 8;
/** Bytes of all arguments, with some for each value: 1 MiB. */
export const MAX_BYTES = 1_048_576;
/** Bytes of the code of a checker. */
export const MAX_CODE = 65_536;
/** Bytes that a check can have at most, whatever its limits allow: 16 MiB. */
export const MAX_MEMORY = 16_777_216;
/** Units of fuel, likewise: the meter counts in 32 bits with a sign. */
export const MAX_FUEL = 2 ** 31 - 1;

/** Whole numbers, of which consensus decides. */
export interface LuaLimits {
  /** Units: calls of functions and turns of loops inside the machine, see `consensus/wasm/meter.ts`. 1 to {@link MAX_FUEL}. */
  readonly fuel: number;
  /** Bytes on top of the machine's own, of which none comes back before the end. 0 to {@link MAX_MEMORY}. */
  readonly memory: number;
}

export type LuaVerdict =
  /** It returned `true`. */
  | 'allowed'
  /** It returned anything else. */
  | 'refused'
  /** It threw. */
  | 'error'
  | 'outOfFuel'
  | 'outOfMemory'
  /** The code is none that could run, or returns no function. */
  | 'invalidCode';

/** Consensus sees whether the verdict is `allowed`, and the fuel. The rest is for people, and the same everywhere too. */
export interface LuaOutcome {
  readonly verdict: LuaVerdict;
  /** Units used; all of them where they ran out. */
  readonly fuel: number;
  /** Bytes used at most. */
  readonly memory: number;
  /** The first thing that it returned, unless that was a table or a function. */
  readonly value?: LuaValue;
  /** The second, where it refused and gave a text: why. Cut like a line that it prints. */
  readonly reason?: string;
  readonly error?: LuaError;
  /** What it printed: at most {@link MAX_PRINTS} lines, each cut after {@link MAX_LINE} bytes. */
  readonly prints: readonly string[];
}

export const MAX_PRINTS = 100;
export const MAX_LINE = 1_000;

export interface LuaError {
  readonly message: string;
  /** Of the checker's code, from 1; null where the error belongs to none. */
  readonly line: number | null;
  /** Lua's own words, one call a line; empty for an error before the code ran. */
  readonly traceback: string;
}

/** Checks code that is given as text, one after another, each as if it were the first. */
export interface Lua {
  /**
   * Calls the function that `code` returns with `args`. The same inputs give the same outcome on every machine and after
   * any other checks. Throws TypeError or RangeError for arguments that are none, and nothing else on account of the code.
   */
  check(code: Uint8Array, args: readonly LuaValue[], limits: LuaLimits): LuaOutcome;
}
