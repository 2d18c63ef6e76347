import { z } from 'zod';
import {
  BOUNDS,
  chainError,
  changeable,
  GovProposal,
  getGovProposal,
  getGovVote,
  getParameters,
  govProposalKey,
  listGovProposals,
  listGovVotes,
  listOpenGovProposals,
  type State,
} from '../../../chain/index.ts';
import { toAccount } from '../addresses.ts';
import { govProposalJson, govVoteJson } from '../governance.ts';
import * as g from '../govSchemas.ts';
import { prove } from '../proofs.ts';
import { method, noParams } from '../schema.ts';
import * as s from '../schemas.ts';

const DEFAULT_PAGE = 100;
const LARGEST_PAGE = 1_000;
const limit = z.number().int().min(1).max(LARGEST_PAGE).optional().describe(`${DEFAULT_PAGE} when absent.`);
const one = z.strictObject({ proposal: s.u32.describe('Id of the proposal.') });

export const govMethods = [
  method('gov_params', {
    description: 'The parameters of the chain that a proposal can change, with their bounds.',
    params: noParams,
    result: z.array(g.parameter),
    run: ({ api }) =>
      changeable(getParameters(api.state())).map(({ name, value }) => ({
        name,
        value: String(value),
        min: String(BOUNDS[name].min),
        max: String(BOUNDS[name].max),
      })),
  }),
  method('gov_list', {
    description: 'Proposals, ascending by id: all of them, or those that are open.',
    params: z.strictObject({
      open: z.boolean().optional().describe('true: only those on which votes count.'),
      after: s.u32.optional().describe('Only proposals with a higher id.'),
      limit,
    }),
    result: z.array(g.proposal),
    run({ api }, { open = false, after, limit: most = DEFAULT_PAGE }) {
      const state = api.state();
      const page = after === undefined ? { limit: most } : { after, limit: most };
      const found = open ? listOpenGovProposals(state, page) : listGovProposals(state, page);
      return found.map(proposal => govProposalJson(state, proposal));
    },
  }),
  method('gov_get', {
    description: 'A proposal, how the votes stand, and its result.',
    params: one,
    result: g.proposal,
    run({ api }, { proposal }) {
      const state = api.state();
      return govProposalJson(state, requireProposal(state, proposal));
    },
  }),
  method('gov_votes', {
    description: 'Who voted how on a proposal, ascending by account; forgotten 100 epochs after its end.',
    params: one.extend({
      voter: s.address.optional().describe('Only the vote of this account.'),
      after: s.address.optional().describe('Only voters after this one.'),
      limit,
    }),
    result: z.array(g.vote),
    run({ api }, { proposal, voter, after, limit: most = DEFAULT_PAGE }) {
      const state = api.state();
      const { id } = requireProposal(state, proposal);
      if (voter !== undefined) {
        const account = toAccount(voter);
        const vote = getGovVote(state, id, account);
        return vote === undefined ? [] : [govVoteJson(state, id, account, vote)];
      }
      const page = { after: after === undefined ? undefined : toAccount(after), limit: most };
      return listGovVotes(state, id, page).map(({ voter, vote }) => govVoteJson(state, id, voter, vote));
    },
  }),
  method('gov_proof', {
    description: 'A proposal with its result, or its absence, with a proof.',
    params: one,
    result: s.proof,
    run: ({ api }, { proposal }) => prove(api, govProposalKey(proposal), GovProposal),
  }),
];

function requireProposal(state: State, id: number): GovProposal {
  const found = getGovProposal(state, id);
  if (found === undefined) throw chainError('NO_SUCH_PROPOSAL', { proposal: id });
  return found;
}
