/** Faults on purpose, the same over TCP and in memory. What needs exact times stands in faults.test.ts. */
import assert from 'node:assert/strict';
import { type LinkFaults, type Network, NetworkError } from '../../p2p/network.ts';
import { type Bed, inbox, join, libp2pBed, memoryBed, nextEvent } from './bed.ts';

const CHANNEL = { maxMessageBytes: 100, maxQueuedBytes: 1_000_000 };

function set(network: Network, peer: Network, faults: Partial<LinkFaults>, seed = 1): void {
  const none = { cut: false, latencyMs: 0, jitterMs: 0, lossPercent: 0 };
  network.setFaults({ seed, peers: { [peer.id]: { ...none, ...faults } } });
}
const heal = (network: Network): void => network.setFaults({ seed: 0, peers: {} });

for (const [name, makeBed] of [
  ['memory', memoryBed],
  ['libp2p', libp2pBed],
] as const)
  describe(`faults on purpose, ${name}`, () => {
    let bed: Bed;
    let a: Network;
    let b: Network;
    beforeEach(() => {
      bed = makeBed();
      [a, b] = [bed.network(), bed.network()];
    });
    afterEach(() => bed.stop());

    it('a cut ends the link and refuses new ones, and healing connects at once', async () => {
      await join(a, b);
      const lost = Promise.all([nextEvent(a, 'disconnected'), nextEvent(b, 'disconnected')]);
      set(a, b, { cut: true });
      set(b, a, { cut: true });
      await lost;
      assert.equal(a.faults().counters.cut, 1);
      a.connect(`${b.addresses()[0]}`);
      while (a.faults().counters.refused < 3) await new Promise(done => setTimeout(done, 5));
      assert.deepEqual([a.peers(), b.peers()], [[], []]);
      const back = Promise.all([nextEvent(a, 'connected'), nextEvent(b, 'connected')]);
      heal(b);
      heal(a);
      await back;
    });

    it('one end is enough for a cut', async () => {
      await join(a, b);
      const lost = nextEvent(a, 'disconnected');
      set(b, a, { cut: true });
      await lost;
      // The other one dials on, and is not taken.
      while (b.faults().counters.refused < 3) await new Promise(done => setTimeout(done, 5));
      assert.deepEqual([a.peers(), b.peers()], [[], []]);
      const back = nextEvent(a, 'connected');
      heal(b);
      await back;
    });

    it('latency with jitter keeps the order, and loses nothing', async () => {
      const got = inbox();
      const channel = a.channel('test', { ...CHANNEL, onMessage() {} });
      b.channel('test', { ...CHANNEL, onMessage: got.onMessage });
      await join(a, b);
      set(a, b, { latencyMs: 5, jitterMs: 30 });
      for (let i = 0; i < 100; i++) {
        channel.send(b.id, Uint8Array.of(i));
        if (i % 10 === 0) await new Promise(done => setTimeout(done, 2));
        // What comes after the faults must not overtake what is still on its way.
        if (i === 90) heal(a);
      }
      const messages = await got.waitFor(100);
      assert.deepEqual(
        messages.map(message => message[0]),
        Array.from({ length: 100 }, (_, i) => i),
      );
      // Only what this node sends: the peer's own rules are the other direction.
      assert.ok(a.faults().counters.delayed >= 91);
      assert.equal(b.faults().counters.delayed, 0);
    });

    it('a loss is the same for the same seed', async () => {
      const got = inbox();
      const channel = a.channel('test', { ...CHANNEL, onMessage() {} });
      b.channel('test', { ...CHANNEL, onMessage: got.onMessage });
      await join(a, b);
      const runs: number[][] = [];
      for (let run = 0; run < 2; run++) {
        set(a, b, { lossPercent: 40 }, 7);
        for (let i = 0; i < 100; i++) channel.send(b.id, Uint8Array.of(i));
        heal(a);
        channel.send(b.id, Uint8Array.of(255));
        while (got.messages.at(-1)?.[0] !== 255) await got.waitFor(got.messages.length + 1);
        runs.push(got.messages.splice(0).map(message => message[0] ?? -1));
      }
      const [first = [], second] = runs;
      assert.deepEqual(first, second);
      assert.ok(first.length > 35 && first.length < 86, `${first.length} of 100 arrived`);
      assert.equal(a.faults().counters.lost, 2 * (101 - first.length));
    });

    it('a request whose answer is lost times out', async () => {
      const options = { maxRequestBytes: 10, maxResponseBytes: 10, maxConcurrent: 4, timeoutMs: 100 };
      let asked = 0;
      const handle = async (_peer: string, request: Uint8Array) => {
        asked++;
        return request;
      };
      const service = a.service('echo', { ...options, handle });
      b.service('echo', { ...options, handle });
      await join(a, b);
      set(b, a, { lossPercent: 100 });
      await assert.rejects(
        service.request(b.id, Uint8Array.of(1)),
        (error: unknown) => error instanceof NetworkError && error.code === 'TIMEOUT',
      );
      assert.equal(asked, 1);
      heal(b);
      assert.deepEqual(await service.request(b.id, Uint8Array.of(2)), Uint8Array.of(2));
    });
  });
