/** The faults that the network in memory can make, in virtual time: no test here waits. */
import assert from 'node:assert/strict';
import { type VirtualTime, virtualTime } from '../../p2p/environment.ts';
import { MemoryHub } from '../../p2p/memory.ts';
import type { Channel, Network } from '../../p2p/network.ts';

interface Node {
  readonly network: Network;
  readonly channel: Channel;
  readonly got: number[];
  readonly events: string[];
}

describe('faults in memory', () => {
  let time: VirtualTime;
  let hub: MemoryHub;
  let a: Node;
  let b: Node;

  function node(id: string): Node {
    const network = hub.network(id);
    const got: number[] = [];
    const events: string[] = [];
    const onMessage = (_peer: string, message: Uint8Array) => got.push(message[0] ?? -1);
    const channel = network.channel('test', { maxMessageBytes: 10, maxQueuedBytes: 10, onMessage });
    network.onPeer(event => events.push(event.kind));
    return { network, channel, got, events };
  }

  async function connected(seed: number): Promise<void> {
    time = virtualTime(seed);
    hub = new MemoryHub({ environment: time, seed });
    [a, b] = [node('a'), node('b')];
    await Promise.all([a.network.start(), b.network.start()]);
    a.network.connect(hub.addressOf('b'));
    await time.run(100);
    assert.deepEqual([a.events, b.events], [['connected'], ['connected']]);
  }

  beforeEach(() => connected(1));

  it('a delay holds messages back and measures as latency', async () => {
    hub.delay('a', 'b', 40);
    a.channel.send('b', Uint8Array.of(7));
    await time.run(39);
    assert.deepEqual(b.got, []);
    await time.run(1);
    assert.deepEqual(b.got, [7]);
    await time.run(10_000);
    assert.equal(a.network.peers()[0]?.latency, 80);
  });

  it('a cut disconnects both, and after mending they find each other again', async () => {
    hub.cut('a', 'b');
    await time.run(20_000);
    assert.deepEqual(
      [a.events, b.events],
      [
        ['connected', 'disconnected'],
        ['connected', 'disconnected'],
      ],
    );
    hub.mend('a', 'b');
    await time.run(10_000);
    assert.deepEqual([a.events.at(-1), b.events.at(-1)], ['connected', 'connected']);
  });

  it('a partition cuts between groups and mends inside them', async () => {
    const c = node('c');
    await c.network.start();
    c.network.connect(hub.addressOf('a'));
    c.network.connect(hub.addressOf('b'));
    hub.partition(['a', 'b'], ['c']);
    await time.run(5_000);
    assert.deepEqual([a.network.peers().map(p => p.id), c.network.peers()], [['b'], []]);
    hub.partition(['a', 'b', 'c']);
    await time.run(20_000);
    assert.deepEqual(
      c.network
        .peers()
        .map(p => p.id)
        .sort(),
      ['a', 'b'],
    );
  });

  it('a loss is the same for the same seed, and spares the connection', async () => {
    const lossy = async () => {
      hub.drop('a', 'b', 0.5);
      for (let i = 0; i < 100; i++) {
        a.channel.send('b', Uint8Array.of(i));
        await time.run(1);
      }
      await time.run(60_000);
      assert.deepEqual(a.events, ['connected']);
      return b.got;
    };
    const first = await lossy();
    await connected(1);
    const second = await lossy();
    assert.deepEqual(first, second);
    assert.ok(first.length > 20 && first.length < 80);
  });

  it('a peer that does not read costs the oldest messages, which are counted, and is dropped in the end', async () => {
    hub.hold('a', 'b');
    for (let i = 0; i < 15; i++) a.channel.send('b', Uint8Array.of(i));
    assert.equal(a.network.counters().get('channel/test')?.droppedSlow, 5);
    hub.release('a', 'b');
    await time.run(10);
    assert.deepEqual(b.got, [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    hub.hold('a', 'b');
    await time.run(30_000);
    assert.deepEqual(a.events.slice(0, 2), ['connected', 'disconnected']);
  });

  it('what is on its way is bounded: the oldest is dropped and counted', async () => {
    hub.delay('a', 'b', 1_000);
    for (let i = 0; i < 25; i++) a.channel.send('b', Uint8Array.of(i));
    assert.equal(a.network.counters().get('channel/test')?.droppedSlow, 15);
    await time.run(1_000);
    assert.deepEqual(b.got, [15, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
  });

  it('a node that starts again has the faults that it had', async () => {
    hub.cut('a', 'b');
    await a.network.stop();
    a = node('a');
    await a.network.start();
    a.network.connect(hub.addressOf('b'));
    await time.run(5_000);
    assert.deepEqual(a.network.peers(), []);
    hub.mend('a', 'b');
    await time.run(1_000);
    assert.deepEqual(
      a.network.peers().map(({ id }) => id),
      ['b'],
    );
  });

  it('back-off grows while nobody answers', async () => {
    const dialled: number[] = [];
    const lonely = hub.network('lonely', {
      log: {
        debug: (_fields, message) => message === 'dial failed' && dialled.push(time.now()),
        info() {},
        warn() {},
        error() {},
      },
    });
    await lonely.start();
    lonely.connect(hub.addressOf('nobody'));
    await time.run(60_000);
    const gaps = dialled.slice(1).map((at, i) => at - (dialled[i] ?? 0));
    assert.ok(dialled.length > 10 && dialled.length < 40, `${dialled.length} attempts`);
    assert.ok(gaps.every(gap => gap <= 7_500));
    assert.ok((gaps[0] ?? 0) <= 75);
    await lonely.stop();
    const before = dialled.length;
    await time.run(60_000);
    assert.equal(dialled.length, before);
  });
});
