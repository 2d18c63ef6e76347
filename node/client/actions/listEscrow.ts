import { type EscrowInfo, toEscrow } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import type { Address } from '../wire.ts';

export interface ListEscrowParameters {
  readonly client?: Address | undefined;
  readonly server?: Address | undefined;
  readonly consensus?: number | undefined;
}
export type ListEscrowReturnType = readonly EscrowInfo[];

/**
 * Reserves, by client, by server, or by both.
 *
 * @example
 * const reserves = await client.listEscrow({ server: bob.address });
 */
export async function listEscrow(
  transport: Transport,
  parameters: ListEscrowParameters = {},
): Promise<ListEscrowReturnType> {
  return (await transport.request('escrow_list', parameters)).map(toEscrow);
}
