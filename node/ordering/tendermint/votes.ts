/** The tables of one round: who said what, and with how much power. */
import type { Account, Hex } from '../../../consensus/interface/index.ts';
import type { Proposal, Vote } from '../messages.ts';

/** Votes for one block, or for none. */
export interface Tally {
  readonly votes: Map<Account, Vote>;
  power: number;
}

export interface VoteTable {
  /** The first vote of each validator. A later, different one is evidence. */
  readonly first: Map<Account, Vote>;
  /** Of everyone in `first`. */
  power: number;
  readonly byBlock: Map<Hex | null, Tally>;
}

export interface RoundTable {
  proposal: Proposal | null;
  readonly prevote: VoteTable;
  readonly precommit: VoteTable;
  /** L34, L36 and L47 happen once in a round. */
  prevoteTimer: boolean;
  polkaTaken: boolean;
  precommitTimer: boolean;
}

const newVoteTable = (): VoteTable => ({ first: new Map(), power: 0, byBlock: new Map() });

export const newRoundTable = (): RoundTable => ({
  proposal: null,
  prevote: newVoteTable(),
  precommit: newVoteTable(),
  prevoteTimer: false,
  polkaTaken: false,
  precommitTimer: false,
});

/**
 * Adds a vote, and returns the earlier, different one of the same validator if there is one.
 *
 * A validator's first vote counts. A second one that came alone does not, so an equivocator cannot be in two places;
 * but inside a certificate it does (`certified`), so a certificate that convinced one node convinces all.
 */
export function addVote(table: VoteTable, vote: Vote, power: number, certified: boolean): Vote | null {
  const first = table.first.get(vote.validator);
  if (first === undefined) {
    table.first.set(vote.validator, vote);
    table.power += power;
  } else if (!certified || first.blockHash === vote.blockHash) {
    return first.blockHash === vote.blockHash ? null : first;
  }
  const tally = tallyOf(table, vote.blockHash);
  if (!tally.votes.has(vote.validator)) {
    tally.votes.set(vote.validator, vote);
    tally.power += power;
  }
  return first ?? null;
}

function tallyOf(table: VoteTable, blockHash: Hex | null): Tally {
  let tally = table.byBlock.get(blockHash);
  if (tally === undefined) {
    tally = { votes: new Map(), power: 0 };
    table.byBlock.set(blockHash, tally);
  }
  return tally;
}

/** The block for which at least `quorum` power voted. */
export function winner(table: VoteTable, quorum: number): { blockHash: Hex; tally: Tally } | undefined {
  if (table.power < quorum) return undefined;
  for (const [blockHash, tally] of table.byBlock)
    if (blockHash !== null && tally.power >= quorum) return { blockHash, tally };
  return undefined;
}

export const powerFor = (table: VoteTable, blockHash: Hex | null): number =>
  table.byBlock.get(blockHash)?.power ?? 0;
