import { LIMITS } from '../format/limits.ts';
import type { Parameters } from './parameters.ts';

/** What one block holds. */
export interface BlockLimits {
  readonly weight: number;
  /** Of the encoded transactions, each with the frame around it. */
  readonly bytes: number;
  readonly transactions: number;
}

/** Most that a chain can allow: the rest is for header, evidence, certificate and the outer frame. */
export const MAX_BLOCK_BYTES = LIMITS.block - 64 * 1024;

/** Around each transaction in a block: a tag and a length of four bytes. */
export const FRAME_BYTES = 5;

/** Most of the limits of this chain that a proposer or a test asks for. */
export const blockLimits = (parameters: Parameters, asked: Partial<BlockLimits> = {}): BlockLimits => ({
  weight: Math.min(parameters.maxBlockWeight, asked.weight ?? Number.POSITIVE_INFINITY),
  bytes: Math.min(parameters.maxBlockBytes, asked.bytes ?? Number.POSITIVE_INFINITY),
  transactions: Math.min(LIMITS.blockTransactions, asked.transactions ?? Number.POSITIVE_INFINITY),
});

export const NOTHING_USED: BlockLimits = { weight: 0, bytes: 0, transactions: 0 };

export const afterUse = (used: BlockLimits, weight: number, encoded: Uint8Array): BlockLimits => ({
  weight: used.weight + weight,
  bytes: used.bytes + encoded.length + FRAME_BYTES,
  transactions: used.transactions + 1,
});

export const fits = (used: BlockLimits, limits: BlockLimits): boolean =>
  used.weight <= limits.weight && used.bytes <= limits.bytes && used.transactions <= limits.transactions;
