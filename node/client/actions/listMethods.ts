import type { Transport } from '../transport/types.ts';

export type ListMethodsReturnType = readonly string[];

/**
 * Names of all methods that this node answers.
 *
 * @example
 * const names = await client.listMethods();
 */
export async function listMethods(transport: Transport): Promise<ListMethodsReturnType> {
  return transport.request('rpc_methods', {});
}
