import { Block, Commit, LIMITS } from '../../chain/index.ts';
import { bytes, encode, list, struct, u16, u53 } from '../../consensus/interface/index.ts';

/** Blocks asked for at once. */
export const MAX_BLOCKS = 64;
/** An answer stops growing here; a single block may be larger. */
export const ANSWER_BYTES = 4 * 1024 * 1024;

export const BlocksRequest = struct({ from: u53, count: u16 });
export const MAX_REQUEST_BYTES = 64;

const DecidedBlock = struct({ block: bytes(LIMITS.block), certificate: Commit });
/** Heights in sequence from the one asked for; empty when the peer has none of them. */
export const BlocksResponse = list(DecidedBlock, MAX_BLOCKS);
/** One block beyond the limit, with its certificate. */
export const MAX_RESPONSE_BYTES = ANSWER_BYTES + LIMITS.block + LIMITS.validators * 256 + 1024;

export const encodeDecided = (
  block: Block,
  certificate: Commit,
): { block: Uint8Array; certificate: Commit } => ({
  block: encode(Block, block),
  certificate,
});
