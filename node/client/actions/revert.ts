import type { Transport } from '../transport/types.ts';
import { LONG_MS } from '../waitingTime.ts';
import type { WentBackJson } from '../wireDev.ts';

export interface RevertParameters {
  readonly name: string;
}
export type RevertReturnType = WentBackJson;

/**
 * A new block of the devnet has the state of a snapshot; resolves once it is final. Heights, nonces and time go on. The
 * snapshot stays, those taken after it are forgotten.
 *
 * @example
 * await client.revert({ name });
 */
export async function revert(transport: Transport, parameters: RevertParameters): Promise<RevertReturnType> {
  return transport.request('dev_revert', parameters, { timeoutMs: LONG_MS });
}
