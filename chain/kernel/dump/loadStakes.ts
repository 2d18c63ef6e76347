import type { Account, Amount } from '../../../consensus/interface/index.ts';
import { chainError } from '../../errors.ts';
import type { Stake } from '../../format/entities.ts';
import type { Draft, State, StateReader } from '../../state/index.ts';
import type { BlockContext } from '../context.ts';
import { getEpoch } from '../getters.ts';
import { credit, MAX_AMOUNT } from '../money.ts';
import { rank } from '../stakeRows.ts';
import { candidates, stakes, stakesByStaker, stakeTotals } from '../tables.ts';
import { epochOf } from '../turnEpoch.ts';

const MODULE = 0;
const VALIDATOR = 1;
type Loading = Pick<BlockContext, 'base' | 'block'>;
type Target = readonly [kind: number, id: `0x${string}`];

/**
 * Stake on modules comes as it is. What validators staked on themselves stays that of this chain; stake of others on
 * them comes along, and on validators that are not here it becomes free money of those who staked, thawing or not.
 */
export function loadStakes({ base, block }: Loading, source: StateReader, draft: Draft): void {
  for (const [[kind, id, staker], stake] of stakes.scan(source, [MODULE]))
    putRow(draft, [kind, id], staker, stake);
  for (const [[kind, id], total] of stakeTotals.scan(source, [MODULE]))
    stakeTotals.put(draft, total, kind, id);
  const { number } = getEpoch(source);
  const shift = number - epochOf(getEpoch(base), block.height, block.time).number;
  const totals = keepOwn(base, draft, shift);
  for (const [[kind, id, staker], stake] of stakes.scan(source, [VALIDATOR])) {
    if (id === staker) continue;
    const total = totals.get(id) ?? 0n;
    if (total === 0n) credit(draft, staker, allOf(stake));
    else {
      if (total + stake.amount > MAX_AMOUNT) throw chainError('SUPPLY_OVERFLOW');
      putRow(draft, [kind, id], staker, stake);
      totals.set(id, total + stake.amount);
    }
  }
  for (const [id, amount] of totals) {
    stakeTotals.put(draft, { amount, epoch: number, atStart: amount }, VALIDATOR, id);
    if (amount > 0n) candidates.put(draft, true, rank(amount), id);
  }
}

/** The stake of validators on themselves, which thaws as long as it had to. Answers with what counts of it. */
function keepOwn(base: State, draft: Draft, shift: number): Map<Account, Amount> {
  const totals = new Map<Account, Amount>();
  for (const [[kind, id, staker], stake] of stakes.scan(base, [VALIDATOR])) {
    if (id !== staker) continue;
    const thawing = shifted(stake.thawing, shift);
    putRow(draft, [kind, id], staker, { ...stake, thawing });
    totals.set(id, stake.amount);
  }
  return totals;
}

/** Epochs have other numbers now; there is none before the first. */
function shifted(thawing: Stake['thawing'], shift: number): Stake['thawing'] {
  const byEpoch = new Map<number, Amount>();
  for (const { amount, epoch } of thawing) {
    const at = Math.max(0, epoch + shift);
    byEpoch.set(at, (byEpoch.get(at) ?? 0n) + amount);
  }
  return Array.from(byEpoch, ([epoch, amount]) => ({ amount, epoch }));
}

function putRow(draft: Draft, [kind, id]: Target, staker: Account, stake: Stake): void {
  stakes.put(draft, stake, kind, id, staker);
  stakesByStaker.put(draft, true, staker, kind, id);
}

const allOf = ({ amount, thawing }: Stake): Amount =>
  thawing.reduce((sum, entry) => sum + entry.amount, amount);
