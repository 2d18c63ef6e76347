import type { Account, Amount } from '../../../consensus/interface/index.ts';
import { chainError } from '../../errors.ts';
import type { Choice, GovProposal, GovTally } from '../../format/governance.ts';
import type { CallOf } from '../../format/transaction.ts';
import type { Draft } from '../../state/index.ts';
import { type CallContext, emit } from '../context.ts';
import {
  getGovElector,
  getGovProposal,
  getGovTally,
  getGovVote,
  listGovElectors,
  weightOfVote,
} from '../governance/rows.ts';
import { stakeAtStart } from '../stakeHistory.ts';
import { govElectors, govTallies, govVotes } from '../tables.ts';

/**
 * A validator votes with all stake that was on it; whoever staked on a validator can vote too, and takes the own stake
 * out of the validator's vote, also when that was cast before. A later vote of the same account replaces the earlier.
 */
export function vote(context: CallContext, { proposal: id, choice }: CallOf<'vote'>): void {
  const { draft, sender } = context;
  const proposal = requireOpen(context, id);
  const before = getGovVote(draft, id, sender);
  const stake = before?.stake ?? takeApart(draft, proposal, sender);
  if (stake === 0n && getGovElector(draft, id, sender) === undefined)
    throw chainError('NO_VOTING_STAKE', { proposal: id });

  const weight = weightOfVote(draft, id, sender, { choice, stake });
  const tally = getGovTally(draft, id);
  const without = before === undefined ? tally : added(tally, before.choice, -weight);
  govTallies.put(draft, added(without, choice, weight), id);
  govVotes.put(draft, { choice, stake }, id, sender);
  emit(context, 'VoteCast', { proposal: id, voter: sender, choice, weight });
}

function requireOpen({ draft, epoch }: CallContext, id: number): GovProposal {
  const proposal = getGovProposal(draft, id);
  if (proposal === undefined) throw chainError('NO_SUCH_PROPOSAL', { proposal: id });
  const { endEpoch } = proposal;
  if (epoch.number >= endEpoch)
    throw chainError('VOTING_CLOSED', { proposal: id, endEpoch, epoch: epoch.number });
  return proposal;
}

/** Once per voter: takes the voter's stake on each elector out of that elector's vote. Answers with its sum. */
function takeApart(draft: Draft, { id, epoch }: GovProposal, voter: Account): Amount {
  let sum = 0n;
  for (const { validator, elector } of listGovElectors(draft, id)) {
    if (validator === voter) continue;
    const stake = stakeAtStart(draft, validator, voter, epoch);
    if (stake === 0n) continue;
    govElectors.put(draft, { ...elector, apart: elector.apart + stake }, id, validator);
    const cast = getGovVote(draft, id, validator);
    if (cast !== undefined) govTallies.put(draft, added(getGovTally(draft, id), cast.choice, -stake), id);
    sum += stake;
  }
  return sum;
}

const added = (tally: GovTally, choice: Choice, amount: Amount): GovTally => ({
  ...tally,
  [choice]: tally[choice] + amount,
});
