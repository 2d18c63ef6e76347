import type { DumpRow } from '../../format/dump.ts';
import type { StateReader } from '../../state/index.ts';

/** Rows that stand in the order of their keys, to be read like a state: nothing is copied or hashed for it. */
export function readerOf(rows: readonly DumpRow[]): StateReader {
  /** The first row whose key is not before this one. */
  function firstFrom(key: Uint8Array): number {
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = rows[middle];
      if (row !== undefined && Buffer.compare(row.key, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  return {
    get(key) {
      const row = rows[firstFrom(key)];
      return row !== undefined && Buffer.compare(row.key, key) === 0 ? row.value : undefined;
    },
    *scan(prefix, { after, limit = Number.POSITIVE_INFINITY } = {}) {
      let left = limit;
      for (let at = firstFrom(after ?? prefix); left > 0; at++) {
        const row = rows[at];
        if (row === undefined || Buffer.compare(row.key.subarray(0, prefix.length), prefix) > 0) return;
        const isBefore = after !== undefined && Buffer.compare(row.key, after) <= 0;
        if (isBefore || !startsWith(row.key, prefix)) continue;
        yield [row.key, row.value];
        left--;
      }
    },
  };
}

const startsWith = (key: Uint8Array, prefix: Uint8Array): boolean =>
  Buffer.compare(key.subarray(0, prefix.length), prefix) === 0;
