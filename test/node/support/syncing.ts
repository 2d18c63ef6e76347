/** A node that follows by block sync alone, and peers that it may believe, on a network with virtual time. */
import assert from 'node:assert/strict';
import { decode, encode } from '../../../consensus/interface/index.ts';
import type { NodeApplication } from '../../../node/application.ts';
import { loadMechanisms } from '../../../node/mechanisms.ts';
import type { Clock } from '../../../node/ordering/types.ts';
import { createRunner } from '../../../node/plugins/runner.ts';
import { checkBlock } from '../../../node/pool/check.ts';
import { BlocksRequest, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES } from '../../../node/sync/messages.ts';
import { answer, type BlockSource } from '../../../node/sync/serve.ts';
import { type BlockSync, createBlockSync } from '../../../node/sync/sync.ts';
import { createVerifier } from '../../../node/verify/verifier.ts';
import { virtualTime } from '../../../p2p/environment.ts';
import { MemoryHub } from '../../../p2p/memory.ts';
import type { Network, PeerId } from '../../../p2p/network.ts';
import { silentLog } from './log.ts';
import { type LongChain, memoryApplication } from './longChain.ts';

/** Blocks as a node with a chain up to `height` gives them. */
export function sourceOf({ blocks }: LongChain, height = (): number => blocks.length): BlockSource {
  return {
    base: () => 1,
    height,
    async sequence(from, count, bytes) {
      const found = [];
      let size = 0;
      for (const { encoded } of blocks.slice(from - 1, Math.min(from - 1 + count, height()))) {
        if (size >= bytes) break;
        found.push(encoded);
        size += encoded.length;
      }
      const last = found.length === 0 ? undefined : blocks[from + found.length - 2];
      return { blocks: found, certificate: last?.certificate ?? null };
    },
  };
}

export type Handler = (request: BlocksRequest) => Promise<Uint8Array> | Uint8Array;

export interface World {
  readonly application: NodeApplication;
  readonly sync: BlockSync;
  /** Committed heights in the order in which subscribers heard of them. */
  readonly told: readonly number[];
  /** Sizes of the batches. */
  readonly groups: readonly number[];
  /** Requests that each peer got, in order. */
  readonly asked: ReadonlyMap<PeerId, readonly BlocksRequest[]>;
  /** Why peers were banned. */
  readonly banned: ReadonlyMap<PeerId, string>;
  /** How often ordering stood aside. */
  readonly catchUps: () => number;
  /** A peer that answers so, and says that it is at a height every quarter of a second. */
  join(id: PeerId, claim: () => number, handler: Handler): Promise<Network>;
  honest(id: PeerId, delayMs?: number): Promise<Network>;
  /** Lets time pass until something is so; fails after that many seconds. */
  until(done: () => boolean, seconds?: number): Promise<void>;
  after(ms: number): Promise<void>;
  /** What ordering still does before it stands aside. */
  beforeAside: () => Promise<void>;
}

const STEP_MS = 10;
const CLAIM_MS = 250;

/** Runs a test with a node that has nothing of a chain yet. */
export async function withWorld(chain: LongChain, run: (world: World) => Promise<void>): Promise<void> {
  const time = virtualTime(1);
  const hub = new MemoryHub({ environment: time });
  const clock: Clock = { now: time.now, after: time.after };
  const groups: number[] = [];
  const commit = async (writes: readonly unknown[]) => {
    groups.push(writes.length);
  };
  const verifier = createVerifier({ workers: 0, log: silentLog });
  const { application, pool } = memoryApplication(chain.genesis, commit);
  const { chainId } = chain.genesis;
  const checking = { chainId, runner: createRunner(loadMechanisms(chain.genesis)), verifier };
  const own = hub.network('own');
  let isAside = false;
  let catchUps = 0;
  const sync = createBlockSync({
    network: own,
    chainId,
    application,
    source: sourceOf(chain, () => application.tip().height),
    verifier,
    checkTransactions: encoded => checkBlock(encoded, pool.get, checking, loadMechanisms(chain.genesis)),
    async catchUp(work) {
      assert.ok(!isAside, 'ordering stands aside once at a time');
      isAside = true;
      catchUps++;
      await world.beforeAside();
      await work();
      isAside = false;
    },
    clock,
    log: silentLog,
  });
  const told: number[] = [];
  application.onCommit(({ block }) => told.push(block.header.height));
  const banned = new Map<PeerId, string>();
  own.onPeer(event => {
    if (event.kind === 'banned') banned.set(event.id, event.reason);
  });
  const asked = new Map<PeerId, BlocksRequest[]>();
  const claims = new Map<PeerId, () => number>();
  const networks = [own];
  await own.start();

  async function pass(ms: number): Promise<void> {
    const end = time.now() + ms;
    while (time.now() < end) {
      if (time.now() % CLAIM_MS === 0)
        for (const { id } of own.peers()) sync.behind(id, claims.get(id)?.() ?? 0);
      await time.run(STEP_MS);
      // Work that needs no time goes on until it needs some.
      for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve));
    }
  }

  const world: World = {
    application,
    sync,
    told,
    groups,
    asked,
    banned,
    catchUps: () => catchUps,
    async join(id, claim, handler) {
      const network = hub.network(id);
      const requests: BlocksRequest[] = [];
      asked.set(id, requests);
      network.service('blocks', {
        maxRequestBytes: MAX_REQUEST_BYTES,
        maxResponseBytes: 4 * MAX_RESPONSE_BYTES,
        maxConcurrent: 2,
        timeoutMs: 10_000,
        async handle(_, raw) {
          const request = decode(BlocksRequest, raw);
          requests.push(request);
          return handler(request);
        },
      });
      networks.push(network);
      claims.set(id, claim);
      await network.start();
      own.connect(hub.addressOf(id));
      await world.until(() => own.peers().some(peer => peer.id === id));
      return network;
    },
    honest: (id, delayMs = 5) =>
      world.join(
        id,
        () => chain.blocks.length,
        async request => {
          await new Promise<void>(resolve => time.after(delayMs, resolve));
          return answer(encode(BlocksRequest, request), sourceOf(chain));
        },
      ),
    async until(done, seconds = 120) {
      const end = time.now() + seconds * 1000;
      while (!done()) {
        assert.ok(time.now() < end, `not within ${seconds} s`);
        await pass(STEP_MS);
      }
    },
    after: pass,
    beforeAside: () => Promise.resolve(),
  };
  try {
    await run(world);
  } finally {
    sync.stop();
    await Promise.all(networks.map(network => network.stop()));
  }
}
