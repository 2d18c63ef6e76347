import { type ProposalInfo, toProposal } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export interface GetProposalParameters {
  readonly proposal: number;
}
export type GetProposalReturnType = ProposalInfo;

/**
 * A proposal, how the votes stand, and its result.
 *
 * @example
 * const { status, tally } = await client.getProposal({ proposal: 0 });
 */
export async function getProposal(
  transport: Transport,
  parameters: GetProposalParameters,
): Promise<GetProposalReturnType> {
  return toProposal(await transport.request('gov_get', parameters));
}
