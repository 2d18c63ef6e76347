/**
 * Defects, each applied from outside to the real core. The simulator must find every one of them: that is the proof
 * that it can fail. Defects of the rules themselves are in `mutantRules.ts`.
 */
import type { SignRecord } from '../../../node/ordering/tendermint/record.ts';
import {
  decide,
  prevoteAgain,
  prevoteFresh,
  propose,
  RULES,
  type Rule,
  skipRound,
  takeLatePolka,
  takePolka,
  timePrecommits,
  timePrevotes,
} from '../../../node/ordering/tendermint/rules.ts';
import type { HeightState } from '../../../node/ordering/tendermint/state.ts';
import type { CoreMessage, Effect, Input, TimerName } from '../../../node/ordering/tendermint/types.ts';
import {
  againUnlocked,
  againUnproved,
  decideNow,
  decideOnPolka,
  freshUnlocked,
  lockedRoundForgotten,
  moody,
  onlyWhilePrevoting,
  proposeFresh,
  skipOnOne,
  unlessNil,
} from './mutantRules.ts';

export interface Mutant {
  readonly name: string;
  readonly rules?: readonly Rule[];
  /** Changes a state that has just been opened. */
  readonly opened?: (state: HeightState) => void;
  /** Changes the state after each step. */
  readonly stepped?: (state: HeightState) => void;
  /** Changes what the core is told; null: nothing. */
  readonly input?: (input: Input, state: HeightState) => Input | null;
  readonly effects?: (effects: Effect[], state: HeightState, input: Input) => Effect[];
  /** Changes the record that a process finds when it starts at a height. */
  readonly loaded?: (record: SignRecord | null, height: number) => SignRecord | null;
  /** Whose votes count: the set of one height before or after the right one. */
  readonly electorate?: 'current' | 'afterNext';
  /** Signatures in certificates are not verified. */
  readonly trusting?: boolean;
  /** Blocks are not executed before they are voted for. */
  readonly credulous?: boolean;
  /** A validator that starts again waits to be told. */
  readonly sleepy?: boolean;
}

/** The core as it is. */
export const SOUND: Mutant = { name: 'none' };

const replaced = (rule: Rule, by: Rule): readonly Rule[] => RULES.map(other => (other === rule ? by : other));
const without = (rule: Rule): readonly Rule[] => RULES.filter(other => other !== rule);

const withRecord = (change: (record: SignRecord) => SignRecord) => (effects: Effect[]) =>
  effects.map(effect => (effect.kind === 'persist' ? { ...effect, record: change(effect.record) } : effect));

const withoutTimer = (timer: TimerName) => (effects: Effect[]) =>
  effects.filter(effect => effect.kind !== 'timer' || effect.timer !== timer);

const first =
  (kind: Effect['kind']) =>
  (effects: Effect[]): Effect[] => [
    ...effects.filter(effect => effect.kind === kind),
    ...effects.filter(effect => effect.kind !== kind),
  ];

/** Sends changed or left out. */
const withMessages =
  (change: (message: CoreMessage) => CoreMessage | null) =>
  (effects: Effect[]): Effect[] =>
    effects.flatMap((effect): Effect[] => {
      if (effect.kind !== 'send') return [effect];
      const message = change(effect.message);
      return message === null ? [] : [{ ...effect, message }];
    });

const withoutPolka = (message: CoreMessage): CoreMessage | null =>
  message.kind === 'polka' ? null : message.kind === 'proposal' ? { ...message, polka: null } : message;

/** A vote that comes again counts again. */
function countAgain(input: Input, state: HeightState): Input {
  if (input.kind !== 'vote') return input;
  const { kind, round, blockHash, validator } = input.vote;
  const tally = state.rounds.get(round)?.[kind].byBlock.get(blockHash);
  if (tally?.votes.has(validator) === true) tally.power += state.powers.get(validator) ?? 0;
  return input;
}

/** Votes in a certificate count only if they are their authors' first. */
function onlyFirstVotes(input: Input, state: HeightState): Input {
  if (input.kind !== 'certificate') return input;
  const { round, blockHash, signatures } = input.certificate;
  const known = state.rounds.get(round)?.[input.of].first;
  const agreed = signatures.filter(
    ({ validator }) => (known?.get(validator)?.blockHash ?? blockHash) === blockHash,
  );
  return { ...input, certificate: { ...input.certificate, signatures: agreed } };
}

/** Certificates of prevotes for earlier rounds are thrown away. */
function onlyFreshPolkas(input: Input, state: HeightState): Input | null {
  if (input.kind === 'certificate' && input.of === 'prevote' && input.certificate.round < state.round)
    return null;
  return input.kind === 'proposal' ? { ...input, polka: null } : input;
}

