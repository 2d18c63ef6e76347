/**
 * Proofs of a whole range of the state: that certain rows are all there is between two hashes of keys, nothing missing
 * and nothing added. The proof is the tree with everything cut away that the rows give back: outside the range only
 * the hashes of subtrees are left, inside it nothing at all.
 */
import { type Hex, hash, list, struct, type TypeOf, union } from '../../consensus/interface/index.ts';
import { compareKeys } from './keys.ts';
import { hexOf, isHash, rawOf } from './raw.ts';
import type { Row } from './state.ts';
import {
  EMPTY_HASH,
  hashBytes,
  type Inner,
  innerHash,
  type Leaf,
  leafHash,
  MAX_DEPTH,
  rootHash,
  type Trie,
  type TrieUpdate,
  updateTrie,
} from './trie.ts';

/** Two paths down the tree with a cut subtree beside each step. */
const MAX_PARTS = 4 * MAX_DEPTH + 1;

/** A place of the tree that the rows alone do not explain. */
export const RangePart = union({
  /** A subtree outside the range, or an empty one. */
  cut: [0, struct({ hash })],
  /** A node whose places below it lie partly in the range; its left and its right side follow. */
  node: [1, struct({})],
  /** A leaf in the range, which is among the rows. */
  row: [2, struct({})],
  /** A leaf outside of the range, at a place that lies partly in it. */
  other: [3, struct({ keyHash: hash, valueHash: hash })],
});
export type RangePart = TypeOf<typeof RangePart>;

/**
 * Proof that certain rows are the whole content of a range of key hashes, under one root. Places of the tree that lie
 * partly in the range, and those beside them, from left to right, parents first.
 */
export const RangeProof = list(RangePart, MAX_PARTS);
export type RangeProof = TypeOf<typeof RangeProof>;

/** Key hashes from `first` to `last`, both included. */
export interface HashRange {
  readonly first: Hex;
  readonly last: Hex;
}

interface RawRange {
  readonly first: string;
  readonly last: string;
}

/** The first key hash of all, and the last. */
export const FIRST_HASH: Hex = `0x${'00'.repeat(32)}`;
export const LAST_HASH: Hex = `0x${'ff'.repeat(32)}`;

/** Where a place of the tree lies: its key hashes have their first `depth` bits in common with `path`. */
interface Place {
  readonly path: string;
  readonly depth: number;
}

const TOP: Place = { path: EMPTY_HASH, depth: 0 };

export const rawRange = ({ first, last }: HashRange): RawRange => ({
  first: rawOf(first),
  last: rawOf(last),
});

/** The leaves of a range in order of key hash. */
export function* leavesIn(trie: Trie, range: RawRange): Generator<Leaf> {
  // The next one on top. Without a place: all of it is known to lie in the range.
  const open: { readonly node: Trie; readonly place: Place | null }[] = [{ node: trie, place: TOP }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node } = next;
    const where = next.place === null ? 'inside' : relation(next.place, range);
    if (node === null || where === 'outside') continue;
    if (node.kind === 'leaf') {
      if (isWithin(node.keyHash, range)) yield node;
      continue;
    }
    const place = where === 'inside' ? null : next.place;
    open.push({ node: node.right, place: place && below(place, true) });
    open.push({ node: node.left, place: place && below(place, false) });
  }
}

/** Proves all of a range at once. */
export function proveRange(trie: Trie, range: HashRange): RangeProof {
  const parts: RangePart[] = [];
  collect(trie, rawRange(range), TOP, parts);
  return parts;
}

function collect(node: Trie, range: RawRange, place: Place, parts: RangePart[]): void {
  const where = relation(place, range);
  if (where === 'inside') return;
  if (where === 'outside' || node === null) parts.push({ kind: 'cut', hash: hexOf(rootHash(node)) });
  else if (node.kind === 'leaf') parts.push(leafPart(node, range));
  else collectSides(node, range, place, parts);
}

function collectSides(node: Inner, range: RawRange, place: Place, parts: RangePart[]): void {
  parts.push({ kind: 'node' });
  collect(node.left, range, below(place, false), parts);
  collect(node.right, range, below(place, true), parts);
}

const leafPart = ({ keyHash, valueHash }: Leaf, range: RawRange): RangePart =>
  isWithin(keyHash, range)
    ? { kind: 'row' }
    : { kind: 'other', keyHash: hexOf(keyHash), valueHash: hexOf(valueHash) };

/**
 * Whether a proof shows that the state with this root holds exactly these rows in the range. Rows come in strictly
 * ascending order of key hash. Never throws.
 */
