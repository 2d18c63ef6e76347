import type { Hex } from '../../../consensus/interface/index.ts';
import type { ProofResult } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export interface GetConsensusProofParameters {
  /** Consensus id. */
  readonly id: number;
  /** As the module keeps it. */
  readonly key: Hex;
}
export type GetConsensusProofReturnType = ProofResult;

/**
 * A row of the storage of a consensus module (or its absence) with its proof: see `verifyProof`.
 *
 * @example
 * const proof = await client.getConsensusProof({ id: 1, key: '0x70' });
 */
export async function getConsensusProof(
  transport: Transport,
  parameters: GetConsensusProofParameters,
): Promise<GetConsensusProofReturnType> {
  return transport.request('consensus_proof', parameters);
}
