/** What has come in since the server began: calls by function, refusals by name, money. */
import type { Amount } from '../../consensus/interface/index.ts';
import type { RefusalName } from '../errors.ts';

/** How often, by reason. */
export type Reasons = { readonly [name in RefusalName]?: number };

export interface FunctionTraffic {
  /** Calls that were answered. */
  readonly answered: number;
  /** Base units, by receipts. */
  readonly earned: Amount;
  /** Calls that were let in and did not end well; they cost nothing. */
  readonly failed: Reasons;
  /** Calls that were not let in. */
  readonly refused: Reasons;
}

export interface Totals {
  readonly answered: number;
  readonly refused: number;
  readonly failed: number;
  readonly earned: Amount;
  readonly wrongTallies: number;
}

export interface Traffic {
  answered(fn: string, cost: Amount): void;
  failed(fn: string, name: RefusalName): void;
  /** `fn` is undefined for what was no call of a function. */
  refused(fn: string | undefined, name: RefusalName): void;
  /** A tally that does not agree with the server's own receipts. */
  wrongTally(): void;
  functions(): { readonly [fn: string]: FunctionTraffic };
  totals(): Totals;
  /** What was refused before a function was known. */
  others(): Reasons;
}

type Counts = { [name in RefusalName]?: number };

interface Entry {
  answered: number;
  earned: Amount;
  readonly failed: Counts;
  readonly refused: Counts;
}

const emptyEntry = (): Entry => ({ answered: 0, earned: 0n, failed: {}, refused: {} });

export function createTraffic(names: Iterable<string>): Traffic {
  const functions = new Map<string, Entry>();
  for (const name of names) functions.set(name, emptyEntry());
  const others = emptyEntry();
  let wrongTallies = 0;

  const entryOf = (fn: string | undefined): Entry => functions.get(fn ?? '') ?? others;
  const count = (counts: Counts, name: RefusalName): void => {
    counts[name] = (counts[name] ?? 0) + 1;
  };

  return {
    answered(fn, cost) {
      const entry = entryOf(fn);
      entry.answered++;
      entry.earned += cost;
    },
    failed: (fn, name) => count(entryOf(fn).failed, name),
    refused: (fn, name) => count(entryOf(fn).refused, name),
    wrongTally() {
      wrongTallies++;
    },
    functions: () => Object.fromEntries([...functions].map(([fn, entry]) => [fn, structuredClone(entry)])),
    totals() {
      const totals = { answered: 0, refused: 0, failed: 0, earned: 0n, wrongTallies };
      for (const { answered, earned, failed, refused } of [...functions.values(), others]) {
        totals.answered += answered;
        totals.earned += earned;
        totals.failed += sumOf(failed);
        totals.refused += sumOf(refused);
      }
      return totals;
    },
    others: () => ({ ...others.refused }),
  };
}

/** All of them, whatever the reason. */
export const sumOf = (reasons: Reasons): number =>
  Object.values(reasons).reduce((sum, count) => sum + count, 0);
