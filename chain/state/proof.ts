import { type Hex, hash, list, optional, struct, type TypeOf } from '../../consensus/interface/index.ts';
import { hexOf, isHash, rawOf } from './raw.ts';
import { EMPTY_HASH, goesRight, hashBytes, innerHash, leafHash, MAX_DEPTH, type Trie } from './trie.ts';

/**
 * Proof that a key has a value, or none, in the state with a given root. It fits one key and one root; about
 * log2(size) siblings.
 */
export const Proof = struct({
  /** Hashes of the other sides on the way down, from the root. */
  siblings: list(hash, MAX_DEPTH),
  /**
   * For an absent key whose place is taken by another key: that leaf, as the hashes of its key and value. null if the
   * key is present, or its place empty.
   */
  neighbour: optional(struct({ keyHash: hash, valueHash: hash })),
});
export type Proof = TypeOf<typeof Proof>;

/** Proves the presence or absence of the key with this hash. */
export function proveKey(trie: Trie, keyHash: string): Proof {
  const siblings: Hex[] = [];
  let node = trie;
  for (let depth = 0; node?.kind === 'inner'; depth++) {
    const right = goesRight(keyHash, depth);
    siblings.push(hexOf((right ? node.left : node.right)?.hash ?? EMPTY_HASH));
    node = right ? node.right : node.left;
  }
  if (node === null || node.keyHash === keyHash) return { siblings, neighbour: null };
  return { siblings, neighbour: { keyHash: hexOf(node.keyHash), valueHash: hexOf(node.valueHash) } };
}

/** Whether a proof shows that `key` has `value` (null: that it is absent) in the state with this root. */
export function verifyProof(root: Hex, key: Uint8Array, value: Uint8Array | null, proof: Proof): boolean {
  const siblings = proof.siblings.map(rawOf);
  if (siblings.length > MAX_DEPTH || !siblings.every(isHash)) return false;
  const keyHash = hashBytes(key);
  const end = value === null ? absentEnd(keyHash, proof) : presentEnd(keyHash, value, proof);
  if (end === undefined) return false;
  const computed = siblings.reduceRight(
    (below, sibling, depth) =>
      goesRight(keyHash, depth) ? innerHash(sibling, below) : innerHash(below, sibling),
    end,
  );
  return hexOf(computed) === root;
}

const presentEnd = (keyHash: string, value: Uint8Array, { neighbour }: Proof): string | undefined =>
  neighbour === null ? leafHash(keyHash, hashBytes(value)) : undefined;

/** The hash at the end of an absent key's path: nothing, or another key's leaf that lies on the same path. */
function absentEnd(keyHash: string, { siblings, neighbour }: Proof): string | undefined {
  if (neighbour === null) return EMPTY_HASH;
  const [other, valueHash] = [rawOf(neighbour.keyHash), rawOf(neighbour.valueHash)];
  if (!isHash(other) || !isHash(valueHash) || other === keyHash) return undefined;
  const samePath = siblings.every((_, depth) => goesRight(other, depth) === goesRight(keyHash, depth));
  return samePath ? leafHash(other, valueHash) : undefined;
}
