/** Terms that settlement needs, stamped with the epochs in which they hold (spec section 3). */
import type { Amount, ModuleView } from '../../consensus/interface/index.ts';
import { chainError } from '../errors.ts';
import type { Module } from '../format/entities.ts';
import type { StateReader } from '../state/index.ts';
import { getEpoch, getParameters, listConsensus } from './getters.ts';

interface Stamped {
  readonly fromEpoch: number;
}

/** As many stamped values as the codec of a module holds. */
const MAX_STAMPED = 64;

/**
 * The oldest epoch whose terms can still be asked for. During epoch e claims for e - grace and later are accepted,
 * and the close of e settles them; a close that is late keeps its terms.
 */
export function horizon(state: StateReader): number {
  const late = listConsensus(state).flatMap(({ closing }) => closing.slice(0, 1));
  return Math.min(getEpoch(state).number, ...late) - getParameters(state).graceEpochs;
}

/** The value that holds in an epoch: the newest one from that epoch or before. */
export const termsAt = <T extends Stamped>(stamped: readonly T[], epoch: number): T | undefined =>
  stamped.findLast(({ fromEpoch }) => fromEpoch <= epoch);

/** Adds a value, in place of an earlier one for the same epoch, and drops those that nobody can ask for any more. */
export function stamp<T extends Stamped>(
  stamped: readonly T[],
  value: T,
  oldest: number,
  module: number,
): readonly T[] {
  const all = [...stamped.filter(({ fromEpoch }) => fromEpoch !== value.fromEpoch), value];
  const needed = all.filter((_, index) => (all[index + 1]?.fromEpoch ?? Number.POSITIVE_INFINITY) > oldest);
  if (needed.length > MAX_STAMPED) throw chainError('TOO_MANY_CHANGES', { module });
  return needed;
}

/** Price of a call of `fn` in an epoch; undefined where it had none. */
export const priceAt = (module: Module, fn: string, epoch: number): Amount | undefined =>
  termsAt(module.prices, epoch)?.prices.find(price => price.fn === fn)?.price;

/** A module as it was in an epoch; undefined before it was registered. */
export function moduleAt(module: Module, epoch: number): ModuleView | undefined {
  const binding = termsAt(module.bindings, epoch);
  if (epoch < module.registeredEpoch || binding === undefined) return undefined;
  return {
    id: module.id,
    account: module.account,
    alias: module.alias,
    consensus: binding.consensus,
    retired: isRetired(module, epoch),
  };
}

export const isRetired = (module: Module, epoch: number): boolean =>
  module.retiredEpoch !== null && module.retiredEpoch <= epoch;
