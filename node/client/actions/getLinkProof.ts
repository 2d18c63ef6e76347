import type { ProofResult } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import type { ModuleReference } from '../wire.ts';

export interface GetLinkProofParameters {
  readonly parent: ModuleReference;
  readonly child: ModuleReference;
}
export type GetLinkProofReturnType = ProofResult;

/**
 * A link (or its absence) with its proof: see `verifyProof`.
 *
 * @example
 * const proof = await client.getLinkProof({ parent: 'router', child: 'replica-1' });
 */
export async function getLinkProof(
  transport: Transport,
  parameters: GetLinkProofParameters,
): Promise<GetLinkProofReturnType> {
  return transport.request('link_proof', parameters);
}
