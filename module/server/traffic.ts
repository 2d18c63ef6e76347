/** What has come in since the server began: calls by function, refusals by name, money. */
import type { Amount } from '../../consensus/interface/index.ts';
import type { RefusalName } from '../errors.ts';

export interface FunctionTraffic {
  /** Calls that were answered. */
  readonly answered: number;
  /** Calls that were let in and failed; they cost nothing. */
  readonly failed: number;
  /** Base units, by receipts. */
  readonly earned: Amount;
  /** Why calls were refused or failed, and how often. */
  readonly reasons: { readonly [name in RefusalName]?: number };
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
  others(): { readonly [name in RefusalName]?: number };
}

export interface Totals {
  readonly answered: number;
  readonly refused: number;
  readonly failed: number;
  readonly earned: Amount;
  readonly wrongTallies: number;
}

interface Counts {
  answered: number;
  failed: number;
  earned: Amount;
  reasons: { [name in RefusalName]?: number };
}

export function createTraffic(names: Iterable<string>): Traffic {
  const functions = new Map<string, Counts>();
  for (const name of names) functions.set(name, { answered: 0, failed: 0, earned: 0n, reasons: {} });
  const others: Counts['reasons'] = {};
  let refusals = 0;
  let wrongTallies = 0;
  const count = (reasons: Counts['reasons'], name: RefusalName): void => {
    reasons[name] = (reasons[name] ?? 0) + 1;
  };

  return {
    answered(fn, cost) {
      const counts = functions.get(fn);
      if (counts === undefined) return;
      counts.answered++;
      counts.earned += cost;
    },
    failed(fn, name) {
      const counts = functions.get(fn);
      if (counts === undefined) return;
      counts.failed++;
      count(counts.reasons, name);
    },
    refused(fn, name) {
      refusals++;
      count(functions.get(fn ?? '')?.reasons ?? others, name);
    },
    wrongTally() {
      wrongTallies++;
    },
    functions: () =>
      Object.fromEntries(
        [...functions].map(([fn, counts]) => [fn, { ...counts, reasons: { ...counts.reasons } }]),
      ),
    totals() {
      const sums = { answered: 0, failed: 0, earned: 0n };
      for (const { answered, failed, earned } of functions.values()) {
        sums.answered += answered;
        sums.failed += failed;
        sums.earned += earned;
      }
      return { ...sums, refused: refusals, wrongTallies };
    },
    others: () => ({ ...others }),
  };
}