export function verifyRange(root: Hex, range: HashRange, rows: readonly Row[], proof: RangeProof): boolean {
  const raw = rawRange(range);
  if (!isHash(raw.first) || !isHash(raw.last) || raw.first > raw.last) return false;
  const leaves = rows.map(([key, value]) => ({
    key: '',
    keyHash: hashBytes(key),
    valueHash: hashBytes(value),
  }));
  if (!leaves.every(({ keyHash }, index) => isWithin(keyHash, raw) && isAbove(keyHash, leaves[index - 1])))
    return false;
  const reader = new RangeReader(raw, leaves, proof);
  const hash = reader.hashAt(TOP);
  return hash !== undefined && reader.isAtEnd() && hexOf(hash) === root;
}

const isAbove = (keyHash: string, before: TrieUpdate | undefined): boolean =>
  before === undefined || compareKeys(before.keyHash, keyHash) < 0;

/** Builds the hashes of a tree again from a proof and the rows, both of which it uses up from left to right. */
class RangeReader {
  readonly #range: RawRange;
  readonly #leaves: readonly TrieUpdate[];
  readonly #proof: RangeProof;
  #nextLeaf = 0;
  #nextPart = 0;

  constructor(range: RawRange, leaves: readonly TrieUpdate[], proof: RangeProof) {
    this.#range = range;
    this.#leaves = leaves;
    this.#proof = proof;
  }

  isAtEnd(): boolean {
    return this.#nextLeaf === this.#leaves.length && this.#nextPart === this.#proof.length;
  }

  /** The hash of the subtree at a place; undefined where the proof does not fit. */
  hashAt(place: Place): string | undefined {
    const where = relation(place, this.#range);
    if (where === 'inside') return this.#built(place);
    const part = this.#proof[this.#nextPart++];
    if (part === undefined) return undefined;
    if (part.kind === 'cut') return this.#cut(part.hash, where);
    if (where === 'outside') return undefined;
    if (part.kind === 'node') return this.#node(place);
    return part.kind === 'row' ? this.#row(place) : this.#other(part, place);
  }

  /** The tree of all rows that belong here; its shape follows from them alone. */
  #built(place: Place): string {
    const from = this.#nextLeaf;
    while (isUnder(this.#leaves[this.#nextLeaf]?.keyHash, place)) this.#nextLeaf++;
    return rootHash(updateTrie(null, this.#leaves.slice(from, this.#nextLeaf), place.depth));
  }

  /** Where the range reaches in, only nothing at all may be cut away. */
  #cut(hex: Hex, where: Relation): string | undefined {
    const hash = rawOf(hex);
    return isHash(hash) && (where === 'outside' || hash === EMPTY_HASH) ? hash : undefined;
  }

  #node(place: Place): string | undefined {
    if (place.depth >= MAX_DEPTH) return undefined;
    const left = this.hashAt(below(place, false));
    const right = left === undefined ? undefined : this.hashAt(below(place, true));
    return left === undefined || right === undefined ? undefined : innerHash(left, right);
  }

  #row(place: Place): string | undefined {
    const leaf = this.#leaves[this.#nextLeaf++];
    if (leaf === undefined || leaf.valueHash === null || !isUnder(leaf.keyHash, place)) return undefined;
    return leafHash(leaf.keyHash, leaf.valueHash);
  }

  #other(part: { readonly keyHash: Hex; readonly valueHash: Hex }, place: Place): string | undefined {
    const [keyHash, valueHash] = [rawOf(part.keyHash), rawOf(part.valueHash)];
    if (!isHash(keyHash) || !isHash(valueHash)) return undefined;
    if (!isUnder(keyHash, place) || isWithin(keyHash, this.#range)) return undefined;
    return leafHash(keyHash, valueHash);
  }
}

type Relation = 'inside' | 'outside' | 'partly';

function relation(place: Place, range: RawRange): Relation {
  const { path, depth } = place;
  const end = endOf(path, depth);
  if (end < range.first || path > range.last) return 'outside';
  return path >= range.first && end <= range.last ? 'inside' : 'partly';
}

const isWithin = (keyHash: string, { first, last }: RawRange): boolean => keyHash >= first && keyHash <= last;

const isUnder = (keyHash: string | undefined, { path, depth }: Place): boolean =>
  keyHash !== undefined && keyHash >= path && keyHash <= endOf(path, depth);

/** The last key hash that begins with the first `depth` bits of a path whose other bits are 0. */
function endOf(path: string, depth: number): string {
  if (depth >= MAX_DEPTH) return path;
  const whole = depth >> 3;
  const partial = path.charCodeAt(whole) | (0xff >> (depth & 7));
  return path.slice(0, whole) + String.fromCharCode(partial) + '\xff'.repeat(31 - whole);
}

function below({ path, depth }: Place, right: boolean): Place {
  if (!right) return { path, depth: depth + 1 };
  const at = depth >> 3;
  const byte = path.charCodeAt(at) | (0x80 >> (depth & 7));
  return { path: path.slice(0, at) + String.fromCharCode(byte) + path.slice(at + 1), depth: depth + 1 };
}
