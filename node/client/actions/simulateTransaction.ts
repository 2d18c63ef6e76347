import { amounts, type Outcome } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import type { SignedJson } from '../wire.ts';

export interface SimulateTransactionParameters {
  /** The signature need not be right. */
  readonly tx: SignedJson;
}
export type SimulateTransactionReturnType = Outcome;

/**
 * What a transaction would do on top of the last block. Nothing is written, nothing is charged.
 *
 * @example
 * const { ok, fee } = await client.simulateTransaction({ tx });
 */
export async function simulateTransaction(
  transport: Transport,
  parameters: SimulateTransactionParameters,
): Promise<SimulateTransactionReturnType> {
  return amounts(await transport.request('tx_simulate', parameters), 'fee');
}
