/**
 * The machine as it is part of the chain: whether a call runs out of fuel or memory must be the same everywhere, so the
 * program, the code around it and these numbers are frozen. Any change makes another machine, with another version, which
 * a chain takes over only like other code. `test/node/machine/frozen.test.ts` holds them.
 */
export const MACHINE_VERSION = 9;

/** sha256 of `quickjs.wasm` of quickjs-wasi 3.6.2 (QuickJS-ng), of it with its meter, and of `guest.js`. */
export const MACHINE_HASHES = {
  engine: '0xd4c9375f2b1ca4dc95f72c8aa2982a7a9951ac8011490d79c6582df732b4bbd9',
  metered: '0xa199f98f74d66dbeaef25ec4f4f0e70e3b9364fb7d4ae4a867244663274aa16a',
  guest: '0x45370bcd0d3489c83806e428ee735d45a524d1f42c5d6dd9e8d6d2b66bb8467a',
} as const;

export const MACHINE_LIMITS = {
  /** Pages of 64 KiB: all memory of the machine, with the engine's own. */
  pages: 1024,
  /** Bytes that values of the code can have at one time. */
  heap: 32 * 1024 * 1024,
  /** Bytes of the engine's stack in that memory: it throws where that ends. */
  stack: 256 * 1024,
  /**
   * Units of nested calls, see `meter.ts`, for what takes little room on the engine’s stack. The stack of the process below
   * holds 96,000 at least (984 KB, measured over library functions that call themselves, with and without optimisation).
   */
  depth: 40_000,
  /** To load the code of a module. */
  loadFuel: 2_000_000_000,
  /** For the weight and the checks of one call. */
  examineFuel: 200_000_000,
  /** For a call: each unit of weight that it pays buys so much, on top of the base. */
  callFuel: 20_000_000,
  fuelPerWeight: 20_000,
  /** For a genesis, a step of closing an epoch, a migration, a query. */
  workFuel: 2_000_000_000,
} as const;
