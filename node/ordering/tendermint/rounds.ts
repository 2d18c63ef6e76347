/** The moves that rules and timeouts share: starting a round, voting, and what is known about a block. */
import type { Commit } from '../../../chain/index.ts';
import type { Hex } from '../../../consensus/interface/index.ts';
import type { Vote } from '../messages.ts';
import { signVote } from './sign.ts';
import { type HeightState, ROUNDS_AHEAD, roundTable } from './state.ts';
import type { Value } from './types.ts';
import { addVote, powerFor, type Tally } from './votes.ts';
import type { Wishes } from './wishes.ts';

/** L11 to L13 and L20, L21. The proposer has the timer too: its application may be slow. */
export function startRound(state: HeightState, wishes: Wishes, round: number, proof: readonly Vote[]): void {
  // Round 0 without a signature is what a fresh start gives anyway: no need to wait for the disk.
  if (round > 0) wishes.persist = true;
  if (state.round < 0) wishes.timers.push({ timer: 'retransmit', round });
  state.round = round;
  state.roundProof = proof;
  state.step = 'propose';
  wishes.timers.push({ timer: 'propose', round });
  forgetOldValues(state);
}

/** L24, L26, L30, L32, L59. A node that only follows goes through the steps without signing. */
export function prevote(state: HeightState, wishes: Wishes, blockHash: Hex | null): void {
  state.step = 'prevote';
  castVote(state, wishes, 'prevote', blockHash);
}

/** L40, L45, L63. */
export function precommit(state: HeightState, wishes: Wishes, blockHash: Hex | null): void {
  state.step = 'precommit';
  castVote(state, wishes, 'precommit', blockHash);
}

function castVote(state: HeightState, wishes: Wishes, kind: Vote['kind'], blockHash: Hex | null): void {
  wishes.persist = true;
  const { signer } = state.options;
  if (signer === null) return;
  const vote = signVote(state, signer, kind, blockHash);
  takeVote(state, wishes, vote, false);
  wishes.sends.push({ kind: 'vote', vote });
}

/** Adds a verified vote to the tables; see `addVote` for `certified`. */
export function takeVote(state: HeightState, wishes: Wishes, vote: Vote, certified: boolean): void {
  const power = state.powers.get(vote.validator);
  if (power === undefined) return;
  if (vote.round > (state.seen.get(vote.validator)?.round ?? -1)) state.seen.set(vote.validator, vote);
  if (vote.round > state.farthest) state.farthest = vote.round;
  if (!certified && !isWithinReach(state, vote.round)) return;
  const table = roundTable(state, vote.round)[vote.kind];
  const earlier = addVote(table, vote, power, certified);
  if (earlier === null) return;
  const name = `${vote.kind}/${vote.round}/${vote.validator}`;
  if (state.accused.has(name)) return;
  state.accused.add(name);
  wishes.evidence.push({ kind: 'vote', first: earlier, second: vote });
}

/** Whether what was said alone about a round is kept. */
export const isWithinReach = (state: HeightState, round: number): boolean =>
  round <= state.round + ROUNDS_AHEAD;

/** The application's opinion of a block; asks for it where it is missing. undefined: not known yet. */
export function validity(state: HeightState, wishes: Wishes, blockHash: Hex): boolean | undefined {
  const value = state.values.get(blockHash);
  if (value !== undefined && !state.verdicts.has(blockHash)) {
    state.verdicts.set(blockHash, undefined);
    wishes.validate.push(value);
  }
  return state.verdicts.get(blockHash);
}

export function hasPolka(state: HeightState, round: number, blockHash: Hex | null): boolean {
  const table = state.rounds.get(round);
  return table !== undefined && powerFor(table.prevote, blockHash) >= state.quorum;
}

/** L42, L43: the newest block that may be proposed again, with the proof that it may. */
export function setValid(
  state: HeightState,
  wishes: Wishes,
  round: number,
  value: Value,
  tally: Tally,
): void {
  state.valid = { round, value, polka: certificateOf(state.options.height, round, value.hash, tally) };
  wishes.persist = true;
}

/** Signatures ascending by validator, as the format asks. */
export function certificateOf(height: number, round: number, blockHash: Hex, tally: Tally): Commit {
  const signatures = [...tally.votes.values()]
    .map(({ validator, signature }) => ({ validator, signature }))
    .sort((left, right) => (left.validator < right.validator ? -1 : 1));
  return { height, round, blockHash, signatures };
}

/** A height that cannot be decided for long must not collect a block per round. */
function forgetOldValues(state: HeightState): void {
  const oldest = state.round - ROUNDS_AHEAD;
  if (oldest <= 0) return;
  const keep = new Set([state.valid?.value.hash, state.sent.proposal?.blockHash, state.locked?.blockHash]);
  for (const [round, table] of state.rounds) {
    const recent = round >= oldest ? table.proposal?.blockHash : undefined;
    if (recent !== undefined) keep.add(recent);
    for (const [blockHash, tally] of table.prevote.byBlock)
      if (blockHash !== null && tally.power >= state.quorum) keep.add(blockHash);
  }
  for (const hash of state.values.keys()) {
    if (keep.has(hash)) continue;
    state.values.delete(hash);
    state.verdicts.delete(hash);
  }
}
