import { amounts, type ConsensusInfo } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export type ListConsensusReturnType = readonly ConsensusInfo[];

/**
 * The registered consensus modules with their methods and queries.
 *
 * @example
 * const [consensus0] = await client.listConsensus();
 */
export async function listConsensus(transport: Transport): Promise<ListConsensusReturnType> {
  return (await transport.request('consensus_list', {})).map(each => amounts(each, 'pot', 'mintCap'));
}
