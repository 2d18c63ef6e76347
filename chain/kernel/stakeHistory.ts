/** What somebody's stake on a validator was when an epoch began: what votes on proposals of that epoch weigh. */
import type { Account, Amount } from '../../consensus/interface/index.ts';
import { MAX_VOTING_EPOCHS } from '../format/limits.ts';
import type { Draft, StateReader } from '../state/index.ts';
import { getEpoch, getStake } from './getters.ts';
import { stakeHistories, stakeHistoriesByEpoch } from './tables.ts';

/** Most rows that one block forgets; the next blocks go on. */
const PRUNED_PER_BLOCK = 500;

/** Before it changes: the first change in an epoch writes down what was before, so that nothing is ever copied. */
export function keepStake(draft: Draft, validator: Account, staker: Account, before: Amount): void {
  const epoch = getEpoch(draft).number;
  const history = stakeHistories.get(draft, validator, staker) ?? [];
  const newest = history.at(-1)?.epoch;
  if (newest === epoch) return;
  if (newest !== undefined) stakeHistoriesByEpoch.delete(draft, newest, validator, staker);
  const oldest = oldestVotable(epoch);
  const kept = history.filter(entry => entry.epoch >= oldest);
  stakeHistories.put(draft, [...kept, { epoch, amount: before }], validator, staker);
  stakeHistoriesByEpoch.put(draft, true, epoch, validator, staker);
}

/** Stake on a validator when an epoch began that proposals with open votes can be of. */
export function stakeAtStart(state: StateReader, validator: Account, staker: Account, epoch: number): Amount {
  const history = stakeHistories.get(state, validator, staker) ?? [];
  // It changed first in that epoch or after it: until then it was what it had been at the epoch's start.
  const changed = history.find(entry => entry.epoch >= epoch);
  return changed?.amount ?? getStake(state, staker, { kind: 'validator', validator })?.amount ?? 0n;
}

/** Forgets what no vote can ask for any more. */
export function pruneStakeHistories(draft: Draft): void {
  const oldest = oldestVotable(getEpoch(draft).number);
  for (const [[newest, validator, staker]] of stakeHistoriesByEpoch.scan(draft, [], {
    limit: PRUNED_PER_BLOCK,
  })) {
    if (newest >= oldest) return;
    stakeHistoriesByEpoch.delete(draft, newest, validator, staker);
    stakeHistories.delete(draft, validator, staker);
  }
}

/** Epoch of the oldest proposal that can be open. */
const oldestVotable = (epoch: number): number => epoch - MAX_VOTING_EPOCHS;
