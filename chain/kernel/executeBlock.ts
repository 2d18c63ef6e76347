import { BlockError, ChainError } from '../errors.ts';
import type { Outcome } from '../format/block.ts';
import type { State } from '../state/index.ts';
import { type Asking, answeredHere } from './ask.ts';
import { afterUse, blockLimits, fits, NOTHING_USED } from './budget.ts';
import type { TransactionContext } from './context.ts';
import { openBlock, sealBlock } from './openBlock.ts';
import { processTransaction } from './processTransaction.ts';
import type { BlockInput, CheckedTransaction, Code, Execution } from './types.ts';

/**
 * The state transition: the state after a block, and all that happened in it. Pure: the same input gives the same
 * bytes on every node. Throws {@link BlockError} if a transaction may not stand in the block or the block holds too
 * much, and {@link ModuleFault} if the code of a consensus module is missing or crashes.
 */
export const executeBlock = (state: State, input: BlockInput, code: Code): Execution =>
  answeredHere(blockExecution(state, input, code), code);

/** {@link executeBlock} for whoever answers its questions. Of `code` it reads what they declare. */
export function* blockExecution(state: State, input: BlockInput, code: Code): Asking<Execution> {
  const block = yield* openBlock(state, input, code);
  const limits = blockLimits(block.context.parameters);
  let used = NOTHING_USED;
  const outcomes: Outcome[] = [];
  for (const [index, checked] of input.transactions.entries()) {
    const outcome = yield* process(block.context, checked, index);
    used = afterUse(used, outcome.weight, checked.encoded);
    if (!fits(used, limits))
      throw new BlockError('BLOCK_TOO_HEAVY', `transaction ${index} does not fit into the block`);
    outcomes.push(outcome);
  }
  return sealBlock(block, outcomes);
}

function* process(context: TransactionContext, checked: CheckedTransaction, index: number): Asking<Outcome> {
  try {
    return yield* processTransaction(context, checked);
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    throw new BlockError('BAD_TRANSACTION', `transaction ${index}: ${error.message}`, error);
  }
}
