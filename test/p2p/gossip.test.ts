import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createGossip, type Gossip, type Verdict } from '../../p2p/gossip.ts';
import type { Network } from '../../p2p/network.ts';
import { SeenSet } from '../../p2p/seen-set.ts';
import { addressOf, type Bed, bytes, connect, libp2pBed, memoryBed, nextEvent, text } from './bed.ts';

interface Gossiper {
  readonly network: Network;
  readonly gossip: Gossip;
  /** Texts in the order of arrival, with repetitions. */
  readonly got: string[];
  waitFor(count: number): Promise<void>;
}

const idOf = (message: Uint8Array) => createHash('sha256').update(message).digest('hex');

function gossipSuite(name: string, makeBed: () => Bed): void {
  describe(name, () => {
    let bed: Bed;
    beforeEach(() => {
      bed = makeBed();
    });
    afterEach(() => bed.stop());

    function gossiper(judge: (message: string) => Promise<Verdict> = async () => 'accept'): Gossiper {
      const network = bed.network();
      const got: string[] = [];
      let wake = () => {};
      const gossip = createGossip(network, {
        topic: 'transactions',
        maxMessageBytes: 100_000,
        seenLimit: 100_000,
        idOf,
        validate: async (_peer, message) => {
          got.push(text(message));
          wake();
          return judge(text(message));
        },
      });
      const waitFor = async (count: number) => {
        while (got.length < count)
          await new Promise<void>(resolve => {
            wake = resolve;
          });
      };
      return { network, gossip, got, waitFor };
    }

    async function line(...nodes: Gossiper[]): Promise<void> {
      await Promise.all(nodes.map(node => node.network.start()));
      for (const [i, node] of nodes.entries()) {
        const next = nodes[i + 1];
        if (next !== undefined) await connect(node.network, next.network);
      }
    }

    it('reaches peers of peers, each message once', async () => {
      const nodes = [gossiper(), gossiper(), gossiper(), gossiper()] as const;
      await line(...nodes);
      const [first, second, third, last] = nodes;
      first.gossip.publish([bytes('one'), bytes('two')]);
      last.gossip.publish([bytes('three')]);
      await Promise.all([first.waitFor(1), second.waitFor(3), third.waitFor(3), last.waitFor(2)]);
      assert.deepEqual(first.got, ['three']);
      assert.deepEqual(second.got.sort(), ['one', 'three', 'two']);
      assert.deepEqual(last.got, ['one', 'two']);
    });

    it('floods 10,000 transactions through a full mesh, each judged once by each', async () => {
      const nodes = [gossiper(), gossiper(), gossiper(), gossiper()];
      await Promise.all(nodes.map(node => node.network.start()));
      for (const [i, a] of nodes.entries())
        for (const b of nodes.slice(i + 1)) await connect(a.network, b.network);
      const messages = Array.from({ length: 10_000 }, (_, i) => bytes(`${i} ${'x'.repeat(300)}`));
      const [origin, ...others] = nodes;
      origin?.gossip.publish(messages);
      await Promise.all(others.map(node => node.waitFor(10_000)));
      for (const node of others) assert.equal(new Set(node.got).size, 10_000);
      assert.deepEqual(origin?.got, []);
      for (const node of nodes) assert.equal(node.network.peers().length, 3);
    });

    it('does not relay what is ignored or rejected, and bans for rejects', async () => {
      const middle = gossiper(async message => {
        if (message === 'broken') throw new Error('a fault of ours');
        if (message === 'useless') return 'ignore';
        return message.startsWith('bad') ? 'reject' : 'accept';
      });
      const [source, sink] = [gossiper(), gossiper()];
      await line(source, middle, sink);
      source.gossip.publish(['useless', 'broken', 'bad', 'good'].map(bytes));
      await sink.waitFor(1);
      assert.deepEqual(sink.got, ['good']);
      const banned = nextEvent(middle.network, 'banned');
      source.gossip.publish(Array.from({ length: 20 }, (_, i) => bytes(`bad ${i}`)));
      assert.match((await banned).reason, /a bad message on transactions/);
      assert.deepEqual(sink.got, ['good']);
    });

    it('offers known messages to one peer', async () => {
      const [early, late] = [gossiper(), gossiper()];
      await early.network.start();
      early.gossip.publish([bytes('before anyone came')]);
      await late.network.start();
      await connect(late.network, early.network);
      early.gossip.publish([bytes('before anyone came')]);
      early.gossip.offer(late.network.id, [bytes('before anyone came')]);
      await late.waitFor(1);
      assert.deepEqual(late.got, ['before anyone came']);
    });

    it('takes large messages, and refuses to publish larger ones', async () => {
      const [a, b] = [gossiper(), gossiper()];
      await line(a, b);
      a.gossip.publish([bytes('x'.repeat(100_000)), bytes('small')]);
      await b.waitFor(2);
      assert.deepEqual(
        b.got.map(message => message.length),
        [100_000, 5],
      );
      assert.throws(() => a.gossip.publish([bytes('x'.repeat(100_001))]), { code: 'TOO_LARGE' });
    });

    it('takes a malformed batch as an offence', async () => {
      const victim = gossiper();
      const attacker = bed.network();
      const channel = attacker.channel('transactions', {
        maxMessageBytes: 1_000,
        maxQueuedBytes: 1_000,
        onMessage() {},
      });
      await Promise.all([victim.network.start(), attacker.start()]);
      await connect(attacker, victim.network);
      const told = nextEvent(attacker, 'refused');
      channel.send(victim.network.id, Uint8Array.of(0, 0, 0, 9, 1));
      assert.match((await told).reason, /the last frame is cut off/);
      assert.deepEqual(victim.got, []);
      assert.ok(addressOf(attacker).length > 0);
    });
  });
}

gossipSuite('gossip in memory', memoryBed);
gossipSuite('gossip over libp2p', libp2pBed);

describe('a seen set', () => {
  it('remembers at least half its limit and never more than its limit', () => {
    const seen = new SeenSet(100);
    for (let i = 0; i < 1_000; i++) {
      seen.add(`${i}`);
      const known = Array.from({ length: i + 1 }, (_, j) => j).filter(j => seen.has(`${j}`));
      assert.ok(known.length <= 100);
      for (let j = Math.max(0, i - 49); j <= i; j++) assert.ok(seen.has(`${j}`));
    }
  });
});
