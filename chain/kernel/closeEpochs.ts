import { chainError } from '../errors.ts';
import type { ChainEvent, Failure, SystemOutcome } from '../format/block.ts';
import type { ConsensusEntry } from '../format/entities.ts';
import { type Ask, type Asking, ask } from './ask.ts';
import { attemptAsking } from './attempt.ts';
import type { BlockContext } from './context.ts';
import { kernelEvent } from './events.ts';
import { failureOf, ModuleRefusal } from './failure.ts';
import { getConsensus, listConsensus } from './getters.ts';
import { applyOutcome } from './outcome.ts';
import { consensusEntries } from './tables.ts';
import { blockInfo, viewOf } from './view.ts';

/** Epochs whose close a module may leave unfinished. */
export const MAX_CLOSING = 64;

/** One step of the oldest unfinished close of each consensus module, ascending by id (spec section 5). */
export function* closeEpochs(context: BlockContext): Asking<readonly SystemOutcome[]> {
  const outcomes: SystemOutcome[] = [];
  for (const { id, closing } of listConsensus(context.draft))
    if (closing[0] !== undefined) outcomes.push(yield* closeStep(context, id, closing[0]));
  return outcomes;
}

/**
 * A step is applied whole or not at all. One that fails ends the close for good: asked again, a pure function would
 * fail again, and the epochs behind it would wait for ever.
 */
function* closeStep(context: BlockContext, consensus: number, closing: number): Asking<SystemOutcome> {
  const step: CloseStep = { events: [], more: false };
  const { events } = step;
  const failure = yield* attemptAsking(context.draft, close(context, consensus, closing, step));
  if (failure !== null) events.splice(0, events.length, closeFailed(consensus, closing, failure));
  const done = failure !== null || !step.more;
  if (done) forget(context, consensus, closing);
  return { consensus, epoch: closing, ok: failure === null, failure, done, events };
}

interface CloseStep {
  readonly events: ChainEvent[];
  /** The module asks to go on in the next block. */
  more: boolean;
}

function* close(context: BlockContext, consensus: number, closing: number, step: CloseStep): Asking<void> {
  const entry = requireEntry(context, consensus);
  const outcome = yield* ask(question(context, entry, closing));
  if (!outcome.ok) throw new ModuleRefusal(outcome.code, outcome.message);
  applyOutcome({ ...context, events: step.events }, entry, outcome);
  step.more = outcome.more === true;
}

function question(context: BlockContext, entry: ConsensusEntry, closing: number): Ask {
  const block = blockInfo(context, entry.id);
  const view = viewOf(context.draft, entry.id);
  const place = { consensus: entry.id, method: 'closeEpoch', sender: null };
  return { place, code: entry, transaction: null, work: { kind: 'closeEpoch', block, view, closing } };
}

function forget(context: BlockContext, consensus: number, epoch: number): void {
  const entry = requireEntry(context, consensus);
  const closing = entry.closing.filter(pending => pending !== epoch);
  consensusEntries.put(context.draft, { ...entry, closing }, consensus);
}

/** The close of an epoch that a module did not finish in time. */
export function abandonClose(consensus: number, epoch: number): SystemOutcome {
  const failure = failureOf(chainError('CLOSE_OVERDUE', { epoch, epochs: MAX_CLOSING })) ?? null;
  const events = failure === null ? [] : [closeFailed(consensus, epoch, failure)];
  return { consensus, epoch, ok: false, failure, done: true, events };
}

const closeFailed = (consensus: number, epoch: number, failure: Failure): ChainEvent =>
  kernelEvent('CloseFailed', { consensus, epoch, ...failure });

function requireEntry({ draft }: BlockContext, consensus: number): ConsensusEntry {
  const entry = getConsensus(draft, consensus);
  if (entry === undefined) throw chainError('UNKNOWN_CONSENSUS', { consensus });
  return entry;
}
