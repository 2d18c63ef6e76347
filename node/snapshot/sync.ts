/**
 * Snapshot sync: a node that is far behind takes the state of a recent height instead of executing all blocks up to it.
 * The header is believed after light verification, the rows after a proof against its state root. The old state stays
 * in use until the new one is whole and on disk.
 */
import {
  Block,
  BlockOutcomes,
  blockHash,
  type Change,
  eventsRoot,
  getValidators,
  LIMITS,
  type LightBlock,
  MAX_CLOCK_AHEAD_MS,
  type Row,
  State,
  sha256,
} from '../../chain/index.ts';
import { decode, encode, type Hex } from '../../consensus/interface/index.ts';
import type { Network, PeerId } from '../../p2p/network.ts';
import type { StoredBlock } from '../api.ts';
import type { Tip } from '../application.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../ordering/types.ts';
import { bodyProblem } from '../ordering/value.ts';
import type { Staging } from '../store/staging.ts';
import type { Snapshot } from './base.ts';
import { blame, Interrupted, NoSource, NotHeld, PeerLie } from './blame.ts';
import { fetchChunks, nothingYet } from './chunks.ts';
import { lightSync } from './lightSync.ts';
import {
  BaseAnswer,
  ChunkAnswer,
  LightAnswer,
  LightRequest,
  MAX_BASE_BYTES,
  MAX_CHUNK_BYTES,
  MAX_LIGHT_BYTES,
  SnapshotOffers,
  SnapshotRequest,
} from './messages.ts';
import { Offers, type Source } from './offers.ts';
import type { SnapshotServices } from './serve.ts';

/** Snapshots that are tried before blocks are fetched instead. */
const MAX_TRIES = 4;
/** Milliseconds before another snapshot is tried after none could be had. */
const RETRY_MS = 60_000;

/**
 * A node believes its genesis and its own blocks without a limit of time, in block sync too. So that a snapshot takes no
 * more faith than that, two thirds of the trusted power must stand behind a header.
 */
const AS_BY_BLOCKS = { trustingPeriod: null, overlap: 'two thirds' } as const;

export interface SnapshotSyncOptions {
  readonly chainId: string;
  readonly network: Network;
  readonly services: SnapshotServices;
  /** Heights that a peer must be ahead for a snapshot to be worth it; null: never. */
  readonly ahead: number | null;
  readonly tip: () => Tip;
  readonly staging: Staging;
  /** Makes the staged rows the state; false if the chain was further already. */
  readonly adopt: (snapshot: Snapshot) => Promise<boolean>;
  /** Whether blocks are being fetched now. */
  readonly fetchesBlocks: () => boolean;
  /** Fetches blocks from a peer that is further than we are. */
  readonly fetchBlocks: (peer: PeerId, height: number) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Its time may be far ahead of the clock, and its epochs go back with its state. */
  readonly devnet: boolean;
  readonly log: Log;
}

export interface SnapshotSync {
  /** A peer says that it is further than we are: by snapshot or by blocks, it is seen to. */
  behind(peer: PeerId, height: number): void;
  active(): boolean;
  /** Resolves when nothing of it runs any more; stop the network meanwhile, as requests may be under way. */
  stop(): Promise<void>;
}

/** What is there of a snapshot. */
interface Stage {
  readonly state: State;
  readonly missing: readonly (Hex | null)[];
}

