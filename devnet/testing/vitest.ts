/**
 * All of `devnet/testing` for vitest, whose hooks and `expect` are not global: {@link useChain} takes its hooks, and its
 * `expect` learns {@link chainMatchers}.
 */
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { chainMatchers } from './matchers.ts';
import type { Person, RunningChain, RunningOptions } from './runningTypes.ts';
import type { ChainView } from './types.ts';
import { START_MS, useChain as useChainWith } from './use.ts';

export * from './index.ts';

expect.extend(chainMatchers);

const HOOKS = {
  before: (work: () => Promise<void>) => beforeAll(work, START_MS),
  beforeEach: (work: () => Promise<void>) => beforeEach(work, START_MS),
  after: (work: () => Promise<void>) => afterAll(work, START_MS),
};

/** A chain for the tests of this file, or of the `describe` in which it is called, clean for each of them. */
export const useChain = <Name extends string = Person>(
  options: RunningOptions<Name> = {},
): RunningChain<Name> => useChainWith(options, HOOKS);

interface ChainAssertions<R> {
  /** Of work: free balances change by exactly so much, in base units. */
  toChangeBalances(chain: Pick<ChainView, 'balance'>, changes: Readonly<Record<string, bigint>>): R;
  /** Of a receipt, a chain or a list: an event of this name, with these values in these fields. */
  toEmit(name: string, fields?: Readonly<Record<string, unknown>>): R;
  /** Of work: it throws, or rejects with, an error of this name. */
  toFailWith(code: string): R;
}

declare module 'vitest' {
  // The parameter of the interface that is extended.
  interface Matchers<T>
    extends ChainAssertions<T extends () => PromiseLike<unknown> ? Promise<void> : void> {}
}
