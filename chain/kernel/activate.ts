/** Brings installed code into force at the boundary of an epoch: whole, or not at all and with the reason. */
import { chainError, ModuleFault } from '../errors.ts';
import type { ChainEvent, Failure } from '../format/block.ts';
import type { ConsensusEntry, Installation } from '../format/entities.ts';
import { LIMITS } from '../format/limits.ts';
import { type Ask, type Asking, ask } from './ask.ts';
import { attemptAsking } from './attempt.ts';
import type { BlockContext } from './context.ts';
import { kernelEvent } from './events.ts';
import { ModuleRefusal } from './failure.ts';
import { getConsensus, listInstallations } from './getters.ts';
import { codeName, mechanismOf } from './mechanism.ts';
import { applyOutcome } from './outcome.ts';
import { consensusEntries, installations, pastCode } from './tables.ts';
import { blockInfo, viewOf } from './view.ts';

/** Events of a block's own work, less a margin for those of the kernel that come with them. */
const MAX_EVENTS = LIMITS.eventsPerOutcome - 1_000;

/**
 * After the closes of a block, ascending by id. New modules start in the first block of their epoch. An upgrade waits
 * until the code before it has closed all epochs that it was in force for: mostly within the same block, at most one
 * epoch. Answers with the ids that have other code now than before this block.
 */
export function* activateConsensus(
  context: BlockContext,
  isFirst: boolean,
  events: ChainEvent[],
): Asking<ReadonlySet<number>> {
  const switched = new Set<number>();
  const { draft, epoch } = context;
  for (const installation of listInstallations(draft)) {
    if (installation.activationEpoch > epoch.number) continue;
    const current = getConsensus(draft, installation.id);
    const isOverdue = epoch.number > installation.activationEpoch;
    const [closing] = current?.closing ?? [];
    if (closing !== undefined && !isOverdue) {
      if (isFirst) events.push(draining(installation, closing));
      continue;
    }
    if (yield* activate(context, installation, current, events)) switched.add(installation.id);
  }
  return switched;
}

/** Whether it is in force now. */
function* activate(
  context: BlockContext,
  installation: Installation,
  current: ConsensusEntry | undefined,
  events: ChainEvent[],
): Asking<boolean> {
  const { draft, epoch } = context;
  const { id, name, version, codeHash } = installation;
  const made: ChainEvent[] = [];
  const failure = yield* attemptAsking(
    draft,
    comeIntoForce(context, installation, current, made, events.length),
  );
  installations.delete(draft, id);
  const pinned = { consensus: id, name, version, codeHash, epoch: epoch.number };
  if (failure !== null) {
    events.push(failed(pinned, failure));
    return false;
  }
  const inherited = current?.closing.length ?? 0;
  events.push(kernelEvent('ConsensusActivated', { ...pinned, inherited }), ...made);
  return true;
}

function* comeIntoForce(
  context: BlockContext,
  installation: Installation,
  current: ConsensusEntry | undefined,
  events: ChainEvent[],
  before: number,
): Asking<void> {
  const entry = entryOf(installation, current);
  requireFitting(entry, current, context);
  if (current !== undefined) pastCode.put(context.draft, pinnedOf(current), current.id, context.block.height);
  // Before the code runs: what it may see and do is what it was granted now.
  consensusEntries.put(context.draft, entry, entry.id);
  if (current === undefined)
    yield* run(context, entry, genesisAsk(context, entry, installation.params), events);
  else if (entry.stateVersion > current.stateVersion)
    yield* run(context, entry, migrateAsk(context, entry, current.stateVersion), events);
  if (before + events.length > MAX_EVENTS)
    throw chainError('BAD_OUTCOME', { reason: 'its events do not fit into the block' });
}

/** Money, and closes that are open, stay with the id. */
const entryOf = (
  { params: _, ...installed }: Installation,
  current: ConsensusEntry | undefined,
): ConsensusEntry => ({
  ...installed,
  mintedThisEpoch: current?.mintedThisEpoch ?? 0n,
  bond: current?.bond ?? 0n,
  pot: current?.pot ?? 0n,
  closing: current?.closing ?? [],
});

const pinnedOf = ({ name, version, codeHash }: ConsensusEntry) => ({ name, version, codeHash });

/** What the code itself says must be what was installed: all nodes have the same bytes and find the same. */
function requireFitting(
  entry: ConsensusEntry,
  current: ConsensusEntry | undefined,
  { code }: BlockContext,
): void {
  const { info, migrate } = mechanismOf(entry, code);
  const name = codeName(entry);
  if (info.stateVersion !== entry.stateVersion)
    throw chainError('OTHER_STATE_VERSION', {
      name,
      actual: info.stateVersion,
      declared: entry.stateVersion,
    });
  const missing = info.requires.find(capability => !entry.capabilities.includes(capability));
  if (missing !== undefined) throw chainError('MISSING_CAPABILITY', { name, capability: missing });
  if (current === undefined || entry.stateVersion === current.stateVersion) return;
  const { stateVersion: from } = current;
  if (migrate === undefined) throw chainError('NO_MIGRATION', { name, from, to: entry.stateVersion });
  // Half a close in an old layout is nothing that an author can be asked to migrate.
  if (current.closing[0] !== undefined) throw chainError('DRAIN_OVERDUE', { epoch: current.closing[0] });
}

function* run(
  context: BlockContext,
  entry: ConsensusEntry,
  question: Ask,
  events: ChainEvent[],
): Asking<void> {
  const outcome = yield* answered(question, entry);
  if (!outcome.ok) throw new ModuleRefusal(outcome.code, outcome.message);
  if (outcome.more === true)
    throw chainError('BAD_OUTCOME', { reason: 'only a close may go on in the next block' });
  applyOutcome({ ...context, events }, entry, outcome);
}

/**
 * Everywhere else a crash is no answer and the block waits. Here waiting would stop the chain for good, over code that
 * served nobody yet: that it gave no answer is the answer. What it said is in the log of the node only, as it need not
 * be the same everywhere.
 */
function* answered(question: Ask, entry: ConsensusEntry) {
  try {
    return yield* ask(question);
  } catch (error) {
    if (!(error instanceof ModuleFault)) throw error;
    throw chainError('ACTIVATION_FAULT', { method: question.place.method, name: codeName(entry) });
  }
}

function genesisAsk(context: BlockContext, entry: ConsensusEntry, params: Uint8Array): Ask {
  const place = { consensus: entry.id, method: 'genesis', sender: null };
  return {
    place,
    code: entry,
    transaction: null,
    work: { kind: 'genesis', params, ...seenBy(context, entry) },
  };
}

function migrateAsk(context: BlockContext, entry: ConsensusEntry, fromStateVersion: number): Ask {
  const place = { consensus: entry.id, method: 'migrate', sender: null };
  const work = { kind: 'migrate', fromStateVersion, ...seenBy(context, entry) } as const;
  return { place, code: entry, transaction: null, work };
}

const seenBy = (context: BlockContext, { id }: ConsensusEntry) => ({
  block: blockInfo(context, id),
  view: viewOf(context.draft, id),
});

const draining = ({ id, name, version }: Installation, closing: number): ChainEvent =>
  kernelEvent('ConsensusDraining', { consensus: id, name, version, closing });

const failed = (
  pinned: { consensus: number; name: string; version: string; codeHash: `0x${string}`; epoch: number },
  { code, message }: Failure,
): ChainEvent => kernelEvent('ConsensusActivationFailed', { ...pinned, code, message });
