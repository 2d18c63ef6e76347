import type { LinkInfo } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import type { ModuleReference } from '../wire.ts';

export interface GetLinkProposalsParameters {
  /** Id, address or alias. */
  readonly module: ModuleReference;
}
export type GetLinkProposalsReturnType = readonly LinkInfo[];

/**
 * Proposals that can be accepted now, with the module on either side: of links, and of other terms for links.
 *
 * @example
 * const open = await client.getLinkProposals({ module: 'replica-1' });
 */
export async function getLinkProposals(
  transport: Transport,
  parameters: GetLinkProposalsParameters,
): Promise<GetLinkProposalsReturnType> {
  return transport.request('link_proposals', parameters);
}
