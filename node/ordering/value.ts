/** From the bytes of a block to what the core votes on. */
import { hashOf, merkleRoot, sha256 } from '../../chain/crypto/index.ts';
import { Block, Commit, Header, LIMITS } from '../../chain/index.ts';
import { decode, encode, type Hex } from '../../consensus/interface/index.ts';
import type { Value } from './tendermint/types.ts';

const NO_COMMIT: Hex = `0x${'00'.repeat(32)}`;

export interface ReadBlock {
  readonly block: Block;
  readonly value: Value;
}

export function toValue(block: Block): Value {
  return { hash: hashOf(Header, block.header), bytes: encode(Block, block) };
}

/**
 * The block of canonical bytes, or the reason why they are none. Votes name a header, so a block counts only if its
 * header commits to exactly this body: else a proposer could give each validator another body under one hash.
 * Throws CodecError for bytes that are not a block.
 */
export function readBlock(bytes: Uint8Array, chainId: string, height: number): ReadBlock | string {
  const block = decode(Block, bytes, LIMITS.block);
  const problem = bodyProblem(block, chainId, height);
  return problem ?? { block, value: { hash: hashOf(Header, block.header), bytes } };
}

export function bodyProblem(block: Block, chainId: string, height: number): string | undefined {
  const { header, transactions, lastCommit } = block;
  if (header.chainId !== chainId) return `a block of chain ${header.chainId} on chain ${chainId}`;
  if (header.height !== height) return `a block of height ${header.height} where height ${height} is meant`;
  if (header.transactionsRoot !== merkleRoot(transactions.map(sha256)))
    return 'the transactions are not those of the header';
  if (header.lastCommitHash !== (lastCommit === null ? NO_COMMIT : hashOf(Commit, lastCommit)))
    return 'the last commit is not that of the header';
  return undefined;
}
