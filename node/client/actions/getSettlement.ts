import { amounts, type SettlementInfo } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export interface GetSettlementParameters {
  /** Consensus id. */
  readonly id: number;
  readonly epoch: number;
}
export type GetSettlementReturnType = SettlementInfo;

/**
 * What closing an epoch moved (base units), and the rows that caused it; empty if nothing was claimed.
 * Rejects with EPOCH_NOT_CLOSED while the epoch runs.
 *
 * @example
 * const { total, credits } = await client.getSettlement({ id: 0, epoch: 3 });
 */
export async function getSettlement(
  transport: Transport,
  parameters: GetSettlementParameters,
): Promise<GetSettlementReturnType> {
  const settlement = await transport.request('consensus_settlement', parameters);
  return {
    ...amounts(settlement, 'total'),
    debits: settlement.debits.map(each => amounts(each, 'amount')),
    credits: settlement.credits.map(each => amounts(each, 'amount')),
    rows: settlement.rows.map(each => amounts(each, 'amount')),
  };
}
