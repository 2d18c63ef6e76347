/** The assertions as matchers of `expect`, for vitest and jest: `expect.extend(chainMatchers)`. */
import { AssertionError } from 'node:assert/strict';
import { changesBalances, emits, failsWith } from './expect.ts';
import type { ChainView, LoggedEvent } from './types.ts';

/** What `expect` wants to know; `message` is read where the answer is not the one that was hoped for. */
export interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

type Work = () => unknown;

/** Each is a promise where the work is one: `await expect(() => pay()).toChangeBalances(chain, { bob: 5n })`. */
export const chainMatchers = {
  /** Free balances change by exactly so much, in base units. */
  toChangeBalances: (
    work: Work,
    chain: Pick<ChainView, 'balance'>,
    changes: Readonly<Record<string, bigint>>,
  ) => verdict(() => changesBalances(chain, changes, work), `balances changed by ${shown(changes)}`),
  /** An event of this name is there, with these values in these fields. */
  toEmit: (
    events: Parameters<typeof emits>[0],
    name: LoggedEvent['name'],
    fields: Readonly<Record<string, unknown>> = {},
  ) => verdict(() => emits(events, name, fields), `there is an event ${name} with ${shown(fields)}`),
  /** It throws, or rejects with, an error of this name. */
  toFailWith: (work: Work, code: string) => verdict(() => failsWith(work, code), `it failed with ${code}`),
};

function verdict(check: () => unknown, otherwise: string): Verdict | Promise<Verdict> {
  const holds: Verdict = { pass: true, message: () => otherwise };
  let result: unknown;
  try {
    result = check();
  } catch (error) {
    return refuted(error);
  }
  return result instanceof Promise ? result.then(() => holds, refuted) : holds;
}

/** What went wrong in the work itself is no verdict. */
function refuted(error: unknown): Verdict {
  if (!(error instanceof AssertionError)) throw error;
  return { pass: false, message: () => error.message };
}

const shown = (values: Readonly<Record<string, unknown>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ') || 'any fields';
