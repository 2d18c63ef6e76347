import type { LinkInfo } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import type { ModuleReference } from '../wire.ts';

export interface GetLinkParentsParameters {
  /** Id, address or alias. */
  readonly module: ModuleReference;
}
export type GetLinkParentsReturnType = readonly LinkInfo[];

/**
 * Links of which a module is the child, proposals included, ascending by parent.
 *
 * @example
 * const links = await client.getLinkParents({ module: 'replica-1' });
 */
export async function getLinkParents(
  transport: Transport,
  parameters: GetLinkParentsParameters,
): Promise<GetLinkParentsReturnType> {
  return transport.request('link_parents', parameters);
}
