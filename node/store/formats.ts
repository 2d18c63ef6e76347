/** Codecs of the rows that only this node reads. */
import { hash, list, optional, struct, type TypeOf, u32, u53 } from '../../consensus/interface/index.ts';

export const TransactionPlace = struct({ height: u53, index: u32 });

export const EpochStart = struct({ startHeight: u53, startTime: u53 });

/** Where this node's knowledge of the chain begins. */
export const Base = struct({
  /** Of the first block here. */
  height: u53,
  /** Of that block: earlier epochs are unknown. */
  epoch: u53,
  /** The first epoch of which all blocks are here, so that its settlement is known whole. */
  settlementsFrom: u53,
});
export type Base = TypeOf<typeof Base>;

/** The base of a node that holds the whole chain. */
export const WHOLE_CHAIN: Base = { height: 1, epoch: 0, settlementsFrom: 0 };

/** Key hashes are fetched in this many segments of equal size. */
export const SEGMENTS = 16;

/** How much of a snapshot is on disk. */
export const StageProgress = struct({
  height: u53,
  blockHash: hash,
  /** For each segment the first key hash that is missing; nothing where the segment is whole. */
  missing: list(optional(hash), SEGMENTS),
});
export type StageProgress = TypeOf<typeof StageProgress>;
