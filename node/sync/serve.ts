/** The answering side of block sync: blocks as they lie on disk, neither decoded nor encoded again. */
import type { Commit } from '../../chain/index.ts';
import { decode, encode } from '../../consensus/interface/index.ts';
import { ANSWER_BYTES, BlocksRequest, BlocksResponse, MAX_BLOCKS, MAX_REQUEST_BYTES } from './messages.ts';

export interface BlockSource {
  /** The lowest height that is kept. */
  base(): number;
  /** Of the last committed block. */
  height(): number;
  /** Encoded blocks from a height on, at most `count`, ending with the one that reaches `bytes`; with the last one's certificate. */
  sequence(
    from: number,
    count: number,
    bytes: number,
  ): Promise<{ readonly blocks: readonly Uint8Array[]; readonly certificate: Commit | null }>;
}

/** Throws CodecError for what is no request. */
export async function answer(request: Uint8Array, source: BlockSource): Promise<Uint8Array> {
  const { from, count } = decode(BlocksRequest, request, MAX_REQUEST_BYTES);
  const found = await source.sequence(from, Math.min(count, MAX_BLOCKS), ANSWER_BYTES);
  return encode(BlocksResponse, { base: source.base(), height: source.height(), ...found });
}
