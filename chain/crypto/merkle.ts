import { hash as digest } from 'node:crypto';
import type { Hex } from '../../consensus/interface/index.ts';

const LEAF = '00';
const INNER = '01';

/** Root of the empty list: sha256 of nothing, which no leaf and no inner node can be. */
export const EMPTY_MERKLE_ROOT: Hex = `0x${digest('sha256', '')}`;

/**
 * Root of a list of hashes: the tree of RFC 6962 section 2.1. The prefix bytes keep a leaf from passing for an inner
 * node, and an odd node moves up alone, so that no two lists share a root (repeating it would let them).
 */
export function merkleRoot(leaves: readonly Hex[]): Hex {
  let layer = leaves.map(leaf => node(LEAF + leaf.slice(2)));
  while (layer.length > 1) layer = parents(layer);
  const root = layer[0];
  return root === undefined ? EMPTY_MERKLE_ROOT : `0x${root}`;
}

function parents(layer: readonly string[]): string[] {
  const above: string[] = [];
  for (let index = 0; index < layer.length; index += 2) {
    const left = layer[index] ?? '';
    const right = layer[index + 1];
    above.push(right === undefined ? left : node(INNER + left + right));
  }
  return above;
}

const node = (hex: string): string => digest('sha256', Buffer.from(hex, 'hex'), 'hex');
