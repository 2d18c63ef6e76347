/** Finding and running the code of consensus modules. */
import { CodecError, type ConsensusModule, decode, type Method } from '../../consensus/interface/index.ts';
import { chainError, type FaultPlace, ModuleFault, reasonOf } from '../errors.ts';
import type { PinnedCode } from '../format/entities.ts';
import type { CallOf } from '../format/transaction.ts';
import type { StateReader } from '../state/index.ts';
import { listConsensus } from './getters.ts';
import type { Code, Mechanisms } from './types.ts';

/** How facts and errors name code. */
export const codeName = ({ name, version }: Pick<PinnedCode, 'name' | 'version'>): string =>
  `${name}@${version}`;

/** The code that the chain pins for an id; undefined on a node that has another or none. */
export function findMechanism(id: number, pinned: PinnedCode, code: Code): ConsensusModule | undefined {
  const mechanism = code.get(id, pinned);
  return mechanism !== undefined && codeName(mechanism.info) === codeName(pinned) ? mechanism : undefined;
}

/** The code that the chain pins for an id. Throws {@link ModuleFault} on a node that has another or none. */
export function mechanismOf(pinned: PinnedCode & { readonly id: number }, code: Code): ConsensusModule {
  const mechanism = findMechanism(pinned.id, pinned, code);
  if (mechanism !== undefined) return mechanism;
  const place = { consensus: pinned.id, method: 'load', sender: null };
  throw new ModuleFault(place, `the chain runs ${codeName(pinned)}, which this node has not loaded`);
}

/** The code in force in a state, as far as a node has it. Calls of the next block are judged by it. */
export function mechanismsIn(state: StateReader, code: Code): Mechanisms {
  const found = new Map<number, ConsensusModule>();
  for (const entry of listConsensus(state)) {
    const mechanism = findMechanism(entry.id, entry, code);
    if (mechanism !== undefined) found.set(entry.id, mechanism);
  }
  return found;
}

/** The method that a call names. Throws UNKNOWN_CONSENSUS or UNKNOWN_METHOD. */
export function methodOf(mechanisms: Mechanisms, call: CallOf<'call'>): Method<unknown> {
  const { consensus } = call;
  const mechanism = mechanisms.get(consensus);
  if (mechanism === undefined) throw chainError('UNKNOWN_CONSENSUS', { consensus });
  return methodIn(mechanism, call);
}

/** The method of a module that a call names. Throws UNKNOWN_METHOD. */
export function methodIn({ calls }: ConsensusModule, { consensus, method }: CallOf<'call'>): Method<unknown> {
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
