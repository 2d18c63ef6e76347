/** Hashes of the tree are latin1 strings of 32 characters in memory, hex in proofs. */
import type { Hex } from '../../consensus/interface/index.ts';
import { EMPTY_HASH } from './trie.ts';

export const hexOf = (raw: string): Hex => `0x${Buffer.from(raw, 'latin1').toString('hex')}`;
export const rawOf = (hex: Hex): string => Buffer.from(hex.slice(2), 'hex').toString('latin1');
export const isHash = (raw: string): boolean => raw.length === EMPTY_HASH.length;
