/** Proposals, votes and what is told of them as JSON. */
import {
  type ChainEvent,
  eventCodec,
  GovContent,
  type GovProposal,
  type GovVote,
  getGovElector,
  getGovTally,
  type KernelEventData,
  type KernelEventName,
  type State,
  verdictOf,
  weightOfVote,
} from '../../chain/index.ts';
import { type Account, decode } from '../../consensus/interface/index.ts';
import type { ContentJson, GovNotice, ProposalJson, VoteJson } from '../client/wireGov.ts';
import { addressOf } from './addresses.ts';
import { failureJson } from './errors.ts';
import { toJson } from './json.ts';

export function govProposalJson(state: State, proposal: GovProposal): ProposalJson {
  const { id, proposer, title, content, epoch, endEpoch, rules, electorate, result } = proposal;
  const tally = getGovTally(state, id);
  return {
    id,
    proposer: addressOf(proposer),
    title,
    content: toJson(GovContent, content) as ContentJson,
    epoch,
    endEpoch,
    status: result?.status ?? 'open',
    verdict: verdictOf(proposal, tally).status,
    tally: { yes: String(tally.yes), no: String(tally.no), abstain: String(tally.abstain) },
    electorate: String(electorate),
    rules: { ...rules, bond: String(rules.bond) },
    result: result && {
      height: result.height,
      burned: String(result.burned),
      ...(result.failure === null ? {} : { error: failureJson(result.failure) }),
    },
  };
}

export const govVoteJson = (state: State, id: number, voter: Account, vote: GovVote): VoteJson => ({
  voter: addressOf(voter),
  choice: vote.choice,
  weight: String(weightOfVote(state, id, voter, vote)),
  isValidator: getGovElector(state, id, voter) !== undefined,
});

/** What an event of a block says about proposals; null for other events. */
export function govNotice({ source, name, data }: ChainEvent, height: number): GovNotice | null {
  if (source !== null) return null;
  switch (name) {
    case 'ProposalMade': {
      const { proposal, proposer, title, endEpoch } = read(name, data);
      return { kind: 'proposed', proposal, height, proposer: addressOf(proposer), title, endEpoch };
    }
    case 'VoteCast': {
      const { proposal, voter, choice, weight } = read(name, data);
      return { kind: 'voted', proposal, height, voter: addressOf(voter), choice, weight: String(weight) };
    }
    case 'ProposalConcluded': {
      const { proposal, status } = read(name, data);
      return { kind: 'concluded', proposal, height, status };
    }
    default:
      return null;
  }
}

function read<Name extends KernelEventName>(name: Name, data: Uint8Array): KernelEventData<Name> {
  const codec = eventCodec(null, name);
  if (codec === undefined) throw new TypeError(`the kernel has no event ${name}`);
  return decode(codec, data) as KernelEventData<Name>;
}
