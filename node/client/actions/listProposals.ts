import { type ProposalInfo, toProposal } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export interface ListProposalsParameters {
  /** Only those on which votes count. */
  readonly open?: boolean | undefined;
  /** Only proposals with a higher id than this. */
  readonly after?: number | undefined;
  /** At most this many; 100 when absent. */
  readonly limit?: number | undefined;
}
export type ListProposalsReturnType = readonly ProposalInfo[];

/**
 * Proposals, ascending by id.
 *
 * @example
 * const open = await client.listProposals({ open: true });
 */
export async function listProposals(
  transport: Transport,
  parameters: ListProposalsParameters = {},
): Promise<ListProposalsReturnType> {
  return (await transport.request('gov_list', parameters)).map(toProposal);
}
