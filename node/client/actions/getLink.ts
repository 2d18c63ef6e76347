import type { LinkInfo } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import type { ModuleReference } from '../wire.ts';

export interface GetLinkParameters {
  readonly parent: ModuleReference;
  readonly child: ModuleReference;
}
export type GetLinkReturnType = LinkInfo;

/**
 * The link, or the open proposal, between two modules. Rejects with UNKNOWN_LINK.
 *
 * @example
 * const { status, shareBps } = await client.getLink({ parent: 'router', child: 'replica-1' });
 */
export async function getLink(
  transport: Transport,
  parameters: GetLinkParameters,
): Promise<GetLinkReturnType> {
  return transport.request('link_get', parameters);
}
