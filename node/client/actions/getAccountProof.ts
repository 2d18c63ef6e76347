import type { ProofResult } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import type { Address } from '../wire.ts';

export interface GetAccountProofParameters {
  readonly address: Address;
}
export type GetAccountProofReturnType = ProofResult;

/**
 * Balance and nonce of an account, provable to someone who trusts only a validator set: see `verifyProof`.
 *
 * @example
 * const proof = await client.getAccountProof({ address: alice.address });
 */
export async function getAccountProof(
  transport: Transport,
  parameters: GetAccountProofParameters,
): Promise<GetAccountProofReturnType> {
  return transport.request('account_proof', parameters);
}
