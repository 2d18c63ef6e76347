import type { Outcome } from '../../../consensus/interface/index.ts';
import { chainError } from '../../errors.ts';
import type { ConsensusEntry } from '../../format/entities.ts';
import type { CallOf } from '../../format/transaction.ts';
import { type CallContext, emit } from '../context.ts';
import { ModuleRefusal } from '../failure.ts';
import { getConsensus } from '../getters.ts';
import { argsOf, mechanismOf, methodOf, run } from '../mechanism.ts';
import { debit } from '../money.ts';
import { applyOutcome } from '../outcome.ts';
import { consensusEntries } from '../tables.ts';
import { blockInfo, viewOf } from '../view.ts';

/** Runs a method of a consensus module; the attached value is in its pot meanwhile (spec section 6). */
export function call(context: CallContext, call: CallOf<'call'>): void {
  const entry = requireActive(context, call.consensus);
  attach(context, entry, call.value);
  const outcome = apply(context, entry, call);
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

function apply(context: CallContext, entry: ConsensusEntry, call: CallOf<'call'>): Outcome {
  const { sender, verified, mechanisms } = context;
  mechanismOf(entry, mechanisms);
  const method = methodOf(mechanisms, call);
  const args = argsOf(method, call);
  const block = blockInfo(context, entry.id);
  const view = viewOf(context.draft, entry.id);
  return run({ consensus: entry.id, method: call.method, sender }, () =>
    method.apply(block, view, { sender, args, value: call.value, verified }),
  );
}
