import type { Hex } from '../../../consensus/interface/index.ts';
import { amounts, type BlockInfo } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export interface GetBlockParameters {
  /** Height or hash. */
  readonly block: number | Hex;
}
export type GetBlockReturnType = BlockInfo;

/**
 * A block with its transactions, their outcomes, all events and the commit certificate.
 * Rejects with BLOCK_NOT_FOUND.
 *
 * @example
 * const { header, transactions } = await client.getBlock({ block: 1 });
 */
export async function getBlock(
  transport: Transport,
  parameters: GetBlockParameters,
): Promise<GetBlockReturnType> {
  const block = await transport.request('chain_getBlock', parameters);
  return { ...block, transactions: block.transactions.map(each => amounts(each, 'fee', 'feeLimit')) };
}
