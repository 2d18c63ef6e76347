/**
 * Defects, each applied from outside to the real core. The simulator must find every one of them: that is the proof
 * that it can fail.
 */

import type { SignRecord } from '../../../node/ordering/tendermint/record.ts';
import { hasPolka } from '../../../node/ordering/tendermint/rounds.ts';
import {
  decide,
  openProposal,
  prevoteAgain,
  prevoteFor,
  prevoteFresh,
  propose,
  RULES,
  type Rule,
  skipRound,
} from '../../../node/ordering/tendermint/rules.ts';
import type { HeightState } from '../../../node/ordering/tendermint/state.ts';
import type { Effect, TimerName } from '../../../node/ordering/tendermint/types.ts';

export interface Mutant {
  readonly name: string;
  readonly rules?: readonly Rule[];
  /** Changes a state that has just been opened. */
  readonly opened?: (state: HeightState) => void;
  /** Changes the state after each step. */
  readonly stepped?: (state: HeightState) => void;
  readonly effects?: (effects: Effect[]) => Effect[];
  /** Signatures in certificates are not verified. */
  readonly trusting?: boolean;
}

/** The core as it is. */
export const SOUND: Mutant = { name: 'none' };

const replaced = (rule: Rule, by: Rule): readonly Rule[] => RULES.map(other => (other === rule ? by : other));
const without = (rule: Rule): readonly Rule[] => RULES.filter(other => other !== rule);

const withRecord = (change: (record: SignRecord) => SignRecord) => (effects: Effect[]) =>
  effects.map(effect => (effect.kind === 'persist' ? { ...effect, record: change(effect.record) } : effect));

const withoutTimer = (timer: TimerName) => (effects: Effect[]) =>
  effects.filter(effect => effect.kind !== 'timer' || effect.timer !== timer);

/** L22 and L28 without a look at the lock. */
const freshUnlocked: Rule = (state, wishes) => {
  const proposal = openProposal(state);
  if (proposal === null || proposal.validRound !== null) return false;
  return prevoteFor(state, wishes, proposal.blockHash, true);
};

const againUnlocked: Rule = (state, wishes) => {
  const proposal = openProposal(state);
  if (proposal === null || proposal.validRound === null || proposal.validRound >= state.round) return false;
  if (!hasPolka(state, proposal.validRound, proposal.blockHash)) return false;
  return prevoteFor(state, wishes, proposal.blockHash, true);
};

/** L28 believes in `validRound` without its polka. */
const againUnproved: Rule = (state, wishes) => {
  const proposal = openProposal(state);
  if (proposal === null || proposal.validRound === null || proposal.validRound >= state.round) return false;
  const { locked } = state;
  const free =
    locked === null || locked.round <= proposal.validRound || locked.blockHash === proposal.blockHash;
  return prevoteFor(state, wishes, proposal.blockHash, free);
};

/** L16 never proposes the valid value again. */
const proposeFresh: Rule = (state, wishes) => {
  const { valid } = state;
  state.valid = null;
  const acted = propose(state, wishes);
  state.valid = valid;
  return acted;
};

/** L49 on prevotes. */
const decideOnPolka: Rule = (state, wishes) => {
  const saved = new Map([...state.rounds].map(([round, table]) => [round, table.precommit]));
  for (const table of state.rounds.values()) Object.assign(table, { precommit: table.prevote });
  const acted = decide(state, wishes);
  for (const [round, table] of state.rounds) Object.assign(table, { precommit: saved.get(round) });
  return acted;
};

export const MUTANTS: readonly Mutant[] = [
  { name: 'no-lock-in-L22', rules: replaced(prevoteFresh, freshUnlocked) },
  { name: 'no-lock-in-L28', rules: replaced(prevoteAgain, againUnlocked) },
  {
    name: 'no-lock-set',
    stepped: state => {
      state.locked = null;
    },
  },
  { name: 'no-polka-check', rules: replaced(prevoteAgain, againUnproved) },
  { name: 'no-valid-value', rules: replaced(propose, proposeFresh) },
  { name: 'decide-on-polka', rules: replaced(decide, decideOnPolka) },
  { name: 'no-round-skip', rules: without(skipRound) },
  {
    name: 'no-round-proof',
    stepped: state => {
      state.roundProof = [];
    },
  },
  {
    name: 'small-quorum',
    opened: state => {
      state.quorum -= Math.min(...state.powers.values());
    },
  },
  { name: 'trusting-certificates', trusting: true },
  { name: 'no-persist', effects: effects => effects.filter(effect => effect.kind !== 'persist') },
  {
    name: 'persist-after-send',
    effects: effects => [
      ...effects.filter(effect => effect.kind === 'send'),
      ...effects.filter(effect => effect.kind !== 'send'),
    ],
  },
  {
    name: 'decide-before-send',
    effects: effects => [
      ...effects.filter(effect => effect.kind === 'decide'),
      ...effects.filter(effect => effect.kind !== 'decide'),
    ],
  },
  { name: 'no-persisted-lock', effects: withRecord(record => ({ ...record, locked: null })) },
  { name: 'no-persisted-polka', effects: withRecord(record => ({ ...record, polka: null })) },
  {
    name: 'forgotten-votes',
    effects: withRecord(record => ({ ...record, step: 'propose', prevote: null, precommit: null })),
  },
  {
    name: 'forgotten-proposal',
    effects: withRecord(record => ({ ...record, step: 'propose', proposal: null })),
  },
  { name: 'no-propose-timer', effects: withoutTimer('propose') },
  { name: 'no-prevote-timer', effects: withoutTimer('prevote') },
  { name: 'no-precommit-timer', effects: withoutTimer('precommit') },
  { name: 'no-retransmission', effects: withoutTimer('retransmit') },
  {
    name: 'polka-kept-back',
    effects: effects =>
      effects
        .filter(effect => effect.kind !== 'send' || effect.message.kind !== 'polka')
        .map(effect =>
          effect.kind === 'send' && effect.message.kind === 'proposal'
            ? { ...effect, message: { ...effect.message, polka: null } }
            : effect,
        ),
  },
];
