/** Small assertions over node:assert for any test runner: money, events and errors by name. */
import assert from 'node:assert/strict';
import type { Chain, LoggedEvent } from './types.ts';

/** `work` throws an error with this code. Returns the error, for a look at its message. */
export function failsWith(work: () => unknown, code: string): Error {
  try {
    work();
  } catch (error) {
    const found = (error as { readonly code?: unknown }).code;
    if (found === code && error instanceof Error) return error;
    if (found === undefined) throw error;
    return assert.fail(`expected ${code}, got ${error instanceof Error ? error.message : String(error)}`);
  }
  return assert.fail(`expected ${code}, but it succeeded`);
}

/** Free balances change by exactly so much, in base units; whoever is not named may change as well. */
export function changesBalances<T>(
  chain: Chain,
  changes: Readonly<Record<string, bigint>>,
  work: () => T,
): T {
  const names = Object.keys(changes);
  const before = names.map(name => chain.balance(name));
  const result = work();
  const found = Object.fromEntries(
    names.map((name, index) => [name, chain.balance(name) - (before[index] ?? 0n)]),
  );
  assert.deepEqual(found, changes);
  return result;
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
