import type { Transport } from '../transport/types.ts';

export interface QueryConsensusParameters {
  /** Consensus id. */
  readonly id: number;
  readonly query: string;
  /** JSON after the query's codec. */
  readonly args?: unknown;
}
export type QueryConsensusReturnType = unknown;

/**
 * Asks a consensus module one of its read-only queries; the answer is JSON after the query's codec.
 *
 * @example
 * const answer = await client.queryConsensus({ id: 0, query: 'claimed', args: { epoch: 3 } });
 */
export async function queryConsensus(
  transport: Transport,
  parameters: QueryConsensusParameters,
): Promise<QueryConsensusReturnType> {
  return transport.request('consensus_query', parameters);
}