export function createSnapshotSync(options: SnapshotSyncOptions): SnapshotSync {
  const { network, services, ahead, tip, staging, adopt, now, devnet, log } = options;
  const offers = new Offers();
  /** How far peers said they are while a snapshot was under way. */
  const claims = new Map<PeerId, number>();
  let running: Promise<void> | null = null;
  let notBefore = 0;
  let stopped = false;

  network.onPeer(event => {
    if (event.kind === 'disconnected') offers.forget(event.id);
    else if (event.kind === 'connected' && running !== null) askOffers(event.peer.id).catch(report);
  });

  function report(error: unknown): void {
    if (error instanceof Interrupted) return;
    notBefore = now() + RETRY_MS;
    log.error({ error: messageOf(error) }, 'snapshot sync failed');
  }

  function failed(peer: PeerId, error: unknown): void {
    offers.forget(peer);
    blame(network, log, peer, error);
  }

  async function askOffers(peer: PeerId): Promise<void> {
    try {
      const answer = await services.light.request(peer, encode(LightRequest, { kind: 'offers' }));
      if (!stopped) offers.set(peer, decode(SnapshotOffers, answer, MAX_LIGHT_BYTES));
    } catch (error) {
      failed(peer, error);
    }
  }

  /** The first answer that is right, of peers that offer the snapshot. */
  async function firstOf<T>(source: Source, ask: (peer: PeerId) => Promise<T>): Promise<T> {
    for (const peer of [...source.peers]) {
      if (stopped) throw new Interrupted('the node stops');
      try {
        return await ask(peer);
      } catch (error) {
        failed(peer, error);
      }
    }
    throw new NoSource('no peer that is left holds the snapshot');
  }

  const lightBlock = async (peer: PeerId, height: number): Promise<LightBlock> => {
    const answer = await services.light.request(peer, encode(LightRequest, { kind: 'header', height }));
    return held(decode(LightAnswer, answer, MAX_LIGHT_BYTES), `the header of height ${height}`);
  };

  /** The header of a snapshot, verified from the last block of this node, which may be the genesis. */
  async function verifiedHeader({ height, blockHash }: Source, peer: PeerId): Promise<LightBlock> {
    const { hash, time, epoch, state, height: from } = tip();
    const nextValidators = getValidators(state, 1);
    const trusted = { chainId: options.chainId, height: from, hash, time, epoch, nextValidators };
    const fetch = (wanted: number): Promise<LightBlock> => lightBlock(peer, wanted);
    const found = await lightSync(trusted, height, fetch, () => ({
      ...AS_BY_BLOCKS,
      now: now() + (devnet ? MAX_CLOCK_AHEAD_MS : 0),
      devnet,
    }));
    if (found.commit.blockHash !== blockHash) throw new PeerLie('a snapshot of a block that is not final');
    return found;
  }

  async function baseBlock(header: LightBlock, peer: PeerId): Promise<StoredBlock> {
    const request = { kind: 'base', blockHash: header.commit.blockHash } as const;
    const answer = await services.snapshot.request(peer, encode(SnapshotRequest, request));
    return baseOfHeader(held(decode(BaseAnswer, answer, MAX_BASE_BYTES), 'the snapshot'), header);
  }

  async function chunk(peer: PeerId, blockHash: Hex, first: Hex, last: Hex) {
    const request = { kind: 'chunk', blockHash, first, last } as const;
    const answer = await services.snapshot.request(peer, encode(SnapshotRequest, request));
    return held(decode(ChunkAnswer, answer, MAX_CHUNK_BYTES), 'the snapshot');
  }

  /** Goes on with what is staged of this snapshot, or begins it. */
  async function openStage({ height, blockHash }: Source): Promise<Stage> {
    const found = staging.progress();
    if (found === null || found.blockHash !== blockHash) {
      const missing = nothingYet();
      await staging.begin({ height, blockHash, missing });
      return { state: State.empty, missing };
    }
    let state = State.empty;
    for await (const rows of staging.rows()) state = state.with(changesOf(rows));
    log.info({ height, rows: state.size }, 'going on with a snapshot');
    return { state, missing: found.missing };
  }

  async function fetchState(source: Source, root: Hex): Promise<State> {
    const { height, blockHash } = source;
    const stage = await openStage(source);
    let { state } = stage;
    await fetchChunks({
      root,
      missing: stage.missing,
      peers: () => source.peers,
      ask: (peer, { first, last }) => chunk(peer, blockHash, first, last),
      async take(rows, missing) {
        await staging.add(rows, { height, blockHash, missing: [...missing] });
        state = state.with(changesOf(rows));
      },
      failed,
      stopped: () => stopped,
    });
    if (state.root === root) return state;
    // Every chunk was proved, so what was staged before a restart is damaged.
    await staging.begin({ height, blockHash, missing: nothingYet() });
    throw new NoSource(`the staged rows have the root ${state.root} instead of ${root}`);
  }

  async function take(source: Source): Promise<void> {
    const { height, blockHash } = source;
    log.info({ height, blockHash, peers: source.peers.size }, 'fetching a snapshot');
    const header = await firstOf(source, peer => verifiedHeader(source, peer));
    const stored = await firstOf(source, peer => baseBlock(header, peer));
    const state = await fetchState(source, header.header.stateRoot);
    if (stopped) throw new Interrupted('the node stops');
    if (await adopt({ stored, state })) log.info({ height, rows: state.size }, 'went on from a snapshot');
  }

  async function run(worthFrom: number): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES && !stopped; tries++) {
      await Promise.all(network.peers().map(({ id }) => askOffers(id)));
      const source = offers.best(tip().height + worthFrom, staging.progress()?.blockHash ?? null);
      if (source === undefined) break;
      try {
        await take(source);
        return;
      } catch (error) {
        if (!(error instanceof NoSource)) throw error;
        log.warn({ height: source.height, error: error.message }, 'a snapshot could not be had');
      }
    }
    notBefore = now() + RETRY_MS;
    log.info({}, 'no snapshot to be had: going on by blocks');
  }

  function end(): void {
    running = null;
    offers.clear();
    if (stopped) return;
    for (const [peer, height] of claims) options.fetchBlocks(peer, height);
    claims.clear();
  }

  return {
    behind(peer, height) {
      const distance = height - tip().height;
      if (stopped) return;
      if (running !== null) claims.set(peer, height);
      else if (ahead === null || distance <= ahead || options.fetchesBlocks() || now() < notBefore)
        options.fetchBlocks(peer, height);
      else {
        claims.set(peer, height);
        // The newest snapshot is older than the head that the peer named.
        running = run(Math.ceil(ahead / 2))
          .catch(report)
          .finally(end);
      }
    },
    active: () => running !== null,
    async stop() {
      stopped = true;
      await running;
    },
  };
}

function held<T>(answer: T | null, what: string): T {
  if (answer === null) throw new NotHeld(`the peer does not hold ${what}`);
  return answer;
}

const changesOf = (rows: readonly Row[]): Change[] => rows.map(([key, value]) => ({ key, value }));

/** The block and the outcomes that a verified header commits to. Throws {@link PeerLie}, or CodecError. */
function baseOfHeader(answer: NonNullable<BaseAnswer>, { header, commit }: LightBlock): StoredBlock {
  const block = decode(Block, answer.block, LIMITS.block);
  const outcomes = decode(BlockOutcomes, answer.outcomes);
  const problem = bodyProblem(block, header.chainId, header.height);
  if (problem !== undefined) throw new PeerLie(problem);
  const { blockHash: hash } = commit;
  if (blockHash(block.header) !== hash) throw new PeerLie('the block is not that of the header');
  if (eventsRoot(outcomes) !== header.eventsRoot)
    throw new PeerLie('the outcomes are not those of the block');
  return { hash, block, commit, outcomes, transactionHashes: block.transactions.map(sha256) };
}
