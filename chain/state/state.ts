import type { Hex, ScanOptions } from '../../consensus/interface/index.ts';
import { compareKeys, fromKeyString, toKeyString } from './keys.ts';
import { entriesUnder, type Ordered, ordered } from './ordered.ts';
import { type Proof, proveKey } from './proof.ts';
import { type HashRange, leavesIn, proveRange, type RangeProof, rawRange } from './range.ts';
import { hexOf } from './raw.ts';
import { hashBytes, rootHash, type Trie, type TrieUpdate, updateTrie } from './trie.ts';

/** A key and its new value; null removes it. */
export interface Change {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}
export type Row = readonly [key: Uint8Array, value: Uint8Array];
export interface HashedRow {
  readonly keyHash: Hex;
  readonly row: Row;
}

/** Reads of a state. Values belong to the state: whoever wants to change one copies it first. */
export interface StateReader {
  get(key: Uint8Array): Uint8Array | undefined;
  /** Rows whose key starts with `prefix`, in ascending byte order of keys. Writes meanwhile are not seen. */
  scan(prefix: Uint8Array, options?: ScanOptions): Iterable<Row>;
}

/**
 * All keys and values of the chain at one height, and the tree that authenticates them. Immutable: `with` makes a new
 * state that shares all but the touched paths with the old one, in time proportional to the changes.
 */
export class State implements StateReader {
  static readonly empty: State = new State(ordered(), null);

  readonly #rows: Ordered<Uint8Array>;
  readonly #trie: Trie;
  /** Root of the tree over all keys and values. */
  readonly root: Hex;

  private constructor(rows: Ordered<Uint8Array>, trie: Trie) {
    this.#rows = rows;
    this.#trie = trie;
    this.root = hexOf(rootHash(trie));
  }

  /** A state of rows in any order; of two rows with one key the later one counts. */
  static fromRows(rows: Iterable<Row>): State {
    const changes = Array.from(rows, ([key, value]) => [toKeyString(key), { key, value }] as const);
    changes.sort(([a], [b]) => compareKeys(a, b));
    return State.empty.#after(new Map(changes));
  }

  /** How many keys it holds. */
  get size(): number {
    return this.#rows.size;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#rows.get(toKeyString(key));
  }

  *scan(prefix: Uint8Array, { after, limit = Number.POSITIVE_INFINITY }: ScanOptions = {}): Iterable<Row> {
    let left = limit;
    if (left <= 0) return;
    for (const [key, value] of entriesUnder(this.#rows, toKeyString(prefix), after && toKeyString(after))) {
      yield [fromKeyString(key), value];
      if (--left <= 0) return;
    }
  }

  /** Everything, in ascending byte order of keys. */
  rows(): Iterable<Row> {
    return this.scan(new Uint8Array());
  }

  /** The state after some changes; of two changes of one key the later one counts. */
  with(changes: Iterable<Change>): State {
    const latest = new Map<string, Change>();
    for (const change of changes) latest.set(toKeyString(change.key), change);
    return this.#after(latest);
  }

  /** Proof that the key has the value that `get` answers, or that it is absent. */
  prove(key: Uint8Array): Proof {
    return proveKey(this.#trie, hashBytes(key));
  }

  /** Rows whose keys' hashes lie in the range, ascending by that hash. */
  *rowsByHash(range: HashRange): Iterable<HashedRow> {
    for (const { key, keyHash } of leavesIn(this.#trie, rawRange(range))) {
      const value = this.#rows.get(key);
      if (value === undefined) throw new Error('the tree of a state has a leaf without a row');
      yield { keyHash: hexOf(keyHash), row: [fromKeyString(key), value] };
    }
  }

  /** Proof that the rows of {@link rowsByHash} are all that there is in the range. */
  proveRange(range: HashRange): RangeProof {
    return proveRange(this.#trie, range);
  }

  #after(changes: ReadonlyMap<string, Change>): State {
    const rows = this.#rows.clone();
    for (const [key, { value }] of changes) {
      if (value === null) rows.delete(key);
      else rows.set(key, value);
    }
    return new State(rows, updateTrie(this.#trie, trieUpdates(changes)));
  }
}

function trieUpdates(changes: ReadonlyMap<string, Change>): TrieUpdate[] {
  const updates = Array.from(changes, ([text, { key, value }]) => ({
    key: text,
    keyHash: hashBytes(key),
    valueHash: value === null ? null : hashBytes(value),
  }));
  return updates.sort((a, b) => compareKeys(a.keyHash, b.keyHash));
}
