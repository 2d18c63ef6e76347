/** Punishing validators who signed twice. */
import type { Amount } from '../../consensus/interface/index.ts';
import { BlockError, EvidenceError } from '../errors.ts';
import type { ChainEvent } from '../format/block.ts';
import type { Stake } from '../format/entities.ts';
import { OFFENCE_KINDS } from '../format/evidence.ts';
import { LIMITS } from '../format/limits.ts';
import type { StateReader } from '../state/index.ts';
import type { BlockContext } from './context.ts';
import { kernelEvent } from './events.ts';
import { compareOffences, type Offence } from './evidence.ts';
import { getEpoch, getParameters, getStake, getStakeTotal, getSupply } from './getters.ts';
import { burnSupply, MAX_AMOUNT } from './money.ts';
import { sittingAt } from './seats.ts';
import { putStake, putStakeTotal } from './stakeRows.ts';
import { punished } from './tables.ts';
import { epochOf } from './turnEpoch.ts';
import type { CheckedEvidence } from './types.ts';

/** Marks that one block forgets: more than one block can add, so that they never pile up. */
const PRUNED_PER_BLOCK = 4 * LIMITS.blockEvidence;

/** Whether evidence may stand in the block of this height, on top of this state. Throws {@link EvidenceError}. */
export function admitEvidence(state: StateReader, checked: CheckedEvidence, height: number): void {
  // Only the start time depends on the block's time.
  const epoch = epochOf(getEpoch(state), height, 0).number;
  requireEvidence(state, checked, height, epoch);
}

/**
 * Punishes what the evidence of a block proves, and forgets marks that nobody can ask for any more. Evidence that may
 * not stand in the block refuses the block: throws {@link BlockError} BAD_EVIDENCE.
 */
export function processEvidence(
  context: BlockContext,
  evidence: readonly CheckedEvidence[],
  events: ChainEvent[],
): void {
  evidence.forEach((checked, index) => {
    try {
      requireAscending(evidence[index - 1], checked);
      events.push(punish(context, checked));
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error;
      throw new BlockError('BAD_EVIDENCE', `evidence ${index}: ${error.code}: ${error.message}`, error);
    }
  });
  pruneMarks(context);
}

function requireAscending(before: CheckedEvidence | undefined, { evidence }: CheckedEvidence): void {
  if (before !== undefined && compareOffences(before.evidence, evidence) >= 0)
    throw new EvidenceError('NOT_ASCENDING', 'it does not come after the one before');
}

function punish(context: BlockContext, checked: CheckedEvidence): ChainEvent {
  const { draft, block, epoch } = context;
  const { kind: offence, validator, height, round } = checked.evidence;
  const offenceEpoch = requireEvidence(draft, checked, block.height, epoch.number);
  punished.put(draft, true, ...markOf(offenceEpoch, checked.evidence));
  const burned = burnStake(context, validator);
  return kernelEvent('ValidatorSlashed', { validator, offence, height, round, burned });
}

/** The epoch of the offence. It counts in its own epoch and in those in which stake of that time can still thaw. */
function requireEvidence(
  state: StateReader,
  { evidence, verified }: CheckedEvidence,
  blockHeight: number,
  epoch: number,
): number {
  const { validator, height } = evidence;
  if (!verified) throw new EvidenceError('BAD_SIGNATURE', `a signature is not that of ${validator}`);
  if (height >= blockHeight)
    throw new EvidenceError('FUTURE', `height ${height} in a block of height ${blockHeight}`);
  const sitting = sittingAt(state, height, epoch);
  const { unstakeEpochs } = getParameters(state);
  if (sitting === undefined || sitting.epoch + unstakeEpochs < epoch)
    throw new EvidenceError('EXPIRED', `height ${height} is more than ${unstakeEpochs} epochs ago`);
  if (!sitting.validators.includes(validator))
    throw new EvidenceError('NOT_A_VALIDATOR', `${validator} was no validator at height ${height}`);
  if (punished.has(state, ...markOf(sitting.epoch, evidence)))
    throw new EvidenceError('REPEATED', `${validator} was punished for this at height ${height} before`);
  return sitting.epoch;
}

const markOf = (epoch: number, { kind, validator, height, round }: Offence) =>
  [epoch, height, round, OFFENCE_KINDS.indexOf(kind), validator] as const;

/**
 * Burns the genesis' share, rounded up, of all stake that the key votes with and of what it let thaw; the stake on
 * itself pays for it, as far as it goes (docs/decisions/0014-slashing.md). Returns what was burned.
 */
function burnStake({ draft, parameters }: BlockContext, validator: Offence['validator']): Amount {
  const target = { kind: 'validator', validator } as const;
  const own = getStake(draft, validator, target);
  if (own === undefined) return 0n;
  const total = getStakeTotal(draft, target);
  const thawing = own.thawing.reduce((sum, { amount }) => sum + amount, 0n);
  const due = ((total + thawing) * BigInt(parameters.slashBps) + 9_999n) / 10_000n;
  // The counter of all burned money fits u64 only because nothing burns beyond it.
  const burned = least(due, own.amount + thawing, MAX_AMOUNT - getSupply(draft).burned);
  const bonded = least(burned, own.amount);
  putStake(draft, validator, target, {
    amount: own.amount - bonded,
    thawing: without(own.thawing, burned - bonded),
  });
  putStakeTotal(draft, target, total - bonded);
  burnSupply(draft, burned);
  return burned;
}

const least = (...amounts: readonly Amount[]): Amount => amounts.reduce((a, b) => (a < b ? a : b));

/** Takes from what thaws first on. */
function without(thawing: Stake['thawing'], amount: Amount): Stake['thawing'] {
  let left = amount;
  return thawing.flatMap(entry => {
    const taken = least(left, entry.amount);
    left -= taken;
    return taken === entry.amount ? [] : [{ ...entry, amount: entry.amount - taken }];
  });
}

function pruneMarks({ draft, epoch, parameters }: BlockContext): void {
  const oldest = epoch.number - parameters.unstakeEpochs;
  for (const [mark] of punished.scan(draft, [], { limit: PRUNED_PER_BLOCK })) {
    if (mark[0] >= oldest) return;
    punished.delete(draft, ...mark);
  }
}

/** What was punished in the epochs that evidence can still be about, the earliest first; at most `limit`. */
export function listOffences(state: StateReader, limit: number): Offence[] {
  return Array.from(punished.scan(state, [], { limit }), ([[, height, round, kind, validator]]) => ({
    kind: OFFENCE_KINDS[kind] ?? 'proposal',
    validator,
    height,
    round,
  }));
}
