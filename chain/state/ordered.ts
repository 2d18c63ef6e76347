/** The ordered map under states and drafts: a B+ tree whose `clone()` is O(1), copying nodes when they change. */
import BTreeModule from 'sorted-btree';
import { compareKeys } from './keys.ts';

// The package is CommonJS: Node hands out its exports object, some loaders already the `default` in it.
const BTree = BTreeModule.default ?? BTreeModule;
export type Ordered<Value> = InstanceType<typeof BTreeModule.default<string, Value>>;

export const ordered = <Value>(): Ordered<Value> => new BTree<string, Value>(undefined, compareKeys);

/**
 * Entries whose key starts with `prefix` and sorts strictly after `after`, ascending. The map must not change
 * meanwhile: iterate over a clone where it could.
 */
export function* entriesUnder<Value>(
  map: Ordered<Value>,
  prefix: string,
  after: string | undefined,
): Generator<readonly [string, Value]> {
  const start = after !== undefined && after > prefix ? after : prefix;
  for (const entry of map.entries(start)) {
    if (!entry[0].startsWith(prefix)) return;
    if (entry[0] !== after) yield entry;
  }
}
