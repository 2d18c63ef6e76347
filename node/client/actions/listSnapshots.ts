import type { Transport } from '../transport/types.ts';
import type { SnapshotJson } from '../wireDev.ts';

export type ListSnapshotsReturnType = readonly SnapshotJson[];

/**
 * The snapshots to which a devnet can go back, the oldest first.
 *
 * @example
 * const snapshots = await client.listSnapshots();
 */
export async function listSnapshots(transport: Transport): Promise<ListSnapshotsReturnType> {
  return transport.request('dev_listSnapshots', {});
}
