/** What one step wants done. Rules add to it in any order; it comes out in the order that is safe. */
import { type HeightState, recordOf } from './state.ts';
import type { CoreMessage, Effect, Evidence, TimerName, Value } from './types.ts';

export interface Wishes {
  /** Something changed that a crash must not take away. */
  persist: boolean;
  readonly timers: { readonly timer: TimerName; readonly round: number }[];
  readonly evidence: Evidence[];
  /** Round for which a block is wanted from the application. */
  proposeValue: number | null;
  readonly validate: Value[];
  readonly sends: CoreMessage[];
  decide: Extract<Effect, { kind: 'decide' }> | null;
}

export const newWishes = (): Wishes => ({
  persist: false,
  timers: [],
  evidence: [],
  proposeValue: null,
  validate: [],
  sends: [],
  decide: null,
});

/** The record first: nothing that it justifies may leave before it is on disk. The decision last. */
export function effectsOf(state: HeightState, wishes: Wishes): Effect[] {
  const { height, signer } = state.options;
  const effects: Effect[] = [];
  if (wishes.persist && signer !== null)
    effects.push({ kind: 'persist', record: recordOf(state, signer.validator) });
  for (const { timer, round } of wishes.timers) effects.push({ kind: 'timer', height, round, timer });
  for (const evidence of wishes.evidence) effects.push({ kind: 'evidence', evidence });
  if (wishes.proposeValue !== null)
    effects.push({ kind: 'propose-value', height, round: wishes.proposeValue });
  for (const value of wishes.validate) effects.push({ kind: 'validate', height, value });
  for (const message of wishes.sends) effects.push({ kind: 'send', message });
  if (wishes.decide !== null) effects.push(wishes.decide);
  return effects;
}
