/** From the bytes of a block to what the core votes on. */
import { Block, blockHash, commitHash, evidenceRoot, LIMITS, transactionsRoot } from '../../chain/index.ts';
import { decode, encode } from '../../consensus/interface/index.ts';
import type { Value } from './tendermint/types.ts';

export interface ReadBlock {
  readonly block: Block;
  readonly value: Value;
}

export function toValue(block: Block): Value {
  return { hash: blockHash(block.header), bytes: encode(Block, block) };
}

/**
 * The block of canonical bytes, or the reason why they are none. Votes name a header, so a block counts only if its
 * header commits to exactly this body: else a proposer could give each validator another body under one hash.
 * Throws CodecError for bytes that are not a block.
 */
export function readBlock(bytes: Uint8Array, chainId: string, height: number): ReadBlock | string {
  const block = decode(Block, bytes, LIMITS.block);
  const problem = bodyProblem(block, chainId, height);
  return problem ?? { block, value: { hash: blockHash(block.header), bytes } };
}

export function bodyProblem(block: Block, chainId: string, height: number): string | undefined {
  const { header, transactions, evidence, lastCommit } = block;
  if (header.chainId !== chainId) return `a block of chain ${header.chainId} on chain ${chainId}`;
  if (header.height !== height) return `a block of height ${header.height} where height ${height} is meant`;
  if (header.transactionsRoot !== transactionsRoot(transactions))
    return 'the transactions are not those of the header';
  if (header.evidenceRoot !== evidenceRoot(evidence)) return 'the evidence is not that of the header';
  if (header.lastCommitHash !== commitHash(lastCommit)) return 'the last commit is not that of the header';
  return undefined;
}
