/** Serves headers and the states of a few recent heights, while the chain goes on: states share what did not change. */
import type { LightBlock } from '../../chain/index.ts';
import { decode, encode, type Hex } from '../../consensus/interface/index.ts';
import type { Network, RateLimit, Service } from '../../p2p/network.ts';
import type { Snapshot } from './base.ts';
import {
  BaseAnswer,
  baseAnswer,
  ChunkAnswer,
  LightAnswer,
  LightRequest,
  MAX_LIGHT_BYTES,
  MAX_LIGHT_REQUEST_BYTES,
  MAX_OFFERS,
  MAX_SNAPSHOT_BYTES,
  MAX_SNAPSHOT_REQUEST_BYTES,
  makeChunk,
  SnapshotOffers,
  SnapshotRequest,
} from './messages.ts';

export interface HeldSnapshots {
  /** A block that was committed just now, and the state after it. */
  committed(snapshot: Snapshot): void;
  /** Holds the state after a block whatever its height. */
  hold(snapshot: Snapshot): void;
  get(blockHash: Hex): Snapshot | undefined;
  /** Newest first. */
  all(): readonly Snapshot[];
}

/** Holds the states after heights that `every` divides, the newest `keep` of them. */
export function holdSnapshots(every: number, keep: number): HeldSnapshots {
  const limit = Math.min(keep, MAX_OFFERS);
  let held: readonly Snapshot[] = [];
  const hold = (snapshot: Snapshot): void => {
    held = [snapshot, ...held].slice(0, limit);
  };
  return {
    committed(snapshot) {
      if (snapshot.stored.block.header.height % every === 0) hold(snapshot);
    },
    hold,
    get: blockHash => held.find(({ stored }) => stored.hash === blockHash),
    all: () => held,
  };
}

/**
 * A chunk takes some milliseconds to prove. Whoever verifies and keeps what it gets asks 50 times a second at most; as
 * often we may ask it. The bytes are those of answers to us.
 */
const RATE: RateLimit = { messagesPerSecond: 120, bytesPerSecond: 128 * 1024 * 1024 };

export interface ServeOptions {
  readonly network: Network;
  readonly held: HeldSnapshots;
  readonly light: (height: number) => Promise<LightBlock | null>;
  /** Milliseconds that a peer may take to answer. */
  readonly timeoutMs: number;
}

export interface SnapshotServices {
  readonly light: Service;
  readonly snapshot: Service;
}

/** Both halves of the services for snapshots. Call before the network starts. */
export function serveSnapshots({ network, held, light, timeoutMs }: ServeOptions): SnapshotServices {
  return {
    light: network.service('light', {
      maxRequestBytes: MAX_LIGHT_REQUEST_BYTES,
      maxResponseBytes: MAX_LIGHT_BYTES,
      maxConcurrent: 4,
      timeoutMs,
      rate: RATE,
      handle: (_, bytes) => answerLight(bytes, held, light),
    }),
    snapshot: network.service('snapshot', {
      maxRequestBytes: MAX_SNAPSHOT_REQUEST_BYTES,
      maxResponseBytes: MAX_SNAPSHOT_BYTES,
      maxConcurrent: 4,
      timeoutMs,
      rate: RATE,
      handle: async (_, bytes) => answerSnapshot(bytes, held),
    }),
  };
}

/** Throws CodecError for what is no request. */
export async function answerLight(
  bytes: Uint8Array,
  held: HeldSnapshots,
  light: ServeOptions['light'],
): Promise<Uint8Array> {
  const request = decode(LightRequest, bytes, MAX_LIGHT_REQUEST_BYTES);
  if (request.kind === 'header') return encode(LightAnswer, await light(request.height));
  const offers = held.all().map(({ stored: { hash, block } }) => ({
    height: block.header.height,
    blockHash: hash,
  }));
  return encode(SnapshotOffers, offers);
}

/** Throws CodecError for what is no request. */
export function answerSnapshot(bytes: Uint8Array, held: HeldSnapshots): Uint8Array {
  const request = decode(SnapshotRequest, bytes, MAX_SNAPSHOT_REQUEST_BYTES);
  const found = held.get(request.blockHash);
  if (request.kind === 'base')
    return encode(BaseAnswer, found === undefined ? null : baseAnswer(found.stored));
  return encode(ChunkAnswer, found === undefined ? null : makeChunk(found.state, request));
}
