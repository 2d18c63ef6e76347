import { type ModuleInfo, toModule } from '../results.ts';
import type { Transport } from '../transport/types.ts';
import type { ModuleReference } from '../wire.ts';

export interface GetModuleParameters {
  /** Id, address or alias. */
  readonly module: ModuleReference;
}
export type GetModuleReturnType = ModuleInfo;

/**
 * A registered module; prices in base units. Rejects with UNKNOWN_MODULE.
 *
 * @example
 * const { url, prices } = await client.getModule({ module: 'router' });
 */
export async function getModule(
  transport: Transport,
  parameters: GetModuleParameters,
): Promise<GetModuleReturnType> {
  return toModule(await transport.request('module_get', parameters));
}
