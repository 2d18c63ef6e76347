import type { Account } from '../../consensus/interface/index.ts';
import type { ChainEvent } from '../format/block.ts';
import type { ValidatorSet } from '../format/entities.ts';
import { LIMITS, TOKEN } from '../format/limits.ts';
import type { StateReader } from '../state/index.ts';
import type { BlockContext } from './context.ts';
import { kernelEvent } from './events.ts';
import { getStake, getValidators, listCandidates } from './getters.ts';
import { seat, VALIDATOR_DELAY } from './seats.ts';
import { validatorSets } from './tables.ts';

/**
 * Moves the sets on by one height: who voted, who votes next, who votes after that. `elected` comes in when an epoch
 * starts.
 */
export function rotateValidators({ draft }: BlockContext, elected: ValidatorSet): void {
  validatorSets.put(draft, getValidators(draft, 1), 0);
  validatorSets.put(draft, getValidators(draft, 2), 1);
  validatorSets.put(draft, elected, 2);
}

/** In the first block of an epoch. */
export function elect(context: BlockContext, events: ChainEvent[]): ValidatorSet {
  const elected = choose(context, events);
  seat(context, elected);
  return elected;
}

/**
 * The candidates with the most stake who have some of their own in it: it is what a double-signing burns. Without any
 * the old set goes on, as a chain without voters is dead.
 */
function choose({ draft, block, epoch }: BlockContext, events: ChainEvent[]): ValidatorSet {
  const old = getValidators(draft, 2);
  const elected = powers(
    listCandidates(draft, LIMITS.validators).filter(({ validator }) => hasOwnStake(draft, validator)),
  );
  if (elected.length === 0) {
    events.push(kernelEvent('ValidatorsKept', { epoch: epoch.number }));
    return old;
  }
  if (!isSame(old, elected))
    events.push(
      kernelEvent('ValidatorsChanged', { fromHeight: block.height + VALIDATOR_DELAY, validators: elected }),
    );
  return elected;
}

const hasOwnStake = (draft: StateReader, validator: Account): boolean =>
  (getStake(draft, validator, { kind: 'validator', validator })?.amount ?? 0n) > 0n;

/** Power is whole tokens; ascending by validator. */
export function powers(
  staked: readonly { readonly validator: `0x${string}`; readonly stake: bigint }[],
): ValidatorSet {
  return staked
    .map(({ validator, stake }) => ({ validator, power: Number(stake / TOKEN) }))
    .filter(({ power }) => power > 0)
    .sort((a, b) => (a.validator < b.validator ? -1 : 1));
}

const isSame = (a: ValidatorSet, b: ValidatorSet): boolean =>
  a.length === b.length &&
  a.every(({ validator, power }, index) => b[index]?.validator === validator && b[index]?.power === power);
