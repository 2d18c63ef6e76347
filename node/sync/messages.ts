import { Commit, LIMITS } from '../../chain/index.ts';
import { bytes, list, optional, struct, type TypeOf, u16, u53 } from '../../consensus/interface/index.ts';

/** Blocks asked for at once. */
export const MAX_BLOCKS = 128;
/** An answer stops growing here; a single block may be larger. */
export const ANSWER_BYTES = 4 * 1024 * 1024;

export const BlocksRequest = struct({ from: u53, count: u16 });
export type BlocksRequest = TypeOf<typeof BlocksRequest>;
export const MAX_REQUEST_BYTES = 64;

/**
 * Encoded blocks in sequence from the height asked for, and the certificate of the last one. It proves them all: each
 * block names its parent by hash, and carries the certificate for it.
 */
export const BlocksResponse = struct({
  /** The sender keeps blocks from here on, 1 where it keeps all. */
  base: u53,
  /** Its last committed block. */
  height: u53,
  blocks: list(bytes(LIMITS.block), MAX_BLOCKS),
  /** null where there are no blocks. */
  certificate: optional(Commit),
});
export type BlocksResponse = TypeOf<typeof BlocksResponse>;
/** One block beyond the limit, with a certificate of many validators. */
export const MAX_RESPONSE_BYTES = ANSWER_BYTES + LIMITS.block + LIMITS.validators * 256 + 2048;
