import { chainError } from '../../errors.ts';
import type { ConsensusEntry } from '../../format/entities.ts';
import type { CallOf } from '../../format/transaction.ts';
import { type Ask, type Asking, ask } from '../ask.ts';
import { type CallContext, emit } from '../context.ts';
import { ModuleRefusal } from '../failure.ts';
import { getConsensus } from '../getters.ts';
import { debit } from '../money.ts';
import { applyOutcome } from '../outcome.ts';
import { consensusEntries } from '../tables.ts';
import { blockInfo, viewOf } from '../view.ts';

/** Runs a method of a consensus module; the attached value is in its pot meanwhile (spec section 6). */
export function* call(context: CallContext, call: CallOf<'call'>): Asking<void> {
  const entry = requireActive(context, call.consensus);
  attach(context, entry, call.value);
  const outcome = yield* ask(question(context, entry, call));
  if (!outcome.ok) throw new ModuleRefusal(outcome.code, outcome.message);
  applyOutcome(context, withValue(entry, call.value), outcome);
}

function requireActive({ draft, epoch }: CallContext, consensus: number): ConsensusEntry {
  const entry = getConsensus(draft, consensus);
  if (entry === undefined) throw chainError('UNKNOWN_CONSENSUS', { consensus });
  if (entry.activationEpoch > epoch.number)
    throw chainError('CONSENSUS_NOT_ACTIVE', { consensus, epoch: entry.activationEpoch });
  return entry;
}

function attach(context: CallContext, entry: ConsensusEntry, value: bigint): void {
  if (value === 0n) return;
  debit(context.draft, context.sender, value);
  consensusEntries.put(context.draft, withValue(entry, value), entry.id);
  emit(context, 'PotFunded', { consensus: entry.id, account: context.sender, amount: value });
}

const withValue = (entry: ConsensusEntry, value: bigint): ConsensusEntry => ({
  ...entry,
  pot: entry.pot + value,
});

function question(context: CallContext, entry: ConsensusEntry, call: CallOf<'call'>): Ask {
  const { sender, verified, transaction } = context;
  const block = blockInfo(context, entry.id);
  const view = viewOf(context.draft, entry.id);
  const place = { consensus: entry.id, method: call.method, sender };
  return { place, code: entry, transaction, work: { kind: 'apply', block, view, sender, call, verified } };
}
