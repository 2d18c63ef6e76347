import type { Amount } from '../../../consensus/interface/index.ts';
import type { ChainEvent } from '../../format/block.ts';
import type { GovProposal, GovResult } from '../../format/governance.ts';
import type { Draft } from '../../state/index.ts';
import { attempt } from '../attempt.ts';
import type { BlockContext } from '../context.ts';
import { kernelEvent } from '../events.ts';
import { getSupply } from '../getters.ts';
import { burnSupply, credit, MAX_AMOUNT } from '../money.ts';
import { endedGovProposals, govProposals, openGovProposals } from '../tables.ts';
import { carryOut } from './content.ts';
import { getGovTally } from './rows.ts';
import { verdictOf } from './verdict.ts';

/** Results that one block computes; the next blocks go on. */
export const CONCLUDED_PER_BLOCK = 16;

/** Ends the proposals whose time is over, the earliest first, and does what those ask for that passed. */
export function concludeProposals(context: BlockContext, events: ChainEvent[]): void {
  const { draft, epoch } = context;
  for (const [[endEpoch, id]] of openGovProposals.scan(draft, [], { limit: CONCLUDED_PER_BLOCK })) {
    if (endEpoch > epoch.number) return;
    const proposal = govProposals.get(draft, id);
    if (proposal === undefined) throw new Error(`proposal ${id} is open and has no row`);
    conclude(context, proposal, events);
  }
}

function conclude(context: BlockContext, proposal: GovProposal, events: ChainEvent[]): void {
  const { draft, block } = context;
  const { id, endEpoch, content, rules, electorate } = proposal;
  const tally = getGovTally(draft, id);
  const { status, losesBond } = verdictOf(proposal, tally);
  const done: ChainEvent[] = [];
  const failure = status === 'passed' ? attempt(draft, () => carryOut(context, content, done)) : null;
  const burned = settleBond(draft, proposal, losesBond ? rules.bond : 0n);
  const result: GovResult = {
    status: failure === null ? status : 'failed',
    height: block.height,
    burned,
    failure,
  };
  govProposals.put(draft, { ...proposal, result }, id);
  openGovProposals.delete(draft, endEpoch, id);
  endedGovProposals.put(draft, true, endEpoch, id);
  const { height: _, ...verdict } = result;
  events.push(kernelEvent('ProposalConcluded', { proposal: id, tally, electorate, ...verdict }));
  if (failure === null) events.push(...done);
}

/** Burns what is lost, and gives back the rest. Answers with what was burned. */
function settleBond(draft: Draft, { proposer, rules: { bond } }: GovProposal, lost: Amount): Amount {
  // The counter of all burned money fits u64 only because nothing burns beyond it.
  const room = MAX_AMOUNT - getSupply(draft).burned;
  const burned = lost < room ? lost : room;
  burnSupply(draft, burned);
  credit(draft, proposer, bond - burned);
  return burned;
}
