/** What nodes ask one another when their executions of one block differ. */

import { LIMITS } from '../../chain/index.ts';
import {
  hash,
  list,
  optional,
  struct,
  type TypeOf,
  u32,
  u53,
  u64,
  union,
} from '../../consensus/interface/index.ts';
import { JobResult } from '../plugins/wire.ts';

export const MAX_REQUEST_BYTES = 128;
/** Two hashes for each transaction of a full block; or one answer, where a longer one is not sent. */
export const MAX_RESPONSE_BYTES = 2 * 1024 * 1024;

/** Steps of closes, beside the transactions. */
const MAX_CLOSES = 256;

export const DivergenceRequest = union({
  /** What came of executing this block, in short. */
  digest: [0, struct({ blockHash: hash })],
  /** One answer of a consensus module, whole; numbered in the order in which the block asked. */
  answer: [1, struct({ blockHash: hash, index: u32 })],
  /** What one transaction cost. */
  charge: [2, struct({ blockHash: hash, index: u32 })],
});
export type DivergenceRequest = TypeOf<typeof DivergenceRequest>;

export const BlockDigest = struct({
  height: u53,
  /** Hashes of who was asked what, and of the answer; up to the one without an answer where the execution ended there. */
  answers: list(hash, LIMITS.blockTransactions + MAX_CLOSES),
  /** Hashes of the transactions' outcomes; none where the execution ended before. */
  outcomes: list(hash, LIMITS.blockTransactions),
  /** null where the execution ended before. */
  stateRoot: optional(hash),
});
export type BlockDigest = TypeOf<typeof BlockDigest>;

/** Nothing where the peer did not execute the block, or no longer knows. */
export const DigestAnswer = optional(BlockDigest);
/** Nothing as well where the answer is too long to be sent. */
export const AnswerAnswer = optional(JobResult);
export const ChargeAnswer = optional(struct({ weight: u53, fee: u64 }));
