import { describeRow, type RowChange } from '../../../chain/index.ts';
import { type Hex, toHex } from '../../../consensus/interface/index.ts';
import { PROBE } from '../../support/probe.ts';

export type { SystemOutcome } from '../../../chain/index.ts';

/** Changes of the probe's own storage. */
export function storageChanges(changes: readonly RowChange[]): { key: Hex; after: Hex | null }[] {
  return changes.flatMap(({ key, after }) => {
    const row = describeRow(key);
    if (row === null || !('consensus' in row) || row.consensus !== PROBE) return [];
    return [{ key: toHex(row.key), after: after && toHex(after) }];
  });
}
