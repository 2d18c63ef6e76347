/** Reads of proposals and votes: the same for execution, for proofs and for RPC. */
import type { Account } from '../../../consensus/interface/index.ts';
import type { GovElector, GovProposal, GovTally, GovVote } from '../../format/governance.ts';
import type { StateReader } from '../../state/index.ts';
import type { Page } from '../getters.ts';
import { govElectors, govProposals, govTallies, govVotes, openGovProposals } from '../tables.ts';

export const getGovProposal = (state: StateReader, id: number): GovProposal | undefined =>
  govProposals.get(state, id);

/** Ascending by id. */
export function listGovProposals(state: StateReader, { after, limit }: Page = {}): GovProposal[] {
  const options = {
    ...(after === undefined ? {} : { after: govProposals.key(after) }),
    ...(limit === undefined ? {} : { limit }),
  };
  return Array.from(govProposals.scan(state, [], options), ([, proposal]) => proposal);
}

/** Those without a result, ascending by id. There are few: each ties up a bond. */
export function listOpenGovProposals(
  state: StateReader,
  { after = -1, limit = Number.POSITIVE_INFINITY }: Page = {},
): GovProposal[] {
  const ids = Array.from(openGovProposals.scan(state, []), ([[, id]]) => id);
  const wanted = ids.filter(id => id > after).sort((a, b) => a - b);
  return wanted.slice(0, limit).flatMap(id => getGovProposal(state, id) ?? []);
}

export const getGovTally = (state: StateReader, id: number): GovTally =>
  govTallies.get(state, id) ?? { yes: 0n, no: 0n, abstain: 0n };

/** A validator that can vote on a proposal; undefined for others, and once the votes are pruned. */
export const getGovElector = (state: StateReader, id: number, validator: Account): GovElector | undefined =>
  govElectors.get(state, id, validator);

/** Ascending by validator. */
export const listGovElectors = (
  state: StateReader,
  id: number,
): { readonly validator: Account; readonly elector: GovElector }[] =>
  Array.from(govElectors.scan(state, [id]), ([[, validator], elector]) => ({ validator, elector }));

export const getGovVote = (state: StateReader, id: number, voter: Account): GovVote | undefined =>
  govVotes.get(state, id, voter);

export interface VotePage {
  /** Only voters after this one. */
  readonly after?: Account | undefined;
  readonly limit?: number | undefined;
}

/** Ascending by voter. */
export function listGovVotes(
  state: StateReader,
  id: number,
  { after, limit }: VotePage = {},
): { readonly voter: Account; readonly vote: GovVote }[] {
  const options = {
    ...(after === undefined ? {} : { after: govVotes.key(id, after) }),
    ...(limit === undefined ? {} : { limit }),
  };
  return Array.from(govVotes.scan(state, [id], options), ([[, voter], vote]) => ({ voter, vote }));
}

/** What a vote weighs now: own stake, and for a validator that of all its stakers who do not vote themselves. */
export function weightOfVote(state: StateReader, id: number, voter: Account, { stake }: GovVote): bigint {
  const elector = getGovElector(state, id, voter);
  return elector === undefined ? stake : stake + elector.stake - elector.apart;
}

/** Of the row that holds the result, for proofs. */
export const govProposalKey = (id: number): Uint8Array => govProposals.key(id);
