import type { Account, Amount } from '../../../consensus/interface/index.ts';
import type { Stake } from '../../format/entities.ts';
import type { Draft, State } from '../../state/index.ts';
import { getEpoch } from '../getters.ts';
import { credit } from '../money.ts';
import { rank } from '../stakeRows.ts';
import { candidates, stakes, stakesByStaker, stakeTotals } from '../tables.ts';

const MODULE = 0;
const VALIDATOR = 1;
type Target = readonly [kind: number, id: `0x${string}`];

/**
 * Stake on modules comes as it is. What validators staked on themselves stays that of this chain; stake of others on
 * them comes along, and on validators that are not here it becomes free money of those who staked, thawing or not.
 */
export function loadStakes(base: State, source: Draft, draft: Draft): void {
  for (const [[kind, id, staker], stake] of stakes.scan(source, [MODULE]))
    putRow(draft, [kind, id], staker, stake);
  for (const [[kind, id], total] of stakeTotals.scan(source, [MODULE]))
    stakeTotals.put(draft, total, kind, id);
  const { number } = getEpoch(source);
  const totals = keepOwn(base, draft);
  for (const [[kind, id, staker], stake] of stakes.scan(source, [VALIDATOR])) {
    if (id === staker) continue;
    const total = totals.get(id) ?? 0n;
    if (total === 0n) credit(draft, staker, allOf(stake));
    else {
      putRow(draft, [kind, id], staker, stake);
      totals.set(id, total + stake.amount);
    }
  }
  for (const [id, amount] of totals) {
    stakeTotals.put(draft, { amount, epoch: number, atStart: amount }, VALIDATOR, id);
    if (amount > 0n) candidates.put(draft, true, rank(amount), id);
  }
}

/** The stake of validators on themselves. Answers with what counts of it. */
function keepOwn(base: State, draft: Draft): Map<Account, Amount> {
  const totals = new Map<Account, Amount>();
  for (const [[kind, id, staker], stake] of stakes.scan(base, [VALIDATOR])) {
    if (id !== staker) continue;
    putRow(draft, [kind, id], staker, stake);
    totals.set(id, stake.amount);
  }
  return totals;
}

function putRow(draft: Draft, [kind, id]: Target, staker: Account, stake: Stake): void {
  stakes.put(draft, stake, kind, id, staker);
  stakesByStaker.put(draft, true, staker, kind, id);
}

const allOf = ({ amount, thawing }: Stake): Amount =>
  thawing.reduce((sum, entry) => sum + entry.amount, amount);
