import { type EscrowInfo, toEscrow } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import type { Address } from '../wire.ts';

export interface GetEscrowParameters {
  readonly client: Address;
  readonly server: Address;
  /** Consensus id; 0 when absent. */
  readonly consensus?: number | undefined;
}
export type GetEscrowReturnType = EscrowInfo;

/**
 * Escrow that one client holds for one server, in base units; zeros when there is none.
 *
 * @example
 * const { amount } = await client.getEscrow({ client: alice.address, server: bob.address });
 */
export async function getEscrow(
  transport: Transport,
  parameters: GetEscrowParameters,
): Promise<GetEscrowReturnType> {
  return toEscrow(await transport.request('escrow_get', parameters));
}
