import type { Transport } from '../transport/types.ts';
import { LONG_MS } from '../waitingTime.ts';
import type { SnapshotJson } from '../wireDev.ts';

export interface SnapshotParameters {
  /** `snapshot-1` and so on when absent. */
  readonly name?: string | undefined;
}
export type SnapshotReturnType = SnapshotJson;

/**
 * Takes a snapshot of the state of the whole devnet; resolves once it is final.
 *
 * @example
 * const { name } = await client.snapshot();
 */
export async function snapshot(
  transport: Transport,
  parameters: SnapshotParameters = {},
): Promise<SnapshotReturnType> {
  return transport.request('dev_snapshot', parameters, { timeoutMs: LONG_MS });
}
