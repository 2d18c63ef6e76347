import { type FinalTransaction, toFinal } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import { waitingTime } from '../waitingTime.ts';
import type { SignedJson } from '../wire.ts';

export interface SubmitAndWaitParameters {
  readonly tx: SignedJson;
  /** Milliseconds; 30,000 when absent. */
  readonly timeout?: number | undefined;
}
export type SubmitAndWaitReturnType = FinalTransaction;

/**
 * Submits a signed transaction and resolves once it is final, whether it succeeded (`ok`) or not.
 * Rejects with WAIT_TIMEOUT, which carries the hash.
 *
 * @example
 * const { ok, height } = await client.submitAndWait({ tx });
 */
export async function submitAndWait(
  transport: Transport,
  parameters: SubmitAndWaitParameters,
): Promise<SubmitAndWaitReturnType> {
  const timeoutMs = waitingTime(parameters.timeout);
  return toFinal(await transport.request('tx_submitAndWait', parameters, { timeoutMs }));
}
