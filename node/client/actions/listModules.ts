import { type ModuleInfo, toModule } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export interface ListModulesParameters {
  /** Only modules with a higher id than this. */
  readonly after?: number | undefined;
  /** At most this many; 100 when absent. */
  readonly limit?: number | undefined;
}
export type ListModulesReturnType = readonly ModuleInfo[];

/**
 * Registered modules, ascending by id.
 *
 * @example
 * const modules = await client.listModules();
 */
export async function listModules(
  transport: Transport,
  parameters: ListModulesParameters = {},
): Promise<ListModulesReturnType> {
  return (await transport.request('module_list', parameters)).map(toModule);
}
