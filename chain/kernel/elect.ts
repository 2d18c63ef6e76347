import type { ChainEvent } from '../format/block.ts';
import type { ValidatorSet } from '../format/entities.ts';
import { LIMITS, TOKEN } from '../format/limits.ts';
import type { BlockContext } from './context.ts';
import { kernelEvent } from './events.ts';
import { getValidators, listCandidates } from './getters.ts';
import { validatorSets } from './tables.ts';

/** A decision of block h holds from h + 2 on (ordering.md). */
const DELAY = 2;

/**
 * Moves the sets on by one height: who voted, who votes next, who votes after that. `elected` comes in when an epoch
 * starts.
 */
export function rotateValidators({ draft }: BlockContext, elected: ValidatorSet): void {
  validatorSets.put(draft, getValidators(draft, 1), 0);
  validatorSets.put(draft, getValidators(draft, 2), 1);
  validatorSets.put(draft, elected, 2);
}

/** The candidates with the most stake; without any the old set goes on, as a chain without voters is dead. */
export function elect({ draft, block, epoch }: BlockContext, events: ChainEvent[]): ValidatorSet {
  const old = getValidators(draft, 2);
  const elected = powers(listCandidates(draft, LIMITS.validators));
  if (elected.length === 0) {
    events.push(kernelEvent('ValidatorsKept', { epoch: epoch.number }));
    return old;
  }
  if (!isSame(old, elected))
    events.push(kernelEvent('ValidatorsChanged', { fromHeight: block.height + DELAY, validators: elected }));
  return elected;
}

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
