/**
 * Small assertions over node:assert for any test runner: money, events and errors by name. What they are given to run may
 * be a promise: then they are promises as well.
 */
import assert from 'node:assert/strict';
import type { ChainView, LoggedEvent } from './types.ts';

/** A promise of it where the work was one. */
type After<Work, Result> = Work extends PromiseLike<unknown> ? Promise<Result> : Result;

/**
 * `work` throws, or rejects with, an error of this name: the `code` of it, or the `name` where the code is a number as in
 * answers of RPC. Returns the error, for a look at its message.
 */
export function failsWith<T>(work: () => T, code: string): After<T, Error> {
  let result: unknown;
  try {
    result = work();
  } catch (error) {
    return judged(error, code) as After<T, Error>;
  }
  if (!isPromise(result)) return succeeded(code);
  return result.then(
    () => succeeded(code),
    (error: unknown) => judged(error, code),
  ) as After<T, Error>;
}

const succeeded = (code: string): never => assert.fail(`expected ${code}, but it succeeded`);

function judged(error: unknown, code: string): Error {
  if (!(error instanceof Error)) throw error;
  const { code: found } = error as { readonly code?: unknown };
  const name = typeof found === 'string' ? found : error.name;
  if (name === code) return error;
  // One without a name of its own is a mistake of the test, and is shown as what it is.
  if (found === undefined && BUILT_IN.has(name)) throw error;
  return assert.fail(`expected ${code}, got ${name}: ${error.message}`);
}

const BUILT_IN: ReadonlySet<string> = new Set([
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
  'AggregateError',
]);

/** Free balances change by exactly so much, in base units; whoever is not named may change as well. */
export function changesBalances<T>(
  chain: Pick<ChainView, 'balance'>,
  changes: Readonly<Record<string, bigint>>,
  work: () => T,
): T {
  const names = Object.keys(changes);
  const before = names.map(name => chain.balance(name));
  const compare = <Result>(result: Result): Result => {
    const found = Object.fromEntries(
      names.map((name, index) => [name, chain.balance(name) - (before[index] ?? 0n)]),
    );
    assert.deepEqual(found, changes);
    return result;
  };
  const result = work();
  return isPromise(result) ? (result.then(compare) as T) : compare(result);
}

/** An event of this name is among those, and its data has these fields with these values. Returns its whole data. */
export function emits(
  events: readonly LoggedEvent[] | { readonly events: readonly LoggedEvent[] },
  name: string,
  fields: Readonly<Record<string, unknown>> = {},
): LoggedEvent['data'] {
  const all = 'events' in events ? events.events : events;
  const named = all.filter(event => event.name === name);
  if (named.length === 0)
    assert.fail(`no event ${name} among: ${all.map(event => event.name).join(', ') || 'none at all'}`);
  const parts = named.map(({ data }) => Object.fromEntries(Object.keys(fields).map(key => [key, data[key]])));
  const index = parts.findIndex(part => isEqual(part, fields));
  // The comparison with the only one, or the last, shows what differs.
  if (index < 0) assert.deepEqual(parts.at(-1), fields, `no event ${name} has these fields`);
  return named[index]?.data;
}

function isEqual(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch (error) {
    if (error instanceof assert.AssertionError) return false;
    throw error;
  }
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
