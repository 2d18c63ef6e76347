import type { Hex } from '../../../consensus/interface/index.ts';
import { type FinalTransaction, toFinal } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import { waitingTime } from '../waitingTime.ts';

export interface WaitForTransactionParameters {
  readonly hash: Hex;
  /** Milliseconds; 30,000 when absent. */
  readonly timeout?: number | undefined;
}
export type WaitForTransactionReturnType = FinalTransaction;

/**
 * Resolves once a transaction is final, whether it succeeded (`ok`) or not. Rejects with TRANSACTION_DROPPED or
 * WAIT_TIMEOUT.
 *
 * @example
 * const { ok, height } = await client.waitForTransaction({ hash });
 */
export async function waitForTransaction(
  transport: Transport,
  parameters: WaitForTransactionParameters,
): Promise<WaitForTransactionReturnType> {
  const timeoutMs = waitingTime(parameters.timeout);
  return toFinal(await transport.request('tx_wait', parameters, { timeoutMs }));
}
