/** Finding and running the code of consensus modules. */
import { CodecError, type ConsensusModule, decode, type Method } from '../../consensus/interface/index.ts';
import { chainError, type FaultPlace, ModuleFault, reasonOf } from '../errors.ts';
import type { ConsensusEntry } from '../format/entities.ts';
import type { CallOf } from '../format/transaction.ts';
import type { Mechanisms } from './types.ts';

/** The code that the chain pins for an id. Throws {@link ModuleFault} on a node that has another or none. */
export function mechanismOf({ id, name, version }: ConsensusEntry, mechanisms: Mechanisms): ConsensusModule {
  const mechanism = mechanisms.get(id);
  if (mechanism?.info.name === name && mechanism.info.version === version) return mechanism;
  const place = { consensus: id, method: 'load', sender: null };
  throw new ModuleFault(place, `the chain runs ${name}@${version}, which this node has not loaded`);
}

/** The method that a call names. Throws UNKNOWN_CONSENSUS or UNKNOWN_METHOD. */
export function methodOf(mechanisms: Mechanisms, call: CallOf<'call'>): Method<unknown> {
  const { consensus, method } = call;
  const calls = mechanisms.get(consensus)?.calls;
  if (calls === undefined) throw chainError('UNKNOWN_CONSENSUS', { consensus });
  const found: Method<unknown> | undefined = Object.hasOwn(calls, method) ? calls[method] : undefined;
  if (found === undefined) throw chainError('UNKNOWN_METHOD', { consensus, method });
  return found;
}

/** Arguments that were decoded before, by call: checks, weight and execution ask for them one after another. */
const decoded = new WeakMap<CallOf<'call'>, { readonly method: Method<unknown>; readonly args: unknown }>();

/** The arguments of a call, decoded once. Throws BAD_ARGUMENTS. */
export function argsOf(method: Method<unknown>, call: CallOf<'call'>): unknown {
  const before = decoded.get(call);
  if (before?.method === method) return before.args;
  try {
    const args = decode(method.codec, call.args);
    decoded.set(call, { method, args });
    return args;
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw chainError('BAD_ARGUMENTS', { method: call.method, reason: error.message });
  }
}

/** Runs code of a consensus module before a transaction stands in a block, where a crash only refuses the transaction. */
export function runOutside<Result>(place: FaultPlace, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const { consensus, method } = place;
    throw chainError('MODULE_FAULT', { consensus, method, reason: reasonOf(error) });
  }
}
