/** A running chain in the tests of any runner. What runs nodes is loaded with the first chain. */
import type { Person, RunningChain, RunningOptions, StartedChain } from './runningTypes.ts';

/** Milliseconds to start the nodes and run the setup, on a machine that does much else. */
export const START_MS = 60_000;

type Hook = (work: (this: unknown) => Promise<void>) => unknown;

/** What a runner calls before the first test, before each, and after the last. */
export interface Hooks {
  readonly before: Hook;
  readonly beforeEach: Hook;
  readonly after: Hook;
}

/**
 * Starts the nodes of a chain in this process, and runs the setup. Whoever starts it calls `clean` between tests and `stop`
 * at the end; {@link useChain} does both.
 */
export async function startChain<Name extends string = Person>(
  options: RunningOptions<Name> = {},
): Promise<StartedChain<Name>> {
  const { start } = await import('./running.ts');
  return start(options);
}

/**
 * A chain for the tests of this file, or of the `describe` in which it is called, clean for each of them. It is of use
 * inside tests and hooks. Without `hooks` it takes those of the runner that are global: mocha's, jest's, or vitest's
 * with `globals`.
 *
 * @example
 * const chain = useChain({ setup: chain => chain.setBalance('alice', 5n) });
 * it('pays', () => pay(chain.url, chain.accounts.alice, chain.accounts.bob.address));
 */
export function useChain<Name extends string = Person>(
  options: RunningOptions<Name> = {},
  hooks: Hooks = globalHooks(),
): RunningChain<Name> {
  let started: StartedChain<Name> | null = null;
  hooks.before(async function (this: unknown) {
    takesLong(this);
    started = await startChain(options);
  });
  hooks.beforeEach(async function (this: unknown) {
    takesLong(this);
    await started?.clean();
  });
  hooks.after(async function (this: unknown) {
    takesLong(this);
    await started?.stop();
    started = null;
  });
  return laterOn(() => {
    if (started !== null) return started;
    throw new ChainNotRunning();
  });
}

/**
 * One chain for all files of a run: the chain, and the root hooks that mocha takes from a file of `--require`.
 *
 * @example
 * export const { chain, mochaHooks } = rootChain();
 */
export function rootChain<Name extends string = Person>(options: RunningOptions<Name> = {}) {
  const mochaHooks: Record<string, () => Promise<void>> = {};
  const named =
    (name: string): Hook =>
    work => {
      mochaHooks[name] = work;
    };
  const hooks = { before: named('beforeAll'), beforeEach: named('beforeEach'), after: named('afterAll') };
  return { chain: useChain(options, hooks), mochaHooks };
}

/** The chain was asked for something while no test runs. */
export class ChainNotRunning extends Error {
  override readonly name = 'ChainNotRunning';
  readonly code = 'CHAIN_NOT_RUNNING';
  readonly hint = 'use the chain inside of tests and hooks, not where they are described';
  constructor() {
    super('the chain of this test does not run: it starts before the first test and ends after the last');
  }
}

/** No runner has hooks here. */
export class NoTestRunner extends Error {
  override readonly name = 'NoTestRunner';
  readonly code = 'NO_TEST_RUNNER';
  readonly hint =
    'pass the hooks of your runner: useChain(options, { before, beforeEach, after }); for vitest import devnet/testing/vitest';
  constructor() {
    super('useChain found no global hooks of a test runner');
  }
}

function globalHooks(): Hooks {
  const before = globalHook('before') ?? globalHook('beforeAll');
  const beforeEach = globalHook('beforeEach');
  const after = globalHook('after') ?? globalHook('afterAll');
  if (before === undefined || beforeEach === undefined || after === undefined) throw new NoTestRunner();
  return { before, beforeEach, after };
}

/** Where hooks take a limit of time at all, it is their second argument; mocha ignores it. */
function globalHook(name: string): Hook | undefined {
  const found = (globalThis as unknown as Readonly<Record<string, unknown>>)[name];
  if (typeof found !== 'function') return undefined;
  return work => (found as (work: () => Promise<void>, ms: number) => unknown)(work, START_MS);
}

/** In mocha the context of a hook sets its limit. */
function takesLong(context: unknown): void {
  const { timeout } = (context ?? {}) as { readonly timeout?: unknown };
  if (typeof timeout === 'function') timeout.call(context, START_MS);
}

/** The chain that runs at the moment, as one object that is there before it. */
const laterOn = <Chain extends object>(current: () => Chain): Chain =>
  new Proxy({} as Chain, {
    get: (_, name) => Reflect.get(current(), name) as unknown,
    has: (_, name) => Reflect.has(current(), name),
  });
