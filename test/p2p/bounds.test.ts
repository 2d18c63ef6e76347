/** What a peer can do below the lanes, and the queues that are fair between peers. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Connection } from '@libp2p/interface';
import type { Libp2p } from 'libp2p';
import { encodeControl } from '../../p2p/core/control.ts';
import { encodeFrames, FrameReader } from '../../p2p/core/frames.ts';
import { Scores } from '../../p2p/core/scores.ts';
import { virtualTime } from '../../p2p/environment.ts';
import { FairQueue, type Worth } from '../../p2p/fair-queue.ts';
import { loadLibp2p } from '../../p2p/libp2p/load.ts';
import { createLibp2pNetwork } from '../../p2p/libp2p.ts';
import type { Network } from '../../p2p/network.ts';
import {
  ACCEPT_ALL,
  ANY_PORT,
  addressOf,
  connect,
  dialPlain,
  inbox,
  nextEvent,
  seedOf,
  silent,
} from './bed.ts';

const HELLO = '/devnet/hello/1';
const GREETING = encodeFrames([
  encodeControl({ kind: 'hello', hello: new Uint8Array() }),
  encodeControl({ kind: 'accept' }),
]);

/** The muxer of a connection, which libp2p keeps to itself. */
interface Muxer {
  sendFrame(header: { type: number; flag: number; streamID: number; length: number }, data?: unknown): void;
  send(data: Uint8Array): boolean;
}
const muxerOf = (connection: Connection): Muxer => (connection as unknown as { muxer: Muxer }).muxer;
const WINDOW_UPDATE = 1;
const SYN = 1;

describe('bounds below the lanes', () => {
  const toStop: { stop(): unknown }[] = [];
  let victim: Network;
  let honest: Network;
  let heard: ReturnType<typeof inbox>;
  let send: (text: number) => void;

  beforeEach(async () => {
    heard = inbox();
    const make = (number: number, onMessage: (peer: string, message: Uint8Array) => void) => {
      const network = createLibp2pNetwork({
        privateKeySeed: seedOf(number),
        listen: [ANY_PORT],
        handshake: ACCEPT_ALL,
        log: silent,
      });
      toStop.push(network);
      return {
        network,
        channel: network.channel('test', { maxMessageBytes: 1_000, maxQueuedBytes: 100_000, onMessage }),
      };
    };
    const a = make(1, heard.onMessage);
    const b = make(2, () => undefined);
    victim = a.network;
    honest = b.network;
    send = value => b.channel.send(victim.id, Uint8Array.of(value));
    await Promise.all([victim.start(), honest.start()]);
    await connect(honest, victim);
  });

  afterEach(async () => {
    await Promise.all(toStop.splice(0).map(node => node.stop()));
  });

  /** A stranger that passed the handshake. */
  async function attacker(): Promise<{ node: Libp2p; connection: Connection }> {
    const up = nextEvent(victim, 'connected');
    const { node, connection } = await dialPlain(addressOf(victim));
    toStop.push(node);
    (await connection.newStream(HELLO)).send(GREETING);
    await up;
    return { node, connection };
  }

  async function assertCut(connection: Connection, node: Libp2p): Promise<void> {
    if (connection.status === 'open') await once(connection, 'close');
    for (let value = 0; value < 10; value++) send(value);
    await heard.waitFor(10);
    const id = node.peerId.toString();
    // It cost 60 points, and a few of these 50 came back meanwhile.
    victim.penalise(id, 50, 'to see that the offence was counted');
    assert.deepEqual(
      victim.bans().map(ban => ban.id),
      [id],
    );
    assert.deepEqual(
      victim.peers().map(peer => [peer.id, peer.score]),
      [[honest.id, 100]],
    );
  }

  it('cut a peer that announces a muxer frame without end', async () => {
    const { node, connection } = await attacker();
    const muxer = muxerOf(connection);
    // Version 0, data, no flags, stream 1, 4 GB.
    muxer.send(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff));
    const piece = new Uint8Array(512 * 1024);
    for (let sent = 0; sent < 8 * 1024 * 1024 && connection.status === 'open'; sent += piece.length)
      muxer.send(piece);
    await assertCut(connection, node);
  });

  it('cut a peer that floods the muxer with small frames', async () => {
    const { node, connection } = await attacker();
    const muxer = muxerOf(connection);
    // For a stream that there is not: not worth an answer. A flood of pings ends the attacker first, by our pongs.
    for (let n = 0; n < 60_000; n++)
      muxer.sendFrame({ type: WINDOW_UPDATE, flag: 0, streamID: 9_999, length: 0 });
    await assertCut(connection, node);
  });

  it('cut a peer that opens streams without end', async () => {
    const { node, connection } = await attacker();
    const muxer = muxerOf(connection);
    for (let id = 101; id < 1_001; id += 2)
      muxer.sendFrame({ type: WINDOW_UPDATE, flag: SYN, streamID: id, length: 0 });
    await assertCut(connection, node);
  });

  it('ban a peer that opens connections without end', async () => {
    const { node } = await attacker();
    const { multiaddr } = await loadLibp2p();
    const banned = nextEvent(victim, 'banned');
    const isBanned = () => victim.bans().length > 0;
    while (!isBanned()) await node.dial(multiaddr(addressOf(victim)), { force: true });
    assert.match((await banned).reason, /opens more than 4 connections/);
    send(1);
    await heard.waitFor(1);
  });

  it('keep room for a frame only as its bytes come', () => {
    const reader = new FrameReader(1e9, () => undefined);
    const before = process.memoryUsage().arrayBuffers;
    reader.push(Uint8Array.of(0x3b, 0x9a, 0xca, 0));
    reader.push(new Uint8Array(100));
    assert.ok(process.memoryUsage().arrayBuffers - before < 10_000_000);
  });
});

