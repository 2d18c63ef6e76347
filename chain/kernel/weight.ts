/** What work costs. One unit is about one microsecond of one slow core; the fee follows from the genesis' price. */
import type { ConsensusModule } from '../../consensus/interface/index.ts';
import { chainError, type FaultPlace, ModuleFault } from '../errors.ts';
import type { KernelCallKind } from '../format/transaction.ts';
import { actOf } from './act.ts';
import { argsOf, codeName, methodOf, runOutside } from './mechanism.ts';
import type { CheckedTransaction, Mechanisms } from './types.ts';

/** Of the call itself, its own signature included. Changing one changes fees, so blocks. */
const CALL_WEIGHT: Readonly<Record<KernelCallKind, number>> = {
  transfer: 100,
  registerModule: 200,
  updateModule: 200,
  retireModule: 200,
  // Both search the graph of links; most searches are short.
  proposeLink: 500,
  acceptLink: 500,
  dissolveLink: 150,
  stake: 150,
  unstake: 150,
  withdrawStake: 150,
  reserve: 150,
  thaw: 150,
  withdraw: 150,
  // The method adds its own.
  call: 100,
  // Parameters and capabilities are read; the code runs later, in a block's own work.
  installConsensus: 500,
  cancelConsensus: 150,
  // Both read and write rows of up to 100 validators: measured with as many.
  propose: 2_500,
  vote: 2_500,
  dev: 100,
};

/** Bytes that weigh one unit: hashing, storing and sending them. */
const BYTES_PER_UNIT = 4;

/** Each signature that a consensus call asks for, above its own. */
const SIGNATURE_WEIGHT = 50;

/** Charged before the transaction runs. Throws {@link ChainError} for a call that cannot be understood. */
export function weightOf(checked: CheckedTransaction, mechanisms: Mechanisms): number {
  const { transaction, encoded, verified } = checked;
  const bytes = Math.ceil(encoded.length / BYTES_PER_UNIT);
  const signatures = verified.length * SIGNATURE_WEIGHT;
  const { call } = transaction;
  const acted = actOf(transaction).call.kind;
  // An impersonated call is looked up and run besides the operation that carries it.
  const own = CALL_WEIGHT[call.kind] + (acted === call.kind ? 0 : CALL_WEIGHT[acted]) + bytes + signatures;
  return own + methodWeight(checked, mechanisms);
}

/** Far above any block, so that sums of weights stay exact. */
const MAX_METHOD_WEIGHT = 2 ** 48;

function methodWeight(checked: CheckedTransaction, mechanisms: Mechanisms): number {
  const { call, sender } = actOf(checked.transaction);
  if (call.kind !== 'call') return 0;
  const method = methodOf(mechanisms, call);
  const place = { consensus: call.consensus, method: `weight of ${call.method}`, sender };
  requireFacts(checked, mechanisms.get(call.consensus), place);
  if (checked.weight !== undefined) return boundedWeight(checked.weight, place);
  const args = argsOf(method, call);
  return boundedWeight(
    runOutside(place, () => method.weight(args)),
    place,
  );
}

/** Facts of one version are none about another. Throws {@link ModuleFault}. */
function requireFacts(
  { code }: CheckedTransaction,
  mechanism: ConsensusModule | undefined,
  place: FaultPlace,
): void {
  const runs = mechanism === undefined ? 'nothing' : codeName(mechanism.info);
  if (code !== undefined && code !== runs)
    throw new ModuleFault(place, `it was checked by ${code}, and ${runs} runs`);
}

/** Whether what is known of a transaction holds for the code that is in force: an upgrade may have come in between. */
export function factsHold({ transaction, code }: CheckedTransaction, mechanisms: Mechanisms): boolean {
  const { call } = actOf(transaction);
  if (call.kind !== 'call') return true;
  const info = mechanisms.get(call.consensus)?.info;
  return info !== undefined && code === codeName(info);
}

function boundedWeight(weight: number, place: FaultPlace): number {
  if (Number.isSafeInteger(weight) && weight >= 0) return Math.min(weight, MAX_METHOD_WEIGHT);
  const { consensus, method } = place;
  throw chainError('MODULE_FAULT', { consensus, method, reason: `${weight} is no whole number from 0 on` });
}
