import assert from 'node:assert/strict';
import { Block, type Commit } from '../../chain/index.ts';
import { encode } from '../../consensus/interface/index.ts';
import { BlocksResponse } from '../../node/sync/messages.ts';
import { type BlockSync, createBlockSync } from '../../node/sync/sync.ts';
import { MemoryHub } from '../../p2p/memory.ts';
import type { Network } from '../../p2p/network.ts';
import { withDirectory } from './support/cluster.ts';
import { silentLog } from './support/log.ts';
import { openSolo } from './support/solo.ts';

type Decided = { readonly block: Block; readonly certificate: Commit };

/** A chain of blocks with their certificates, by height. */
async function makeChain(length: number): Promise<Map<number, Decided>> {
  const chain = new Map<number, Decided>();
  await withDirectory(async directory => {
    const solo = await openSolo(directory);
    for (let height = 1; height <= length; height++) {
      await solo.advance();
      const decided = await solo.store.decided(height);
      if (decided !== null) chain.set(height, decided);
    }
    await solo.store.close();
  });
  return chain;
}

interface Follower {
  readonly network: Network;
  readonly sync: BlockSync;
  readonly heights: number[];
  /** Resolves when this height is committed. */
  reached(height: number): Promise<void>;
}

/** A node whose engine accepts exactly the blocks of the chain, in order. */
function follower(hub: MemoryHub, id: string, chain: ReadonlyMap<number, Decided>): Follower {
  const network = hub.network(id);
  const heights: number[] = [];
  const waiting = new Map<number, () => void>();
  const sync = createBlockSync({
    network,
    height: () => heights.length,
    decided: async height => (height <= heights.length ? (chain.get(height) ?? null) : null),
    async ingest(block) {
      const { height } = block.header;
      const right = chain.get(height);
      if (height !== heights.length + 1 || right === undefined) throw new Error(`${height} is not next`);
      if (Buffer.compare(encode(Block, block), encode(Block, right.block)) !== 0)
        throw new Error('the certificate is for another block');
      heights.push(height);
      waiting.get(height)?.();
    },
    log: silentLog,
  });
  return {
    network,
    sync,
    heights,
    reached: height =>
      heights.length >= height ? Promise.resolve() : new Promise(resolve => waiting.set(height, resolve)),
  };
}

/** A peer that answers every request for blocks with these bytes. */
function answering(hub: MemoryHub, id: string, answer: () => Uint8Array): Network {
  const network = hub.network(id);
  network.service('blocks', {
    maxRequestBytes: 64,
    maxResponseBytes: 16 * 1024 * 1024,
    maxConcurrent: 2,
    timeoutMs: 1000,
    handle: async () => answer(),
  });
  return network;
}

async function connect(hub: MemoryHub, own: Network, others: readonly Network[]): Promise<void> {
  await Promise.all([own, ...others].map(network => network.start()));
  await Promise.all(
    others.map(
      other =>
        new Promise<void>(resolve => {
          own.onPeer(event => event.kind === 'connected' && event.peer.id === other.id && resolve());
          own.connect(hub.addressOf(other.id));
        }),
    ),
  );
}

describe('block sync', () => {
  let chain: Map<number, Decided>;
  before(async () => {
    chain = await makeChain(150);
  });

  it('fetches range after range, in order', async () => {
    const hub = new MemoryHub();
    const behind = follower(hub, 'behind', chain);
    const ahead = follower(hub, 'ahead', chain);
    ahead.heights.push(...chain.keys());
    await connect(hub, behind.network, [ahead.network]);
    behind.sync.behind('ahead', 150);
    await behind.reached(150);
    assert.deepEqual(behind.heights, [...chain.keys()]);
    await Promise.all([behind.network.stop(), ahead.network.stop()]);
  });

  it('goes to another peer when one lies, breaks off or knows less than it said', async () => {
    const hub = new MemoryHub();
    const behind = follower(hub, 'behind', chain);
    const honest = follower(hub, 'honest', chain);
    honest.heights.push(...chain.keys());
    const first = chain.get(1);
    assert.ok(first);
    const forged = { ...first.block, header: { ...first.block.header, time: 5 } };
    const lie = encode(BlocksResponse, [{ block: encode(Block, forged), certificate: first.certificate }]);
    const liar = answering(hub, 'liar', () => lie);
    const garbler = answering(hub, 'garbler', () => Uint8Array.of(0xc1, 2, 3));
    const boaster = answering(hub, 'boaster', () => encode(BlocksResponse, []));
    const refuser = answering(hub, 'refuser', () => {
      throw new Error('not today');
    });
    const others = [liar, garbler, boaster, refuser, honest.network];
    await connect(hub, behind.network, others);
    for (const { id } of others) behind.sync.behind(id, 150);
    await behind.reached(150);
    assert.deepEqual(behind.heights, [...chain.keys()]);
    // A second lie costs the liar its place.
    const banned = new Promise<void>(resolve => {
      behind.network.onPeer(event => event.kind === 'banned' && event.id === 'liar' && resolve());
    });
    behind.heights.length = 0;
    behind.sync.behind('liar', 150);
    await banned;
    await Promise.all([behind.network, ...others].map(network => network.stop()));
  });

  it('answers requests that make no sense with a refusal or nothing', async () => {
    const hub = new MemoryHub();
    const server = follower(hub, 'server', chain);
    server.heights.push(1, 2, 3);
    const asker = hub.network('asker');
    const service = asker.service('blocks', {
      maxRequestBytes: 1024,
      maxResponseBytes: 16 * 1024 * 1024,
      maxConcurrent: 2,
      timeoutMs: 1000,
      handle: async () => new Uint8Array(),
    });
    await connect(hub, asker, [server.network]);
    await assert.rejects(service.request('server', Uint8Array.of(1, 2, 3)), { code: 'REFUSED' });
    await Promise.all([asker.stop(), server.network.stop()]);
  });
});