/** Takes a vote for another round, or of the other kind, as a contradiction. */
function accusesTheHonest(effects: Effect[], state: HeightState, input: Input): Effect[] {
  if (input.kind !== 'vote') return effects;
  const { vote } = input;
  const earlier = state.rounds.get(vote.round - 1)?.[vote.kind].first.get(vote.validator);
  if (earlier === undefined || earlier.blockHash === vote.blockHash) return effects;
  return [...effects, { kind: 'evidence', evidence: { kind: 'vote', first: earlier, second: vote } }];
}

function countHeads(state: HeightState): void {
  const heads = new Map([...state.powers.keys()].map(validator => [validator, 1]));
  const quorum = Math.floor((heads.size * 2) / 3) + 1;
  Object.assign(state, { powers: heads, quorum, oneHonest: Math.floor(heads.size / 3) + 1 });
}

export const MUTANTS: readonly Mutant[] = [
  // The lock, and what frees of it.
  { name: 'no-lock-in-L22', rules: replaced(prevoteFresh, freshUnlocked) },
  { name: 'no-lock-in-L28', rules: replaced(prevoteAgain, againUnlocked) },
  {
    name: 'no-lock-set',
    stepped: state => {
      state.locked = null;
    },
  },
  { name: 'no-polka-check', rules: replaced(prevoteAgain, againUnproved) },
  { name: 'locked-round-ignored', rules: replaced(prevoteAgain, lockedRoundForgotten) },
  { name: 'no-valid-value', rules: replaced(propose, proposeFresh) },
  { name: 'no-persisted-lock', effects: withRecord(record => ({ ...record, locked: null })) },
  { name: 'no-persisted-polka', effects: withRecord(record => ({ ...record, polka: null })) },
  { name: 'polka-kept-back', effects: withMessages(withoutPolka) },
  { name: 'late-polka-ignored', input: onlyFreshPolkas },
  { name: 'late-polka-not-valid', rules: without(takeLatePolka) },
  // Quorums.
  {
    name: 'small-quorum',
    opened: state => {
      state.quorum -= Math.min(...state.powers.values());
    },
  },
  {
    name: 'large-quorum',
    opened: state => {
      state.quorum = [...state.powers.values()].reduce((sum, power) => sum + power, 0);
    },
  },
  { name: 'weights-ignored', opened: countHeads },
  { name: 'decide-on-polka', rules: replaced(decide, decideOnPolka) },
  { name: 'repeated-votes-count', input: countAgain },
  { name: 'first-votes-only', input: onlyFirstVotes },
  { name: 'trusting-certificates', trusting: true },
  { name: 'blocks-not-executed', credulous: true },
  { name: 'set-change-early', electorate: 'afterNext' },
  { name: 'set-change-late', electorate: 'current' },
  // Thresholds that work on an edge only.
  { name: 'decide-this-round-only', rules: replaced(decide, decideNow) },
  {
    name: 'polka-in-its-step-only',
    rules: without(takeLatePolka).map(rule => (rule === takePolka ? onlyWhilePrevoting : rule)),
  },
  { name: 'no-timer-after-nil', rules: replaced(timePrecommits, unlessNil) },
  { name: 'no-round-skip', rules: without(skipRound) },
  { name: 'skip-on-one-vote', rules: replaced(skipRound, skipOnOne) },
  {
    name: 'no-round-proof',
    stepped: state => {
      state.roundProof = [];
    },
  },
  // Recovery.
  { name: 'no-persist', effects: effects => effects.filter(effect => effect.kind !== 'persist') },
  { name: 'persist-after-send', effects: first('send') },
  { name: 'decide-before-send', effects: first('decide') },
  { name: 'record-not-loaded', loaded: () => null },
  {
    name: 'lost-blocks-forgotten',
    loaded: (record, height) => (record?.height === height ? record : null),
  },
  {
    name: 'forgotten-votes',
    effects: withRecord(record => ({ ...record, step: 'propose', prevote: null, precommit: null })),
  },
  {
    name: 'forgotten-proposal',
    effects: withRecord(record => ({ ...record, step: 'propose', proposal: null })),
  },
  { name: 'asleep-after-restart', sleepy: true },
  // Time.
  { name: 'no-propose-timer', effects: withoutTimer('propose') },
  { name: 'no-prevote-timer', effects: withoutTimer('prevote') },
  { name: 'no-precommit-timer', effects: withoutTimer('precommit') },
  { name: 'no-retransmission', effects: withoutTimer('retransmit') },
  {
    name: 'own-votes-not-resent',
    effects: (effects, _, input) =>
      input.kind === 'timeout' && input.timer === 'retransmit'
        ? withMessages(message => (message.kind === 'vote' ? null : message))(effects)
        : effects,
  },
  // Evidence.
  { name: 'evidence-kept-quiet', effects: effects => effects.filter(effect => effect.kind !== 'evidence') },
  { name: 'evidence-against-honest', effects: accusesTheHonest },
  // Purity.
  { name: 'moody', rules: replaced(timePrevotes, moody) },
];
