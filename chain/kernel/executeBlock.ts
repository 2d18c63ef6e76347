import { BlockError, ChainError } from '../errors.ts';
import type { Outcome } from '../format/block.ts';
import type { State } from '../state/index.ts';
import { afterUse, blockLimits, fits, NOTHING_USED } from './budget.ts';
import type { BlockContext } from './context.ts';
import { openBlock, sealBlock } from './openBlock.ts';
import { processTransaction } from './processTransaction.ts';
import type { BlockInput, CheckedTransaction, Execution, Mechanisms } from './types.ts';

/**
 * The state transition: the state after a block, and all that happened in it. Pure: the same input gives the same
 * bytes on every node. Throws {@link BlockError} if a transaction may not stand in the block or the block holds too
 * much, and {@link ModuleFault} if the code of a consensus module is missing or crashes.
 */
export function executeBlock(state: State, input: BlockInput, mechanisms: Mechanisms): Execution {
  const block = openBlock(state, input, mechanisms);
  const limits = blockLimits(block.context.parameters);
  let used = NOTHING_USED;
  const outcomes = input.transactions.map((checked, index) => {
    const outcome = process(block.context, checked, index);
    used = afterUse(used, outcome.weight, checked.encoded);
    if (!fits(used, limits))
      throw new BlockError('BLOCK_TOO_HEAVY', `transaction ${index} does not fit into the block`);
    return outcome;
  });
  return sealBlock(block, outcomes);
}

function process(context: BlockContext, checked: CheckedTransaction, index: number): Outcome {
  try {
    return processTransaction(context, checked);
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    throw new BlockError('BAD_TRANSACTION', `transaction ${index}: ${error.message}`, error);
  }
}