describe('a fair queue', () => {
  const limits = { maxWaiting: 100, maxWaitingBytes: 1_000, maxRunning: 4, minRunning: 4, maxPerTurn: 2 };

  it('begins the message of a quiet peer within a turn, however many another one sent', async () => {
    const begun: string[] = [];
    const queue = new FairQueue<number>({
      ...limits,
      run: async (peer, item) => {
        begun.push(`${peer}${item}`);
        await new Promise(resolve => setImmediate(resolve));
        return 'neither';
      },
    });
    for (let n = 0; n < 100; n++) queue.push('loud', n, 1);
    queue.push('quiet', 0, 1);
    assert.deepEqual(begun, ['loud0', 'loud1', 'quiet0']);
    while (begun.length < 101) await new Promise(resolve => setImmediate(resolve));
    const loud = begun.filter(name => name !== 'quiet0');
    assert.deepEqual(
      loud,
      Array.from({ length: 100 }, (_, n) => `loud${n}`),
    );
  });

  it('refuses beyond its bounds, in number and in bytes, and forgets a peer', () => {
    const never = new Promise<Worth>(() => undefined);
    const queue = new FairQueue<number>({ ...limits, run: () => never });
    const taken = Array.from({ length: 200 }, (_, n) => queue.push('loud', n, 1)).filter(Boolean);
    assert.equal(taken.length, 100 + limits.maxPerTurn);
    assert.equal(queue.push('large', 0, 1_001), false);
    assert.equal(queue.push('quiet', 0, 1_000), true);
    queue.forget('loud');
    assert.equal(queue.waiting('loud'), 0);
  });
});

describe('a fair queue and strangers', () => {
  const worths: ((worth: Worth) => void)[] = [];
  const queue = new FairQueue<number>({
    maxWaiting: 100,
    maxWaitingBytes: 1_000,
    maxRunning: 8,
    minRunning: 2,
    maxPerTurn: 100,
    run: () => new Promise(resolve => worths.push(resolve)),
  });
  /** Ends all that is under way; how much is under way after it. */
  const end = async (worth: Worth): Promise<number> => {
    for (const resolve of worths.splice(0)) resolve(worth);
    await new Promise(resolve => setImmediate(resolve));
    return worths.length;
  };

  it('lets little be under way until something was good, and again after something bad', async () => {
    for (let n = 0; n < 100; n++) queue.push('stranger', n, 1);
    assert.equal(worths.length, 2);
    assert.equal(await end('neither'), 2);
    assert.equal(await end('good'), 8);
    assert.equal(await end('good'), 8);
    assert.equal(await end('bad'), 2);
  });
});

describe('scores', () => {
  it('recover, ban for a time, and start afresh after it', async () => {
    const time = virtualTime(1);
    const scores = new Scores(time, 60_000);
    assert.equal(scores.lower('a', 60, 'first'), false);
    assert.equal(scores.of('a'), 40);
    await time.run(30_000);
    assert.equal(scores.of('a'), 70);
    assert.equal(scores.lower('a', 70, 'second'), true);
    assert.deepEqual(scores.bans(), [{ id: 'a', reason: 'second', leftMs: 60_000 }]);
    await time.run(60_000);
    assert.deepEqual([scores.bans(), scores.banOf('a'), scores.of('a')], [[], null, 100]);
  });

  it('cannot be made to forget a ban by a swarm of identities', () => {
    const scores = new Scores(virtualTime(1), 60_000);
    scores.lower('spammer', 100, 'a flood');
    for (let n = 0; n < 10_000; n++) scores.lower(`swarm ${n}`, 1, 'noise');
    assert.equal(scores.banOf('spammer'), 'a flood');
  });
});
