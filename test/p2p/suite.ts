/** The behaviour that every implementation of {@link Network} owes: run by one line per implementation. */
import assert from 'node:assert/strict';
import type { ChannelOptions, Network, ServiceOptions } from '../../p2p/network.ts';
import {
  addressOf,
  type Bed,
  bytes,
  connect,
  genesisHandshake,
  inbox,
  join,
  nextEvent,
  text,
} from './bed.ts';

const CHANNEL: ChannelOptions = {
  maxMessageBytes: 1_000_000,
  maxQueuedBytes: 100_000_000,
  onMessage: () => {},
};
const SERVICE: ServiceOptions = {
  maxRequestBytes: 1_000,
  maxResponseBytes: 5_000_000,
  maxConcurrent: 2,
  timeoutMs: 5_000,
  handle: async (_peer, request) => request,
};

export function networkSuite(name: string, makeBed: () => Bed): void {
  describe(name, () => {
    let bed: Bed;
    let a: Network;
    let b: Network;
    beforeEach(() => {
      bed = makeBed();
      a = bed.network();
      b = bed.network();
    });
    afterEach(() => bed.stop());

    describe('peers', () => {
      it('are told to both sides when they connect and when they go', async () => {
        await join(a, b);
        assert.deepEqual([a.peers().map(p => p.id), b.peers().map(p => p.id)], [[b.id], [a.id]]);
        assert.deepEqual([a.peers()[0]?.direction, b.peers()[0]?.direction], ['outbound', 'inbound']);
        const gone = nextEvent(a, 'disconnected');
        await b.stop();
        assert.equal((await gone).id, b.id);
        assert.deepEqual(a.peers(), []);
      });

      it('that dial each other at once are connected once', async () => {
        const events: string[] = [];
        a.onPeer(event => events.push(event.kind));
        const received = inbox();
        const channel = a.channel('test', CHANNEL);
        b.channel('test', { ...CHANNEL, onMessage: received.onMessage });
        await Promise.all([a.start(), b.start()]);
        const both = Promise.all([nextEvent(a, 'connected'), nextEvent(b, 'connected')]);
        a.connect(addressOf(b));
        b.connect(addressOf(a));
        await both;
        for (let i = 0; i < 100; i++) channel.send(b.id, Uint8Array.of(i));
        await received.waitFor(100);
        assert.deepEqual(
          received.messages.map(message => message[0]),
          Array.from({ length: 100 }, (_, i) => i),
        );
        assert.deepEqual(events, ['connected']);
        assert.equal(a.peers().length, 1);
      });

      it('are dialled again after a loss, until they answer', async () => {
        await join(a, b);
        const lost = nextEvent(a, 'disconnected');
        await b.stop();
        await lost;
        const back = nextEvent(a, 'connected');
        const restarted = bed.restart(b);
        await restarted.start();
        assert.equal((await back).peer.id, restarted.id);
      });

      it('get a measured latency', async () => {
        const echo = { ...SERVICE, timeoutMs: 5_000 };
        const service = a.service('echo', echo);
        b.service('echo', echo);
        await join(a, b);
        // The first ping leaves right after the handshake, so a later round trip finds it answered.
        while (a.peers()[0]?.latency === null) await service.request(b.id, bytes('x'));
        assert.ok((a.peers()[0]?.latency ?? -1) >= 0);
      });

      it('with a bad address are refused at once', async () => {
        await a.start();
        assert.throws(() => a.connect('nonsense'), { name: 'NetworkError', code: 'BAD_ADDRESS' });
        a.connect(addressOf(a));
        assert.deepEqual(a.peers(), []);
      });
    });

    describe('the handshake', () => {
      it('refuses another genesis, and both sides hear both values', async () => {
        const c = bed.network({ handshake: genesisHandshake('0xcc') });
        const d = bed.network({ handshake: genesisHandshake('0xdd') });
        await Promise.all([c.start(), d.start()]);
        const refusals = Promise.all([nextEvent(c, 'refused'), nextEvent(d, 'refused')]);
        c.connect(addressOf(d));
        const [atC, atD] = await refusals;
        assert.deepEqual([atC.id, atD.id], [d.id, c.id]);
        assert.equal(atC.reason, 'genesis differs: ours 0xcc, theirs 0xdd');
        assert.equal(atD.reason, 'genesis differs: ours 0xdd, theirs 0xcc');
        assert.deepEqual([c.peers(), d.peers()], [[], []]);
      });

      it('tells the other side when only one refuses', async () => {
        const c = bed.network({ handshake: { hello: bytes('old'), judge: () => null } });
        const d = bed.network({ handshake: { hello: bytes('new'), judge: hello => `too ${text(hello)}` } });
        await Promise.all([c.start(), d.start()]);
        const refused = nextEvent(c, 'refused');
        c.connect(addressOf(d));
        assert.match((await refused).reason, /refused by the peer: too old/);
        assert.deepEqual(c.peers(), []);
      });

      it('takes what a judge throws as a refusal', async () => {
        const judge = () => {
          throw new Error('not msgpack');
        };
        const c = bed.network({ handshake: { hello: bytes('c'), judge } });
        await Promise.all([b.start(), c.start()]);
        const refused = nextEvent(c, 'refused');
        b.connect(addressOf(c));
        assert.match((await refused).reason, /hello cannot be read: not msgpack/);
      });

      it('refuses more peers than the limit', async () => {
        const small = bed.network({ limits: { maxPeers: 1 } });
        await Promise.all([a.start(), b.start(), small.start()]);
        await connect(a, small);
        const refused = nextEvent(b, 'refused');
        b.connect(addressOf(small));
        assert.match((await refused).reason, /full: 1 peers/);
        assert.deepEqual(
          small.peers().map(peer => peer.id),
          [a.id],
        );
      });
    });

    describe('a channel', () => {
      it('keeps order and sizes, from nothing to its limit', async () => {
        const received = inbox();
        const channel = a.channel('test', CHANNEL);
        b.channel('test', { ...CHANNEL, onMessage: received.onMessage });
        await join(a, b);
        const sizes = [0, 1, 70_000, 3, 1_000_000, 16 * 1024, 16 * 1024 - 1, 5, 999_999, 0];
        for (const [i, size] of sizes.entries()) channel.send(b.id, new Uint8Array(size).fill(i));
        await received.waitFor(sizes.length);
        assert.deepEqual(
          received.messages.map(message => message.length),
          sizes,
        );
        assert.ok(received.messages.every((message, i) => message.every(byte => byte === i)));
      });

      it('carries a burst of 10,000 small messages in order, without a stain on the sender', async () => {
        const received = inbox();
        const channel = a.channel('test', CHANNEL);
        b.channel('test', { ...CHANNEL, onMessage: received.onMessage });
        await join(a, b);
        for (let i = 0; i < 10_000; i++) channel.send(b.id, new Uint8Array(new Uint32Array([i]).buffer));
        await received.waitFor(10_000);
        const numbers = received.messages.map(message => new Uint32Array(message.buffer)[0]);
        assert.ok(numbers.every((number, i) => number === i));
        assert.equal(a.counters().get('channel/test')?.sentMessages, 10_000);
        assert.deepEqual(b.counters().get('channel/test')?.droppedOverRate, 0);
      });

      it('broadcasts to all but one', async () => {
        const c = bed.network();
        const [atB, atC] = [inbox(), inbox()];
        const channel = a.channel('test', CHANNEL);
        b.channel('test', { ...CHANNEL, onMessage: atB.onMessage });
        c.channel('test', { ...CHANNEL, onMessage: atC.onMessage });
        await Promise.all([a.start(), b.start(), c.start()]);
        await connect(a, b);
        await connect(a, c);
        channel.broadcast(bytes('not b'), b.id);
        channel.broadcast(bytes('all'));
        assert.deepEqual((await atC.waitFor(2)).map(text), ['not b', 'all']);
        assert.deepEqual((await atB.waitFor(1)).map(text), ['all']);
      });

      it('counts what is sent to nobody', async () => {
        const channel = a.channel('test', CHANNEL);
        channel.send(b.id, bytes('too early'));
        await a.start();
        channel.send(b.id, bytes('not connected'));
        assert.equal(a.counters().get('channel/test')?.droppedUnconnected, 2);
      });

      it('throws when its own user sends too much, or registers too late', async () => {
        const channel = a.channel('test', { ...CHANNEL, maxMessageBytes: 10 });
        assert.throws(() => channel.send(b.id, new Uint8Array(11)), { code: 'TOO_LARGE' });
        assert.throws(() => a.channel('test', CHANNEL), { code: 'ALREADY_STARTED' });
        await a.start();
        assert.throws(() => a.channel('late', CHANNEL), { code: 'ALREADY_STARTED' });
      });

      it('survives a receiver that throws', async () => {
        const received = inbox();
        const channel = a.channel('test', CHANNEL);
        const onMessage = (peer: string, message: Uint8Array) => {
          received.onMessage(peer, message);
          throw new Error('a fault of ours');
        };
        b.channel('test', { ...CHANNEL, onMessage });
        await join(a, b);
        channel.send(b.id, bytes('one'));
        channel.send(b.id, bytes('two'));
        assert.deepEqual((await received.waitFor(2)).map(text), ['one', 'two']);
      });

      it('takes a longer message as an offence, and bans who goes on', async () => {
        const channel = a.channel('test', CHANNEL);
        b.channel('test', { ...CHANNEL, maxMessageBytes: 100 });
        await join(a, b);
        const told = nextEvent(a, 'refused');
        const lost = nextEvent(b, 'disconnected');
        channel.send(b.id, new Uint8Array(101));
        assert.match((await told).reason, /a frame of 101 bytes, the limit is 100/);
        await lost;
        const banned = nextEvent(b, 'banned');
        await nextEvent(a, 'connected');
        channel.send(b.id, new Uint8Array(200));
        assert.match((await banned).reason, /a frame of 200 bytes/);
        assert.equal((await banned).id, a.id);
      });

      it('bans a peer that sends faster than the rate', async () => {
        const received = inbox();
        const channel = a.channel('test', CHANNEL);
        const rate = { messagesPerSecond: 100, bytesPerSecond: 1e9 };
        b.channel('test', { ...CHANNEL, rate, onMessage: received.onMessage });
        await join(a, b);
        const banned = nextEvent(b, 'banned');
        const told = nextEvent(a, 'refused');
        for (let i = 0; i < 1_000; i++) channel.send(b.id, Uint8Array.of(1));
        assert.match((await banned).reason, /sends too fast on channel\/test/);
        assert.match((await told).reason, /banned: sends too fast/);
        assert.ok(received.messages.length >= 200 && received.messages.length < 300);
      });
    });

    describe('a service', () => {
      it('answers, up to its sizes', async () => {
        const handle = async (peer: string, request: Uint8Array) => {
          assert.equal(peer, a.id);
          return new Uint8Array(5_000_000).fill(request[0] ?? 0);
        };
        const service = a.service('test', SERVICE);
        b.service('test', { ...SERVICE, handle });
        await join(a, b);
        const [one, two] = await Promise.all([
          service.request(b.id, Uint8Array.of(1)),
          service.request(b.id, Uint8Array.of(2)),
        ]);
        assert.deepEqual([one.length, one[0], two.length, two[0]], [5_000_000, 1, 5_000_000, 2]);
      });

      it('gives answers in whatever order they are ready', async () => {
        const gate: { open?: () => void } = {};
        const opened = new Promise<void>(resolve => {
          gate.open = resolve;
        });
        const service = a.service('test', SERVICE);
        const handle = async (_peer: string, request: Uint8Array) => {
          if (text(request) === 'slow') await opened;
          return request;
        };
        b.service('test', { ...SERVICE, handle });
        await join(a, b);
        const slow = service.request(b.id, bytes('slow'));
        assert.equal(text(await service.request(b.id, bytes('quick'))), 'quick');
        gate.open?.();
        assert.equal(text(await slow), 'slow');
      });

      it('names every way to fail', async () => {
        const service = a.service('test', { ...SERVICE, timeoutMs: 100 });
        const handle = async (_peer: string, request: Uint8Array) => {
          if (text(request) === 'throw') throw new Error('no such block');
          if (text(request) === 'hang') return new Promise<Uint8Array>(() => {});
          return new Uint8Array(11);
        };
        b.service('test', { ...SERVICE, handle, maxResponseBytes: 10 });
        await assert.rejects(service.request(b.id, bytes('x')), { code: 'DISCONNECTED' });
        await join(a, b);
        await assert.rejects(service.request(b.id, new Uint8Array(1_001)), { code: 'TOO_LARGE' });
        await assert.rejects(service.request(b.id, bytes('throw')), {
          code: 'REFUSED',
          message: /no such block/,
        });
        await assert.rejects(service.request(b.id, bytes('large')), { code: 'TOO_LARGE' });
        const hanging = [1, 2].map(() =>
          assert.rejects(service.request(b.id, bytes('hang')), { code: 'TIMEOUT' }),
        );
        await assert.rejects(service.request(b.id, bytes('third')), {
          code: 'REFUSED',
          message: /busy: 2 requests/,
        });
        await Promise.all(hanging);
      });

      it('rejects what was asked of a peer that goes', async () => {
        const service = a.service('test', SERVICE);
        const asked: { resolve?: () => void } = {};
        const arrived = new Promise<void>(resolve => {
          asked.resolve = resolve;
        });
        const handle = () => {
          asked.resolve?.();
          return new Promise<Uint8Array>(() => {});
        };
        b.service('test', { ...SERVICE, handle });
        await join(a, b);
        const rejected = assert.rejects(service.request(b.id, bytes('x')), { code: 'DISCONNECTED' });
        await arrived;
        await b.stop();
        await rejected;
      });
    });

    it('bans at zero, tells why, and lets the peer in again afterwards', async () => {
      const strict = bed.network({ limits: { banMs: 200 } });
      await Promise.all([a.start(), strict.start()]);
      await connect(a, strict);
      const [banned, told, lost] = [
        nextEvent(strict, 'banned'),
        nextEvent(a, 'refused'),
        nextEvent(strict, 'disconnected'),
      ];
      strict.penalise(a.id, 60, 'a small lie');
      assert.equal(strict.peers().length, 1);
      strict.penalise(a.id, 60, 'a second lie');
      assert.deepEqual(await banned, { kind: 'banned', id: a.id, reason: 'a second lie' });
      assert.match((await told).reason, /banned: a second lie/);
      await lost;
      await nextEvent(strict, 'connected');
    });

    it('stops twice, and without having started', async () => {
      await a.stop();
      await b.start();
      await b.stop();
      await b.stop();
    });

    it('may be stopped while it starts', async () => {
      const starting = a.start();
      await a.stop();
      await starting;
      await b.start();
      assert.throws(() => addressOf(a));
    });
  });
}
