import type { LinkTree } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import type { ModuleReference } from '../wire.ts';

export interface GetLinkTreeParameters {
  /** Id, address or alias. */
  readonly module: ModuleReference;
  /** Levels below the module; all of them when absent. */
  readonly depth?: number | undefined;
}
export type GetLinkTreeReturnType = LinkTree;

/**
 * The tree of active links below a module.
 *
 * @example
 * const tree = await client.getLinkTree({ module: 'router' });
 */
export async function getLinkTree(
  transport: Transport,
  parameters: GetLinkTreeParameters,
): Promise<GetLinkTreeReturnType> {
  return transport.request('link_tree', parameters);
}
