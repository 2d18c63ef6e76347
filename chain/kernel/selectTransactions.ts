import type { Hex } from '../../consensus/interface/index.ts';
import { ChainError, chainError, ModuleFault, reasonOf } from '../errors.ts';
import type { Outcome } from '../format/block.ts';
import type { State } from '../state/index.ts';
import { type Asking, answeredHere } from './ask.ts';
import { afterUse, type BlockLimits, blockLimits, fits, NOTHING_USED } from './budget.ts';
import type { TransactionContext } from './context.ts';
import { openBlock, sealBlock } from './openBlock.ts';
import { processTransaction } from './processTransaction.ts';
import type { BlockInput, CheckedTransaction, Code, Execution } from './types.ts';

export interface Rejected {
  readonly hash: Hex;
  readonly error: ChainError;
  /** True when it can never stand in a block; false when it may in a later one. */
  readonly final: boolean;
}

export interface Selection {
  readonly included: readonly CheckedTransaction[];
  readonly rejected: readonly Rejected[];
  /** The same as `executeBlock` of the included ones. */
  readonly execution: Execution;
}

/**
 * Makes a block out of candidates, in their order, for a proposer: those that may not stand in it are left out and
 * named, and the first that no longer fits ends the block, so that none is passed over. A transaction on which a consensus module crashes is
 * left out too, so that it cannot stop the chain.
 */
export const selectTransactions = (
  state: State,
  input: BlockInput,
  code: Code,
  limits: Partial<BlockLimits> = {},
): Selection => answeredHere(transactionSelection(state, input, code, limits), code);

/** {@link selectTransactions} for whoever answers its questions. */
export function* transactionSelection(
  state: State,
  input: BlockInput,
  code: Code,
  limits: Partial<BlockLimits> = {},
): Asking<Selection> {
  const block = yield* openBlock(state, input, code);
  const room = blockLimits(block.context.parameters, limits);
  const included: CheckedTransaction[] = [];
  const rejected: Rejected[] = [];
  const outcomes: Outcome[] = [];
  let used = NOTHING_USED;
  for (const checked of input.transactions) {
    const mark = block.context.draft.mark();
    const outcome = yield* processOrReject(block.context, checked);
    const after = outcome instanceof ChainError ? used : afterUse(used, outcome.weight, checked.encoded);
    const isFull = !fits(after, room);
    if (outcome instanceof ChainError || isFull) block.context.draft.rollback(mark);
    if (isFull) break;
    if (outcome instanceof ChainError) {
      rejected.push({ hash: checked.hash, error: outcome, final: outcome.final });
      continue;
    }
    used = after;
    included.push(checked);
    outcomes.push(outcome);
  }
  return { included, rejected, execution: sealBlock(block, outcomes) };
}

function* processOrReject(
  context: TransactionContext,
  checked: CheckedTransaction,
): Asking<Outcome | ChainError> {
  try {
    return yield* processTransaction(context, checked);
  } catch (error) {
    if (error instanceof ChainError) return error;
    if (!(error instanceof ModuleFault)) throw error;
    const { consensus, method } = error.place;
    return chainError('MODULE_FAULT', { consensus, method, reason: reasonOf(error.cause) });
  }
}
