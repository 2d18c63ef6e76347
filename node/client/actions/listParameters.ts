import { type ParameterInfo, toParameter } from '../results.ts';
import type { Transport } from '../transport/types.ts';

export type ListParametersReturnType = readonly ParameterInfo[];

/**
 * The parameters of the chain that a proposal can change, with their bounds.
 *
 * @example
 * const bond = (await client.listParameters()).find(({ name }) => name === 'bond');
 */
export async function listParameters(transport: Transport): Promise<ListParametersReturnType> {
  return (await transport.request('gov_params', {})).map(toParameter);
}
