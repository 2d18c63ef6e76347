import type { BlockOutcomes, ChainEvent, Outcome, SystemOutcome } from '../format/block.ts';
import type { ValidatorSet } from '../format/entities.ts';
import { Draft, type State } from '../state/index.ts';
import { activateConsensus } from './activate.ts';
import type { Asking } from './ask.ts';
import { closeEpochs } from './closeEpochs.ts';
import type { BlockContext, TransactionContext } from './context.ts';
import { elect, rotateValidators } from './elect.ts';
import { getEpoch, getParameters, getValidators } from './getters.ts';
import { concludeProposals } from './governance/conclude.ts';
import { pruneVotes } from './governance/prune.ts';
import { pruneLinks } from './links/prune.ts';
import { mechanismsIn } from './mechanism.ts';
import { credit } from './money.ts';
import { processEvidence } from './offences.ts';
import { settle } from './settle.ts';
import { pruneStakeHistories } from './stakeHistory.ts';
import { epochOf, turnEpoch } from './turnEpoch.ts';
import type { BlockInput, Code, Execution } from './types.ts';

/** A block whose own work is done and whose transactions come next. */
export interface OpenBlock {
  readonly context: TransactionContext;
  readonly validators: ValidatorSet;
  readonly nextValidators: ValidatorSet;
  readonly system: readonly SystemOutcome[];
  readonly events: readonly ChainEvent[];
}

/**
 * What a block does before its transactions: a new epoch where one is due, the validators of the heights to come, one
 * step of each unfinished close, proposals that end, code whose time has come, and forgetting what nobody can ask for any more.
 */
export function* openBlock(
  base: State,
  block: Omit<BlockInput, 'transactions'>,
  code: Code,
): Asking<OpenBlock> {
  const draft = new Draft(base);
  const current = getEpoch(draft);
  const epoch = epochOf(current, block.height, block.time);
  const context: BlockContext = { base, draft, parameters: getParameters(draft), code, block, epoch };
  const validators = getValidators(draft, 1);
  const nextValidators = getValidators(draft, 2);
  const system: SystemOutcome[] = [];
  const events: ChainEvent[] = [];

  const isFirst = epoch.number !== current.number;
  if (isFirst) turnEpoch(context, system, events);
  processEvidence(context, block.evidence, events);
  rotateValidators(context, isFirst ? elect(context, events) : nextValidators);
  system.push(...(yield* closeEpochs(context)));
  concludeProposals(context, events);
  const switched = yield* activateConsensus(context, isFirst, events);
  pruneLinks(draft);
  pruneVotes(context);
  pruneStakeHistories(draft);
  const mechanisms = mechanismsIn(draft, code);
  return { context: { ...context, mechanisms, switched }, validators, nextValidators, system, events };
}

/** The block with the outcomes of its transactions, whose fees its proposer earns. */
export function sealBlock(block: OpenBlock, transactions: readonly Outcome[]): Execution {
  const { context, validators, nextValidators, system, events } = block;
  const fees = transactions.reduce((sum, { fee }) => sum + fee, 0n);
  credit(context.draft, context.block.proposer, fees);
  const changes = settle(context);
  const outcomes: BlockOutcomes = { system, events, transactions };
  return {
    state: context.base.with(changes),
    changes,
    outcomes,
    epoch: context.epoch.number,
    validators,
    nextValidators,
  };
}
