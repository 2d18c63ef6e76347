import type { ProofResult } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export interface GetProposalProofParameters {
  readonly proposal: number;
}
export type GetProposalProofReturnType = ProofResult;

/**
 * A proposal with its result (or its absence) with its proof: see `verifyProof`.
 *
 * @example
 * const proof = await client.getProposalProof({ proposal: 0 });
 */
export async function getProposalProof(
  transport: Transport,
  parameters: GetProposalProofParameters,
): Promise<GetProposalProofReturnType> {
  return transport.request('gov_proof', parameters);
}
