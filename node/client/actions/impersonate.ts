import { type FinalTransaction, toFinal } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import { LONG_MS } from '../waitingTime.ts';
import type { Address, CallJson } from '../wire.ts';

export interface ImpersonateParameters {
  readonly from: Address;
  readonly call: CallJson;
}
export type ImpersonateReturnType = FinalTransaction;

/**
 * Has an account do what it did not sign, on devnets only; resolves once it is final, whether it succeeded (`ok`) or
 * not. The dev authority pays the fee, and the nonce of the account stays.
 *
 * @example
 * const call = { kind: 'transfer', to: bob.address, amount: '5' } as const;
 * const { ok } = await client.impersonate({ from: alice.address, call });
 */
export async function impersonate(
  transport: Transport,
  parameters: ImpersonateParameters,
): Promise<ImpersonateReturnType> {
  return toFinal(await transport.request('dev_impersonate', parameters, { timeoutMs: LONG_MS }));
}
