/** Who voted at which recent height: what evidence of the past is judged by. One row per epoch, a bounded number. */
import type { Account } from '../../consensus/interface/index.ts';
import type { ValidatorSet } from '../format/entities.ts';
import type { Draft, StateReader } from '../state/index.ts';
import type { BlockContext } from './context.ts';
import type { Parameters } from './parameters.ts';
import { seats } from './tables.ts';

/** A decision of block h holds from h + 2 on (ordering.md). */
export const VALIDATOR_DELAY = 2;

const accountsOf = (validators: ValidatorSet): Account[] => validators.map(({ validator }) => validator);

/** At the genesis: its validators vote from the first block on. */
export const seatFirst = (draft: Draft, validators: ValidatorSet): void =>
  seats.put(draft, { startHeight: 1, fromHeight: 1, validators: accountsOf(validators) }, 0);

/**
 * In the first block of an epoch: writes down whom it elected, and forgets the epoch that no evidence can need any
 * more. With epochs of one block those who vote in one were elected {@link VALIDATOR_DELAY} epochs before.
 */
export function seat({ draft, block, epoch, parameters }: BlockContext, elected: ValidatorSet): void {
  const { number } = epoch;
  const { height } = block;
  const row = { startHeight: height, fromHeight: height + VALIDATOR_DELAY, validators: accountsOf(elected) };
  seats.put(draft, row, number);
  const old = oldestSeats(number, parameters) - 1;
  if (old >= 0) seats.delete(draft, old);
}

/** The first epoch that evidence can still need in epoch `number`. */
export const oldestSeats = (number: number, { unstakeEpochs }: Pick<Parameters, 'unstakeEpochs'>): number =>
  number - unstakeEpochs - VALIDATOR_DELAY;

export interface Sitting {
  /** Of the height. */
  readonly epoch: number;
  /** Who voted at the height. */
  readonly validators: readonly Account[];
}

/** Of a past height; `epoch` is one at or after it, from where the search goes back. undefined: forgotten. */
export function sittingAt(state: StateReader, height: number, epoch: number): Sitting | undefined {
  let found: number | undefined;
  for (let number = epoch; number >= 0; number--) {
    const row = seats.get(state, number);
    // The epoch of the next block has no row before that block.
    if (row === undefined && number === epoch) continue;
    if (row === undefined) return undefined;
    if (found === undefined && row.startHeight <= height) found = number;
    if (found !== undefined && row.fromHeight <= height) return { epoch: found, validators: row.validators };
  }
  return undefined;
}
