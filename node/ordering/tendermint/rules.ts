/**
 * The rules of Algorithm 1 (arXiv 1807.04938), each with its line. They are level-triggered: a rule looks at the
 * whole state, acts if its condition holds, and says whether it did. No rule waits for an edge, so none can be
 * missed by what arrived in which order. `step` applies the first that can act until none can.
 */
import type { Hex } from '../../../consensus/interface/index.ts';
import { certificateOf, hasPolka, precommit, prevote, setValid, startRound, validity } from './rounds.ts';
import { signProposal } from './sign.ts';
import { type HeightState, roundTable } from './state.ts';
import { winner } from './votes.ts';
import type { Wishes } from './wishes.ts';

export type Rule = (state: HeightState, wishes: Wishes) => boolean;

/**
 * L49 to L54: precommits of more than two thirds for a known block, in any round. The paper asks for `valid(v)` here.
 * An honest validator among the voters found it valid; whether this node agrees is checked where the block is
 * executed and its roots are compared, because a doubt about, say, a clock must not undo what is final.
 */
export const decide: Rule = (state, wishes) => {
  const { height } = state.options;
  for (const [round, { precommit: votes }] of state.rounds) {
    const found = winner(votes, state.quorum);
    const value = found && state.values.get(found.blockHash);
    if (found === undefined || value === undefined) continue;
    const certificate = certificateOf(height, round, value.hash, found.tally);
    wishes.decide = { kind: 'decide', height, value, certificate };
    state.decided = true;
    return true;
  }
  return false;
};

/**
 * L55, L56: validators of more than one third voted in higher rounds, so an honest one is there. Goes to the
 * highest round that an honest one has reached.
 */
export const skipRound: Rule = (state, wishes) => {
  if (state.round < 0 || state.farthest <= state.round) return false;
  const higher = [...state.seen.values()].filter(({ round }) => round > state.round);
  higher.sort((left, right) => right.round - left.round);
  let power = 0;
  for (const [index, { validator, round }] of higher.entries()) {
    power += state.powers.get(validator) ?? 0;
    if (power < state.oneHonest) continue;
    startRound(state, wishes, round, higher.slice(0, index + 1));
    return true;
  }
  return false;
};

/** Somebody works on this height already: waiting for something to do is over. */
export const joinIn: Rule = (state, wishes) => {
  if (state.round >= 0 || (state.seen.size === 0 && state.rounds.size === 0)) return false;
  startRound(state, wishes, 0, []);
  return true;
};

/** L14 to L19: the proposer's block, with the polka that lets others unlock. */
export const propose: Rule = (state, wishes) => {
  const { signer, proposer } = state.options;
  const { round, valid } = state;
  if (state.step !== 'propose' || round < 0 || state.sent.proposal?.round === round) return false;
  if (signer === null || proposer(round) !== signer.validator) return false;
  const value = valid?.value ?? (state.asked?.round === round ? state.asked.value : null);
  if (value === null) {
    if (state.asked?.round !== round) {
      state.asked = { round, value: null };
      wishes.proposeValue = round;
    }
    return false;
  }
  const proposal = signProposal(state, signer, value.hash, valid?.round ?? null);
  wishes.persist = true;
  wishes.sends.push({ kind: 'proposal', proposal, value, polka: valid?.polka ?? null });
  roundTable(state, round).proposal = proposal;
  return true;
};

/** L22 to L27: a fresh proposal. */
export const prevoteFresh: Rule = (state, wishes) => {
  const proposal = openProposal(state);
  if (proposal === null || proposal.validRound !== null) return false;
  const free = state.locked === null || state.locked.blockHash === proposal.blockHash;
  return prevoteFor(state, wishes, proposal.blockHash, free);
};

/** L28 to L33: a proposal from an earlier round, proved by its polka. */
export const prevoteAgain: Rule = (state, wishes) => {
  const proposal = openProposal(state);
  if (proposal === null || proposal.validRound === null || proposal.validRound >= state.round) return false;
  if (!hasPolka(state, proposal.validRound, proposal.blockHash)) return false;
  const { locked } = state;
  const free =
    locked === null || locked.round <= proposal.validRound || locked.blockHash === proposal.blockHash;
  return prevoteFor(state, wishes, proposal.blockHash, free);
};

/** The proposal of this round while it waits for our prevote. */
export function openProposal(state: HeightState) {
  return state.step === 'propose' ? (state.rounds.get(state.round)?.proposal ?? null) : null;
}

/** Prevotes the block if it is valid and the lock allows it (`free`), nil if not. */
export function prevoteFor(state: HeightState, wishes: Wishes, blockHash: Hex, free: boolean): boolean {
  const valid = free ? validity(state, wishes, blockHash) : false;
  if (valid === undefined) return false;
  prevote(state, wishes, valid ? blockHash : null);
  return true;
}

/** L34, L35: enough prevotes of any kind: wait a while for a polka. */
export const timePrevotes: Rule = (state, wishes) => {
  if (state.step !== 'prevote' || state.round < 0) return false;
  const table = roundTable(state, state.round);
  if (table.prevoteTimer || table.prevote.power < state.quorum) return false;
  table.prevoteTimer = true;
  wishes.timers.push({ timer: 'prevote', round: state.round });
  return true;
};

/** L36 to L43: a polka in this round. The block may be known from its proposal or with the certificate. */
export const takePolka: Rule = (state, wishes) => {
  if (state.step === 'propose') return false;
  const { round } = state;
  const table = roundTable(state, round);
  if (table.polkaTaken) return false;
  const found = winner(table.prevote, state.quorum);
  const value = found && state.values.get(found.blockHash);
  if (found === undefined || value === undefined || !validity(state, wishes, value.hash)) return false;
  table.polkaTaken = true;
  setValid(state, wishes, round, value, found.tally);
  if (state.step === 'prevote') {
    state.locked = { round, blockHash: value.hash };
    precommit(state, wishes, value.hash);
  }
  return true;
};

/** L44 to L46: a polka for no block. */
export const precommitNil: Rule = (state, wishes) => {
  if (state.step !== 'prevote' || !hasPolka(state, state.round, null)) return false;
  precommit(state, wishes, null);
  return true;
};

/** L47, L48: enough precommits of any kind: wait a while for a decision, then go on to the next round. */
export const timePrecommits: Rule = (state, wishes) => {
  if (state.round < 0) return false;
  const table = roundTable(state, state.round);
  if (table.precommitTimer || table.precommit.power < state.quorum) return false;
  table.precommitTimer = true;
  wishes.timers.push({ timer: 'precommit', round: state.round });
  return true;
};

/**
 * Not in the paper, whose L36 looks at the current round only: a polka of an earlier round that arrives late still
 * shows which block may be proposed again. Without it validators that are locked on that block wait for a proposer
 * that has never heard of it. It gives no lock.
 */
export const takeLatePolka: Rule = (state, wishes) => {
  for (const [round, { prevote: votes }] of state.rounds) {
    if (round >= state.round || round <= (state.valid?.round ?? -1)) continue;
    const found = winner(votes, state.quorum);
    const value = found && state.values.get(found.blockHash);
    if (found === undefined || value === undefined || !validity(state, wishes, value.hash)) continue;
    setValid(state, wishes, round, value, found.tally);
    return true;
  }
  return false;
};

/** In order of precedence. */
export const RULES: readonly Rule[] = [
  decide,
  joinIn,
  skipRound,
  // Before `propose`: a proposer that learns of a polka proposes its block.
  takeLatePolka,
  propose,
  prevoteFresh,
  prevoteAgain,
  timePrevotes,
  takePolka,
  precommitNil,
  timePrecommits,
];
