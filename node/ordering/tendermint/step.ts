/** Tendermint as a pure state machine: no clock, no I/O, no randomness. One state is one height. */
import type { Commit } from '../../../chain/index.ts';
import type { Vote } from '../messages.ts';
import { isWithinReach, precommit, prevote, startRound, takeVote } from './rounds.ts';
import { RULES, type Rule } from './rules.ts';
import { type HeightState, roundTable } from './state.ts';
import type { Effect, Input, Value } from './types.ts';
import { effectsOf, newWishes, type Wishes } from './wishes.ts';

/**
 * Takes one input, applies the rules until nothing changes, and returns what must be done, in that order. Changes
 * `state`; the same inputs give the same effects. Inputs of other heights, and any after the decision, are ignored.
 * `rules` is there for tests that must see the algorithm fail without one of them.
 */
export function step(state: HeightState, input: Input, rules: readonly Rule[] = RULES): Effect[] {
  if (state.decided || input.height !== state.options.height) return [];
  const wishes = newWishes();
  take(state, input, wishes);
  while (!state.decided && rules.some(rule => rule(state, wishes)));
  return effectsOf(state, wishes);
}

function take(state: HeightState, input: Input, wishes: Wishes): void {
  switch (input.kind) {
    case 'start':
      start(state, wishes);
      break;
    case 'proposal':
      takeProposal(state, input, wishes);
      break;
    case 'vote':
      takeVote(state, wishes, input.vote, false);
      break;
    case 'certificate':
      takeCertificate(state, wishes, input.of, input.certificate, input.value);
      break;
    case 'value':
      takeValue(state, input.round, input.value);
      break;
    case 'verdict':
      if (state.values.has(input.blockHash)) state.verdicts.set(input.blockHash, input.valid);
      break;
    case 'timeout':
      timeout(state, input, wishes);
  }
}

function start(state: HeightState, wishes: Wishes): void {
  if (state.restored) resume(state, wishes);
  else if (state.round < 0) startRound(state, wishes, 0, []);
}

/** Recovery: own messages and the polka are in the tables again, sent again, and the round's timer runs again. */
function resume(state: HeightState, wishes: Wishes): void {
  state.restored = false;
  const { prevote, precommit, proposal } = state.sent;
  for (const vote of [prevote, precommit, ...state.roundProof])
    if (vote !== null) takeVote(state, wishes, vote, false);
  if (proposal !== null) roundTable(state, proposal.round).proposal = proposal;
  if (state.valid !== null) takeCertificate(state, wishes, 'prevote', state.valid.polka, state.valid.value);
  sendAgain(state, wishes);
  wishes.timers.push({ timer: 'retransmit', round: state.round });
  if (state.step === 'propose') wishes.timers.push({ timer: 'propose', round: state.round });
}

function takeProposal(state: HeightState, input: Extract<Input, { kind: 'proposal' }>, wishes: Wishes): void {
  const { proposal, value, polka } = input;
  if (polka !== null) takeCertificate(state, wishes, 'prevote', polka, value);
  if (!isWithinReach(state, proposal.round)) return;
  const table = roundTable(state, proposal.round);
  const first = table.proposal;
  if (first === null) {
    table.proposal = proposal;
    state.values.set(value.hash, value);
  } else if (first.blockHash !== proposal.blockHash || first.validRound !== proposal.validRound) {
    const name = `proposal/${proposal.round}`;
    if (state.accused.has(name)) return;
    state.accused.add(name);
    wishes.evidence.push({ kind: 'proposal', first, second: proposal });
  }
}

function takeCertificate(
  state: HeightState,
  wishes: Wishes,
  kind: Vote['kind'],
  certificate: Commit,
  value: Value | null,
): void {
  const { height, round, blockHash, signatures } = certificate;
  if (value !== null) state.values.set(value.hash, value);
  for (const { validator, signature } of signatures)
    takeVote(state, wishes, { kind, height, round, blockHash, validator, signature }, true);
}

/** The application made the block itself: it is valid. Too late for its round: dropped. */
function takeValue(state: HeightState, round: number, value: Value): void {
  if (state.asked?.round !== round || state.round !== round || state.step !== 'propose') return;
  state.asked.value = value;
  state.values.set(value.hash, value);
  state.verdicts.set(value.hash, true);
}

function timeout(state: HeightState, input: Extract<Input, { kind: 'timeout' }>, wishes: Wishes): void {
  if (input.timer === 'retransmit') {
    sendAgain(state, wishes);
    wishes.timers.push({ timer: 'retransmit', round: state.round });
    return;
  }
  if (input.round !== state.round) return;
  if (input.timer === 'propose' && state.step === 'propose') prevote(state, wishes, null); // L57 to L60
  if (input.timer === 'prevote' && state.step === 'prevote') precommit(state, wishes, null); // L61 to L64
  if (input.timer === 'precommit') {
    // L65 to L67
    const proof = [...roundTable(state, state.round).precommit.first.values()];
    startRound(state, wishes, state.round + 1, proof);
  }
}

/** Over lossy links, and to peers that have just come up: own last messages, why this round began, the newest polka. */
function sendAgain(state: HeightState, wishes: Wishes): void {
  const { sent, valid } = state;
  const value = sent.proposal === null ? undefined : state.values.get(sent.proposal.blockHash);
  if (sent.proposal !== null && value !== undefined) {
    const polka = sent.proposal.validRound === valid?.round ? (valid?.polka ?? null) : null;
    wishes.sends.push({ kind: 'proposal', proposal: sent.proposal, value, polka });
  }
  for (const vote of new Set([sent.prevote, sent.precommit, ...state.roundProof]))
    if (vote !== null) wishes.sends.push({ kind: 'vote', vote });
  if (valid !== null) wishes.sends.push({ kind: 'polka', certificate: valid.polka, value: valid.value });
}
