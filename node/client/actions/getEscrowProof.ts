import type { ProofResult } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import type { Address } from '../wire.ts';

export interface GetEscrowProofParameters {
  readonly client: Address;
  readonly server: Address;
  /** Consensus id; 0 when absent. */
  readonly consensus?: number | undefined;
}
export type GetEscrowProofReturnType = ProofResult;

/**
 * A reserve (or its absence) with its proof: see `verifyProof`.
 *
 * @example
 * const proof = await client.getEscrowProof({ client: alice.address, server: bob.address });
 */
export async function getEscrowProof(
  transport: Transport,
  parameters: GetEscrowProofParameters,
): Promise<GetEscrowProofReturnType> {
  return transport.request('escrow_proof', parameters);
}
