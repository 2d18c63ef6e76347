/** What nodes say to one another about snapshots and headers. */
import {
  Block,
  BlockOutcomes,
  type HashRange,
  LIMITS,
  LightBlock,
  RangeProof,
  type Row,
  type State,
} from '../../chain/index.ts';
import {
  bytes,
  encode,
  type Hex,
  hash,
  list,
  optional,
  struct,
  type TypeOf,
  u53,
  union,
} from '../../consensus/interface/index.ts';
import type { StoredBlock } from '../api.ts';

/** Snapshots that one node offers at once. */
export const MAX_OFFERS = 8;
/** A chunk stops growing at either of these; its last row may reach beyond the bytes. */
export const CHUNK_BYTES = 256 * 1024;
export const CHUNK_ROWS = 2048;
const MAX_KEY_BYTES = 1024;
/** The longest rows are modules with a full history of prices: below 400 KiB. */
const MAX_VALUE_BYTES = 512 * 1024;
const MAX_OUTCOME_BYTES = 12 * 1024 * 1024;

/** Asks for the snapshots that a peer holds, or for one header. */
export const LightRequest = union({ offers: [0, struct({})], header: [1, struct({ height: u53 })] });
export type LightRequest = TypeOf<typeof LightRequest>;

export const SnapshotOffer = struct({ height: u53, blockHash: hash });
export type SnapshotOffer = TypeOf<typeof SnapshotOffer>;
/** Newest first. */
export const SnapshotOffers = list(SnapshotOffer, MAX_OFFERS);
/** Nothing where the peer does not have the height. */
export const LightAnswer = optional(LightBlock);

export const SnapshotRequest = union({
  /** The block after which the snapshot is the state. */
  base: [0, struct({ blockHash: hash })],
  /** Rows from one key hash on, up to another one or as many as fit. */
  chunk: [1, struct({ blockHash: hash, first: hash, last: hash })],
});
export type SnapshotRequest = TypeOf<typeof SnapshotRequest>;

/** Canonical bytes, which a verified header commits to. */
const BaseBlock = struct({ block: bytes(LIMITS.block), outcomes: bytes(MAX_OUTCOME_BYTES) });
/** Nothing where the peer does not hold the snapshot, or no longer. */
export const BaseAnswer = optional(BaseBlock);
export type BaseAnswer = TypeOf<typeof BaseAnswer>;

const StateRow = struct({ key: bytes(MAX_KEY_BYTES), value: bytes(MAX_VALUE_BYTES) });

/** All rows from the first key hash asked for to `reached`, ascending by key hash, with the proof of that. */
const Chunk = struct({ rows: list(StateRow, CHUNK_ROWS), reached: hash, proof: RangeProof });
export type Chunk = TypeOf<typeof Chunk>;
/** Nothing where the peer does not hold the snapshot, or no longer. */
export const ChunkAnswer = optional(Chunk);

export const MAX_LIGHT_REQUEST_BYTES = 64;
/** Two sets of validators and a certificate. */
export const MAX_LIGHT_BYTES = LIMITS.validators * 256 + 2048;
export const MAX_SNAPSHOT_REQUEST_BYTES = 256;
export const MAX_CHUNK_BYTES = CHUNK_BYTES + MAX_VALUE_BYTES + CHUNK_ROWS * 16 + 256 * 1024;
export const MAX_BASE_BYTES = LIMITS.block + MAX_OUTCOME_BYTES + 1024;
export const MAX_SNAPSHOT_BYTES = Math.max(MAX_BASE_BYTES, MAX_CHUNK_BYTES);

const rowBytes = ([key, value]: Row): number => key.length + value.length;

/** Whether a chunk that does not reach the end of what was asked for holds as much as it should. */
export const isFull = (rows: readonly Row[]): boolean =>
  rows.length >= CHUNK_ROWS || rows.reduce((sum, row) => sum + rowBytes(row), 0) >= CHUNK_BYTES;

/** The chunk of a state from `first` on. */
export function makeChunk(state: State, { first, last }: HashRange): Chunk {
  const rows: { readonly key: Uint8Array; readonly value: Uint8Array }[] = [];
  let size = 0;
  let reached: Hex = last;
  for (const { keyHash, row } of state.rowsByHash({ first, last })) {
    const [key, value] = row;
    rows.push({ key, value });
    size += rowBytes(row);
    if (rows.length < CHUNK_ROWS && size < CHUNK_BYTES) continue;
    reached = keyHash;
    break;
  }
  return { rows, reached, proof: state.proveRange({ first, last: reached }) };
}

export const baseAnswer = ({ block, outcomes }: StoredBlock): NonNullable<BaseAnswer> => ({
  block: encode(Block, block),
  outcomes: encode(BlockOutcomes, outcomes),
});
