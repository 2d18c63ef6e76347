/**
 * The authenticated tree over the state: a binary trie over sha256(key) in which a subtree with one key is a leaf.
 * Its shape and root depend on what it holds, never on the order of insertion. Nodes are immutable; an update copies
 * the paths that it touches and shares the rest, so old roots stay readable.
 *
 *   leaf  = sha256(0x00 || sha256(key) || sha256(value))
 *   inner = sha256(0x01 || left || right)        an empty side is 32 zero bytes
 *   empty = 32 zero bytes
 *
 * Hashes are latin1 strings of 32 characters: compact, comparable and immutable.
 */
import { hash as digest } from 'node:crypto';

export interface Leaf {
  readonly kind: 'leaf';
  readonly hash: string;
  readonly keyHash: string;
  readonly valueHash: string;
  /** The key itself, which finds its row; the rows hold the same string. */
  readonly key: string;
}
export interface Inner {
  readonly kind: 'inner';
  readonly hash: string;
  readonly left: Trie;
  readonly right: Trie;
}
/** null is the empty trie. */
export type Trie = Leaf | Inner | null;

/** What becomes of one key; `valueHash` null removes it. */
export interface TrieUpdate {
  readonly key: string;
  readonly keyHash: string;
  readonly valueHash: string | null;
}

/** Bits of a key's hash, the most levels that a trie can have. */
export const MAX_DEPTH = 256;
export const EMPTY_HASH = '\0'.repeat(32);

export const hashBytes = (bytes: Uint8Array): string => digest('sha256', bytes, 'binary');
export const rootHash = (trie: Trie): string => trie?.hash ?? EMPTY_HASH;
export const leafHash = (keyHash: string, valueHash: string): string => hashPair(0, keyHash, valueHash);
export const innerHash = (left: string, right: string): string => hashPair(1, left, right);

/** The bit of a hash that chooses the side at `depth`, most significant first: true is right. */
export const goesRight = (keyHash: string, depth: number): boolean =>
  ((keyHash.charCodeAt(depth >> 3) >> (7 - (depth & 7))) & 1) === 1;

/** Applies updates, each key once and ascending by `keyHash`. `depth` is that of a subtree in its tree. */
export const updateTrie = (trie: Trie, updates: readonly TrieUpdate[], depth = 0): Trie =>
  update(trie, updates, 0, updates.length, depth);

/** `updates[from..to)` all lie below this node. */
function update(node: Trie, updates: readonly TrieUpdate[], from: number, to: number, depth: number): Trie {
  if (from === to) return node;
  const only = to - from === 1 ? updates[from] : undefined;
  if (only !== undefined && (node === null || (node.kind === 'leaf' && node.keyHash === only.keyHash)))
    return replaceLeaf(node, only);
  const middle = firstRight(updates, from, to, depth);
  const left = side(node, depth, false);
  const right = side(node, depth, true);
  const newLeft = update(left, updates, from, middle, depth + 1);
  const newRight = update(right, updates, middle, to, depth + 1);
  if (node !== null && newLeft === left && newRight === right) return node;
  return join(newLeft, newRight);
}

function replaceLeaf(old: Leaf | null, { key, keyHash, valueHash }: TrieUpdate): Leaf | null {
  if (valueHash === null) return null;
  if (old?.valueHash === valueHash) return old;
  return { kind: 'leaf', hash: leafHash(keyHash, valueHash), keyHash, valueHash, key };
}

/** What lies on one side of a node; a leaf is pushed down to the side where it belongs. */
function side(node: Trie, depth: number, right: boolean): Trie {
  if (node?.kind === 'inner') return right ? node.right : node.left;
  return node !== null && goesRight(node.keyHash, depth) === right ? node : null;
}

/** A lone leaf moves up, so that the shape depends on the keys alone. */
function join(left: Trie, right: Trie): Trie {
  if (left === null && right?.kind !== 'inner') return right;
  if (right === null && left?.kind !== 'inner') return left;
  return { kind: 'inner', hash: innerHash(rootHash(left), rootHash(right)), left, right };
}

/** The first of `updates[from..to)` that goes right at this depth, or `to`: binary search, as they are sorted. */
function firstRight(updates: readonly TrieUpdate[], from: number, to: number, depth: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (goesRight(updates[middle]?.keyHash ?? '', depth)) high = middle;
    else low = middle + 1;
  }
  return low;
}

// One buffer for all preimages: hashing is synchronous and keeps nothing of it.
const preimage = Buffer.alloc(65);

function hashPair(tag: 0 | 1, first: string, second: string): string {
  preimage[0] = tag;
  preimage.write(first, 1, 32, 'latin1');
  preimage.write(second, 33, 32, 'latin1');
  return digest('sha256', preimage, 'binary');
}
