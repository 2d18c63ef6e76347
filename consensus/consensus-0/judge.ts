/** Judging one row of a claim (spec section 5): what of it is right, and how much it pays. */
import type { Account, Amount } from '../interface/index.ts';
import { addCounts, smaller } from './amount.ts';
import type { CallTerms, ClaimedCall, ClaimRow, RowStatus } from './format.ts';

/** What the row is judged by. */
export interface RowFacts {
  readonly server: Account;
  readonly epoch: number;
  readonly terms: readonly CallTerms[];
  /** Whether the client signed the header; one per receipt. */
  readonly verified: readonly boolean[];
  /** Highest nonce of this epoch, server and client that was paid before; 0 for none. */
  readonly lastClaimed: number;
  /** Price of a function in that epoch; undefined for one without a price. */
  readonly price: (fn: string) => Amount | undefined;
  /** What the reserve holds beyond debts already accepted. */
  readonly available: Amount;
}

export interface Verdict {
  readonly status: RowStatus;
  /** Calls that were paid, the last one perhaps in part. */
  readonly calls: number;
  readonly amount: Amount;
  /** Highest nonce that is settled by this row; 0 if it pays nothing. */
  readonly claimed: number;
}

/** One thing that a row asks money for: a tally, or a call. */
interface Debt {
  readonly calls: number;
  readonly amount: Amount;
  readonly upTo: number;
}

/**
 * The first of these problems, over the whole row, is its status: BAD_SIGNATURE (what nobody signed says nothing),
 * WRONG_SERVER, WRONG_EPOCH, NOT_ASCENDING, REPLAY, OVER_MAX, OVER_PRICE, INSUFFICIENT.
 *
 * A row with any of them but INSUFFICIENT pays nothing and settles no nonce, so the server can leave out what was
 * wrong and claim again within the grace. Paying the good part of such a row would need a second status for the rest.
 * INSUFFICIENT pays in nonce order, the last debt perhaps in part, until the reserve is empty. What got nothing stays
 * claimable, so a client that tops up within the grace can still be settled.
 */
export function judgeRow(row: ClaimRow, facts: RowFacts): Verdict {
  const debts = debtsOf(row, facts.terms);
  const problem = problemOf(row, debts, facts);
  if (problem !== undefined) return { status: problem, calls: 0, amount: 0n, claimed: 0 };
  return pay(debts, facts.available);
}

function problemOf(row: ClaimRow, debts: readonly Debt[], facts: RowFacts): RowStatus | undefined {
  const { receipts } = row;
  const termsOf = (call: ClaimedCall) => facts.terms[call.terms];
  const names = <T>(expected: T, named: (terms: CallTerms) => T | null) =>
    receipts.every(call => {
      const terms = termsOf(call);
      return terms !== undefined && (named(terms) ?? expected) === expected;
    });

  if (!receipts.every((_, index) => facts.verified[index] === true)) return 'BAD_SIGNATURE';
  if (!names(facts.server, terms => terms.server)) return 'WRONG_SERVER';
  if (!names(facts.epoch, terms => terms.epoch)) return 'WRONG_EPOCH';

  if (!ascending(row, debts)) return 'NOT_ASCENDING';
  if (debts.length > 0 && lowestNonce(row, debts) <= facts.lastClaimed) return 'REPLAY';

  for (const call of receipts) {
    const terms = termsOf(call);
    if (terms !== undefined && costOf(call, terms) > terms.maxUsage) return 'OVER_MAX';
  }
  for (const call of receipts) {
    const terms = termsOf(call);
    if (terms !== undefined && costOf(call, terms) > (facts.price(terms.fn) ?? 0n)) return 'OVER_PRICE';
  }
  return undefined;
}

const costOf = (call: ClaimedCall, terms: CallTerms): Amount => call.cost ?? terms.maxUsage;

/** The tally first, then each call that cost something. What costs nothing needs no order and settles nothing. */
function debtsOf({ tally, receipts }: ClaimRow, terms: readonly CallTerms[]): Debt[] {
  const debts: Debt[] = [];
  const total = tally === null ? null : receipts[tally]?.tally;
  if (total && total.total > 0n) debts.push({ calls: total.count, amount: total.total, upTo: total.nonce });
  for (const call of receipts) {
    const common = terms[call.terms];
    const amount = common === undefined ? 0n : costOf(call, common);
    if (amount > 0n) debts.push({ calls: 1, amount, upTo: call.nonce });
  }
  return debts;
}

/** Nonces start at 1 and never repeat, so a tally cannot count more calls than its nonce. */
function ascending({ tally, receipts }: ClaimRow, debts: readonly Debt[]): boolean {
  const total = tally === null ? null : receipts[tally]?.tally;
  if (total && total.count > total.nonce) return false;
  return debts.every((debt, index) => debt.upTo > (debts[index - 1]?.upTo ?? 0));
}

/** A tally covers every nonce from 1. */
function lowestNonce({ tally }: ClaimRow, debts: readonly Debt[]): number {
  return tally === null ? (debts[0]?.upTo ?? 0) : 1;
}

function pay(debts: readonly Debt[], available: Amount): Verdict {
  let amount = 0n;
  let calls = 0;
  let claimed = 0;
  for (const debt of debts) {
    const left = available - amount;
    if (left === 0n) return { status: 'INSUFFICIENT', calls, amount, claimed };
    const part = smaller(debt.amount, left);
    amount += part;
    calls = addCounts(calls, debt.calls);
    claimed = debt.upTo;
    if (part < debt.amount) return { status: 'INSUFFICIENT', calls, amount, claimed };
  }
  return { status: 'OK', calls, amount, claimed };
}
