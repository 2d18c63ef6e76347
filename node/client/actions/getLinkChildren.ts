import type { LinkInfo } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import type { ModuleReference } from '../wire.ts';

export interface GetLinkChildrenParameters {
  /** Id, address or alias. */
  readonly module: ModuleReference;
}
export type GetLinkChildrenReturnType = readonly LinkInfo[];

/**
 * Links of which a module is the parent, proposals included, ascending by child.
 *
 * @example
 * const links = await client.getLinkChildren({ module: 'router' });
 */
export async function getLinkChildren(
  transport: Transport,
  parameters: GetLinkChildrenParameters,
): Promise<GetLinkChildrenReturnType> {
  return transport.request('link_children', parameters);
}
