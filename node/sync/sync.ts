/**
 * Block sync: a node that was away fetches what the others decided. Blocks go through the ordering engine one by one,
 * which checks each certificate against the validators of its height and executes the block, so a peer can waste our
 * time but not lie to us. One range is in memory at a time.
 */
import { Block, type Commit, LIMITS } from '../../chain/index.ts';
import { CodecError, decode, encode } from '../../consensus/interface/index.ts';
import { type Network, NetworkError, type PeerId, type RateLimit, type Service } from '../../p2p/network.ts';
import { OFFENCE_POINTS } from '../../p2p/offences.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../ordering/types.ts';
import {
  ANSWER_BYTES,
  BlocksRequest,
  BlocksResponse,
  encodeDecided,
  MAX_BLOCKS,
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_BYTES,
} from './messages.ts';

export interface SyncOptions {
  readonly network: Network;
  /** Height of the last committed block. */
  readonly height: () => number;
  readonly decided: (height: number) => Promise<{ block: Block; certificate: Commit } | null>;
  /** Resolves when the block is committed, rejects when it is refused. */
  readonly ingest: (block: Block, certificate: Commit) => Promise<void>;
  readonly log: Log;
}

export interface BlockSync {
  /** A peer says that it is further than we are. */
  behind(peer: PeerId, height: number): void;
  active(): boolean;
  stop(): void;
}

/**
 * An answer takes up to 64 blocks from the disk, 1 to 10 ms of work. Whoever executes what it gets, at 0.3 ms for the
 * smallest block, asks 50 times a second at most; as often we may ask it. The bytes are those of answers to us.
 */
const RATE: RateLimit = { messagesPerSecond: 120, bytesPerSecond: 256 * 1024 * 1024 };

/** Call before the network starts. */
export function createBlockSync(options: SyncOptions): BlockSync {
  const { network, height, ingest, log } = options;
  const service = network.service('blocks', {
    maxRequestBytes: MAX_REQUEST_BYTES,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    maxConcurrent: 2,
    timeoutMs: 10_000,
    rate: RATE,
    handle: (_, request) => answer(request, options.decided),
  });
  /** How far each peer says it is. A claim costs a request at most: a peer without the blocks is forgotten. */
  const claims = new Map<PeerId, number>();
  let running = false;
  let stopped = false;

  network.onPeer(event => {
    if (event.kind === 'disconnected') claims.delete(event.id);
  });

  function nextPeer(): PeerId | undefined {
    for (const [peer, claimed] of claims) if (claimed <= height()) claims.delete(peer);
    return claims.keys().next().value;
  }

  async function run(): Promise<void> {
    const from = height();
    for (let peer = nextPeer(); peer !== undefined && !stopped; peer = nextPeer())
      if (!(await syncFrom(peer))) claims.delete(peer);
    if (height() > from) log.info({ from, to: height() }, 'caught up by block sync');
  }

  /** One range from one peer. False when it was of no use. */
  async function syncFrom(peer: PeerId): Promise<boolean> {
    const before = height();
    try {
      const blocks = await ask(service, peer, before + 1);
      for (const { block, certificate } of blocks) {
        if (stopped) return false;
        await take(decode(Block, block, LIMITS.block), certificate);
      }
      return height() > before;
    } catch (error) {
      blame(peer, error);
      return false;
    }
  }

  async function take(block: Block, certificate: Commit): Promise<void> {
    // Agreement may have gone on meanwhile.
    if (block.header.height <= height()) return;
    try {
      await ingest(block, certificate);
    } catch (error) {
      if (block.header.height > height()) throw new RefusedBlock(error);
    }
  }

  function blame(peer: PeerId, error: unknown): void {
    log.warn({ peer, error: messageOf(error) }, 'block sync with a peer failed');
    if (error instanceof RefusedBlock)
      network.penalise(peer, OFFENCE_POINTS.falseBlock, `block sync: ${error.message}`);
    else if (error instanceof CodecError)
      network.penalise(peer, OFFENCE_POINTS.malformed, `block sync: ${error.message}`);
    else if (!(error instanceof NetworkError)) throw error;
  }

  return {
    behind(peer, claimed) {
      if (stopped || claimed <= height()) return;
      claims.set(peer, claimed);
      if (running) return;
      running = true;
      run()
        .catch((error: unknown) => log.error({ error: messageOf(error) }, 'block sync failed'))
        .finally(() => {
          running = false;
        });
    },
    active: () => running,
    stop() {
      stopped = true;
    },
  };
}

/** The engine refused a block that a peer sent. */
class RefusedBlock extends Error {
  override readonly name = 'RefusedBlock';
  constructor(cause: unknown) {
    super(messageOf(cause), { cause });
  }
}

async function ask(service: Service, peer: PeerId, from: number) {
  const response = await service.request(peer, encode(BlocksRequest, { from, count: MAX_BLOCKS }));
  return decode(BlocksResponse, response, MAX_RESPONSE_BYTES);
}

async function answer(request: Uint8Array, decided: SyncOptions['decided']): Promise<Uint8Array> {
  const { from, count } = decode(BlocksRequest, request, MAX_REQUEST_BYTES);
  const blocks: { block: Uint8Array; certificate: Commit }[] = [];
  let bytes = 0;
  for (let height = from; height < from + Math.min(count, MAX_BLOCKS) && bytes < ANSWER_BYTES; height++) {
    const found = await decided(height);
    if (found === null) break;
    const next = encodeDecided(found.block, found.certificate);
    bytes += next.block.length;
    blocks.push(next);
  }
  return encode(BlocksResponse, blocks);
}
