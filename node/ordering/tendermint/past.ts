/**
 * Votes of the last few heights. They decide nothing any more, but a validator that signs twice need not do it before
 * the height is decided.
 */
import type { Commit, Evidence } from '../../../chain/index.ts';
import { proposalEvidence, voteEvidence } from '../../../chain/index.ts';
import type { Account } from '../../../consensus/interface/index.ts';
import type { Committee } from '../certificate.ts';
import type { HeightMessage, Vote } from '../messages.ts';
import { type HeightState, ROUNDS_AHEAD } from './state.ts';
import type { Evidence as Found } from './types.ts';
import { addVote, newRoundTable, type RoundTable } from './votes.ts';

/** Heights below the current one whose votes are kept; at 100 validators and one round each about half a megabyte. */
export const PAST_HEIGHTS = 8;

/** A height when it was committed. */
export interface Closed {
  readonly committee: Committee;
  readonly state: Pick<HeightState, 'rounds' | 'round' | 'accused'>;
  /** Verified votes that came while the height was being committed. */
  readonly late: readonly Vote[];
}

interface Past {
  readonly powers: ReadonlyMap<Account, number>;
  readonly rounds: Map<number, RoundTable>;
  /** The highest round of which votes are kept. */
  readonly lastRound: number;
  readonly accused: Set<string>;
}

export class PastVotes {
  readonly #heights = new Map<number, Past>();

  /** Takes over the tables of a height; the oldest is forgotten. Returns what the late votes prove. */
  close({ committee, state, late }: Closed): Evidence[] {
    const { rounds, round, accused } = state;
    const { height, powers } = committee;
    this.#heights.set(height, { powers, rounds, lastRound: round + ROUNDS_AHEAD, accused });
    this.#heights.delete(height - PAST_HEIGHTS);
    return this.takeAll(late);
  }

  /** Who voted at a height; undefined: too long ago. */
  powers(height: number): ReadonlyMap<Account, number> | undefined {
    return this.#heights.get(height)?.powers;
  }

  /** Whether a vote, once verified, could prove anything now or later. */
  isNew(vote: Vote): boolean {
    const past = this.#heights.get(vote.height);
    if (past === undefined || vote.round > past.lastRound) return false;
    if (past.accused.has(nameOf(vote))) return false;
    const first = past.rounds.get(vote.round)?.[vote.kind].first.get(vote.validator);
    return first === undefined || first.blockHash !== vote.blockHash;
  }

  /** Whether a vote, once verified, proves that its author voted twice. */
  contradicts(vote: Vote): boolean {
    const first = this.#heights
      .get(vote.height)
      ?.rounds.get(vote.round)
      ?.[vote.kind].first.get(vote.validator);
    return first !== undefined && this.isNew(vote);
  }

  /** Keeps verified votes. Returns what they prove. */
  takeAll(votes: readonly Vote[]): Evidence[] {
    return votes.flatMap(vote => this.#take(vote) ?? []);
  }

  #take(vote: Vote): Evidence | undefined {
    const past = this.#heights.get(vote.height);
    const power = past?.powers.get(vote.validator);
    if (past === undefined || power === undefined || !this.isNew(vote)) return undefined;
    const table = past.rounds.get(vote.round) ?? newRoundTable();
    past.rounds.set(vote.round, table);
    const earlier = addVote(table[vote.kind], vote, power, false);
    if (earlier === null) return undefined;
    past.accused.add(nameOf(vote));
    return voteEvidence(earlier, vote);
  }
}

/** As in {@link HeightState.accused}. */
const nameOf = ({ kind, round, validator }: Vote): string => `${kind}/${round}/${validator}`;

/** The votes in a message; a proposal is none. */
export function votesIn(message: HeightMessage): Vote[] {
  if (message.kind === 'vote') return [message.vote];
  if (message.kind === 'proposal') return [];
  return votesOf(message.certificate, message.kind === 'polka' ? 'prevote' : 'precommit');
}

export const votesOf = (
  { height, round, blockHash, signatures }: Commit,
  kind: Vote['kind'] = 'precommit',
): Vote[] =>
  signatures.map(({ validator, signature }) => ({ kind, height, round, blockHash, validator, signature }));

/** What the core found, in the form in which it travels. */
export const evidenceOf = (found: Found): Evidence =>
  found.kind === 'vote'
    ? voteEvidence(found.first, found.second)
    : proposalEvidence(found.first, found.second);
