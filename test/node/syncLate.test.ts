/**
 * Whole nodes that join late or come back. `SYNC_BLOCKS=10000 npx mocha test/node/syncLate.test.ts` is the long version.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Genesis, invariants, verifyCommit } from '../../chain/index.ts';
import { encode, fromHex, toHex } from '../../consensus/interface/index.ts';
import { createClient } from '../../node/client/index.ts';
import { handshakeOf } from '../../node/hello.ts';
import { type Node, startNode } from '../../node/node.ts';
import type { NodeOptions } from '../../node/options.ts';
import { decodeMessage, encodeMessage, MAX_MESSAGE_BYTES } from '../../node/ordering/messages.ts';
import { MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES } from '../../node/sync/messages.ts';
import { answer } from '../../node/sync/serve.ts';
import { createLibp2pNetwork } from '../../p2p/libp2p.ts';
import { MemoryHub } from '../../p2p/memory.ts';
import type { HandshakeOptions, Network } from '../../p2p/network.ts';
import { untilHeight, withDirectory } from './support/cluster.ts';
import { silentLog } from './support/log.ts';
import { type LongChain, makeLongChain, validatorSeeds } from './support/longChain.ts';
import { startProcess, writeOptions } from './support/processes.ts';
import { sourceOf } from './support/syncing.ts';

const LENGTH = Number(process.env.SYNC_BLOCKS ?? 2_000);

describe('a node that joins late', function () {
  this.timeout(60_000 + 30 * LENGTH);
  let chain: LongChain;
  before(async () => {
    chain = await makeLongChain({ length: LENGTH });
  });

  /** Gives the whole chain, and says so every tenth of a second. Answers with what the node voted on. */
  function serve(network: Network, lengthNow: () => number = () => LENGTH) {
    const voted: number[] = [];
    const channel = network.channel('ordering', {
      maxMessageBytes: MAX_MESSAGE_BYTES,
      maxQueuedBytes: 4 * MAX_MESSAGE_BYTES,
      onMessage(_, raw) {
        const message = decodeMessage(raw);
        if (message.kind === 'vote') voted.push(message.vote.height);
        if (message.kind === 'proposal') voted.push(message.proposal.height);
      },
    });
    network.service('blocks', {
      maxRequestBytes: MAX_REQUEST_BYTES,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      maxConcurrent: 2,
      timeoutMs: 10_000,
      handle: (_, request) => answer(request, sourceOf(chain, lengthNow)),
    });
    const tell = (): void =>
      channel.broadcast(
        encodeMessage({ kind: 'status', height: lengthNow() + 1, round: null, mineUntil: 0 }),
      );
    const timer = setInterval(tell, 100);
    return { voted, end: () => clearInterval(timer) };
  }

  function optionsIn(directory: string, change: Partial<NodeOptions> = {}): NodeOptions {
    return {
      name: 'late',
      dir: join(directory, 'late'),
      genesis: toHex(encode(Genesis, chain.genesis)),
      validator: validatorSeeds[0] ?? null,
      devAuthority: null,
      p2p: { seed: `0x${'02'.repeat(32)}`, host: '127.0.0.1', port: 0, peers: [] },
      rpc: { host: '127.0.0.1', port: 0 },
      blockMode: { kind: 'manual' },
      logLevel: 'silent',
      verifyThreads: 1,
      ...change,
    };
  }

  /** The state of the chain, every block with a certificate that verifies. */
  async function assertWhole(node: Node): Promise<void> {
    assert.equal(node.head().header.stateRoot, chain.root);
    assert.equal(node.state().root, chain.root);
    assert.deepEqual(invariants(node.state()), []);
    const validators = chain.genesis.validators.map(({ validator }) => ({ validator, power: 100 }));
    for (let height = 1; height <= LENGTH; height += Math.ceil(LENGTH / 40)) {
      const stored = await node.block(height);
      assert.ok(stored);
      assert.equal(stored.hash, chain.blocks[height - 1]?.hash);
      verifyCommit(stored.commit, { height, hash: stored.hash }, validators, chain.genesis.chainId);
    }
  }

  it('has the same state, blocks and certificates as the others, on disk too', () =>
    withDirectory(async directory => {
      const hub = new MemoryHub();
      const source = hub.network('source', { handshake: handshakeOf(chain.genesis, 'test') });
      const served = serve(source);
      await source.start();
      const start = (): Promise<Node> =>
        startNode(
          optionsIn(directory, {
            p2p: { seed: `0x${'02'.repeat(32)}`, host: '', port: 0, peers: [hub.addressOf('source')] },
          }),
          {
            network: (handshake: HandshakeOptions) => hub.network('late', { handshake }),
            log: { ...silentLog, end: async () => undefined },
          },
        );
      const node = await start();
      const told: number[] = [];
      node.onBlock(({ block }) => told.push(block.header.height));
      await untilHeight(node, LENGTH);
      await assertWhole(node);
      assert.deepEqual(
        told,
        chain.blocks.slice(-told.length).map(({ block }) => block.header.height),
      );
      assert.ok(
        served.voted.every(height => height === 1 || height > LENGTH),
        'it votes on nothing that is decided, once it knows',
      );
      await node.stop();
      const again = await start();
      assert.equal(again.head().header.height, LENGTH);
      await assertWhole(again);
      await again.stop();
      served.end();
      await source.stop();
    }));

  it('loses nothing that it reported when it is killed in the middle, and signs nothing', () =>
    withDirectory(async directory => {
      const source = createLibp2pNetwork({
        privateKeySeed: fromHex(`0x${'03'.repeat(32)}`),
        listen: ['/ip4/127.0.0.1/tcp/0'],
        handshake: handshakeOf(chain.genesis, 'test'),
        log: silentLog,
      });
      // The chain becomes longer with each life, so that each is killed while it syncs.
      let length = 0;
      const served = serve(source, () => length);
      await source.start();
      const file = await writeOptions(
        directory,
        optionsIn(directory, {
          p2p: { seed: `0x${'02'.repeat(32)}`, host: '127.0.0.1', port: 0, peers: [...source.addresses()] },
        }),
      );
      let reported = 0;
      for (const part of [1 / 2, 1]) {
        const child = startProcess(file);
        const client = createClient(`http://127.0.0.1:${(await child.ready).rpcPort}`);
        assert.ok((await client.getHead()).height >= reported);
        length = Math.floor(LENGTH * part);
        const goal = part === 1 ? LENGTH : reported + 1;
        do reported = (await client.getHead()).height;
        while (reported < goal);
        if (part === 1) {
          const { header } = await client.getBlock({ block: LENGTH });
          assert.equal(header.stateRoot, chain.root);
        }
        child.child.kill('SIGKILL');
        await child.exited;
        client.close();
      }
      const decided = served.voted.filter(height => height > 1 && height <= LENGTH);
      assert.deepEqual(decided, []);
      served.end();
      await source.stop();
    }));
});
