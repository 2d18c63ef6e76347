/** Strangers on the port: raw TCP, and libp2p nodes that do not keep to our protocol. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import type { Connection, Stream } from '@libp2p/interface';
import type { Libp2p } from 'libp2p';
import { encodeControl } from '../../p2p/core/control.ts';
import { encodeFrames } from '../../p2p/core/frames.ts';
import { createLibp2pNetwork } from '../../p2p/libp2p.ts';
import type { Network } from '../../p2p/network.ts';
import {
  ACCEPT_ALL,
  ANY_PORT,
  addressOf,
  bytes,
  connect,
  dialPlain,
  genesisHandshake,
  inbox,
  nextEvent,
  recordingLog,
  seedOf,
  text,
} from './bed.ts';

const HELLO = '/devnet/hello/1';
const CHANNEL = '/devnet/channel/test/1';

/** What a peer sends to be accepted. */
const GREETING = [
  encodeControl({ kind: 'hello', hello: new Uint8Array() }),
  encodeControl({ kind: 'accept' }),
];

describe('a node under attack', () => {
  let log: ReturnType<typeof recordingLog>;
  let received: ReturnType<typeof inbox>;
  let victim: Network;
  const toStop: { stop(): unknown }[] = [];

  beforeEach(async () => {
    log = recordingLog();
    received = inbox();
    victim = await startVictim(5_000);
  });

  afterEach(async () => {
    await Promise.all(toStop.splice(0).map(node => node.stop()));
    assert.deepEqual(
      log.lines.filter(line => line.level === 'error'),
      [],
    );
  });

  async function startVictim(handshakeMs: number): Promise<Network> {
    const node = createLibp2pNetwork({
      privateKeySeed: seedOf(1),
      listen: [ANY_PORT],
      handshake: ACCEPT_ALL,
      log,
      limits: { handshakeMs, banMs: 60_000, maxPeers: 8 },
    });
    const { onMessage } = received;
    node.channel('test', { maxMessageBytes: 1_000, maxQueuedBytes: 1_000_000, onMessage });
    await node.start();
    toStop.push(node);
    return node;
  }

  async function socket(): Promise<net.Socket> {
    const port = Number(/tcp\/(\d+)/.exec(addressOf(victim))?.[1]);
    const raw = net.connect(port, '127.0.0.1');
    raw.on('error', () => {});
    await once(raw, 'connect');
    return raw;
  }

  // events.once would throw at a reset, which is as good an end as any.
  const gone = (raw: net.Socket) => new Promise(resolve => raw.once('close', resolve));

  /** A libp2p node of the attacker, connected to the victim, deaf to it. */
  async function stranger(): Promise<{ node: Libp2p; connection: Connection }> {
    const { node, connection } = await dialPlain(addressOf(victim));
    toStop.push(node);
    return { node, connection };
  }

  const open = (connection: Connection, protocol: string): Promise<Stream> => connection.newStream(protocol);

  async function closed(connection: Connection): Promise<void> {
    if (connection.status === 'open') await once(connection, 'close');
  }

  /** The victim still does its work for an honest node. */
  async function assertHealthy(): Promise<void> {
    const honest = createLibp2pNetwork({
      privateKeySeed: seedOf(2),
      listen: [ANY_PORT],
      handshake: ACCEPT_ALL,
      log: recordingLog(),
    });
    toStop.push(honest);
    const channel = honest.channel('test', {
      maxMessageBytes: 1_000,
      maxQueuedBytes: 1_000,
      onMessage: () => {},
    });
    await honest.start();
    await connect(honest, victim);
    channel.send(victim.id, bytes('honest'));
    await received.waitFor(1);
  }

  it('closes a socket that speaks garbage, and says so', async () => {
    for (const garbage of [
      'GET / HTTP/1.1\r\n\r\n',
      '\x00',
      '\xff'.repeat(70_000),
      '\x13/multistream/1.0.0\n\xff\xff\xff\xff\x0f',
    ]) {
      const raw = await socket();
      raw.resume();
      raw.write(Buffer.from(garbage, 'latin1'));
      await gone(raw);
    }
    assert.ok(log.has('upgrade failed'));
    await assertHealthy();
  });

  it('cuts a negotiation whose lengths never end before it costs anything', async () => {
    const endless = Buffer.alloc(1_000_000, 0xff);
    const header = Buffer.from('\x13/multistream/1.0.0\n');
    const unknown = Buffer.concat([header, Buffer.from('\x04/tls'), endless]);
    const hollow = Buffer.concat([header, Buffer.alloc(1_000_000, 0x80)]);
    for (const flood of [endless, Buffer.concat([header, endless]), hollow, unknown]) {
      const raw = await socket();
      raw.resume();
      raw.write(flood);
      await gone(raw);
    }
    assert.ok(log.has('does not begin as it must'));
    assert.ok(log.has('a protocol name of 16383 bytes'));
    assert.ok(log.has('has an endless length'));
    assert.ok(log.has('a protocol that we do not speak: /tls'));
    assert.ok(!log.has('timeout'));
    await assertHealthy();
  });

  it('cuts such a negotiation on a stream as well', async () => {
    const { connection } = await stranger();
    await assert.rejects(open(connection, '/unknown/1'));
    assert.ok(log.has('a protocol that we do not speak: /unknown/1'));
    await assertHealthy();
  });

  it('closes a socket that says nothing', async () => {
    victim = await startVictim(200);
    await gone(await socket());
    assert.ok(log.has('upgrade failed'));
    await assertHealthy();
  });

  it('bears 100 sockets that break off at once', async () => {
    const sockets = await Promise.all(Array.from({ length: 100 }, socket));
    for (const [i, raw] of sockets.entries()) {
      if (i % 2 === 0) raw.write('\x13/multistream/1.0.0\n');
      raw.destroy();
    }
    await assertHealthy();
  });

  it('drops a peer that never says hello', async () => {
    victim = await startVictim(1_500);
    const refused = nextEvent(victim, 'refused');
    const { connection } = await stranger();
    assert.match((await refused).reason, /no answer to the handshake within 1500 ms/);
    await closed(connection);
    await assertHealthy();
  });

  it('drops a peer that announces a frame of 4 GB', async () => {
    const { node, connection } = await stranger();
    const stream = await open(connection, HELLO);
    stream.send(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1, 2, 3));
    await closed(connection);
    assert.ok(log.has('a frame of 4294967295 bytes, the limit is 65537'));
    assert.ok(log.has(node.peerId.toString()));
    await assertHealthy();
  });

  it('drops a peer that talks before the handshake', async () => {
    const { connection } = await stranger();
    const stream = await open(connection, CHANNEL);
    stream.send(encodeFrames([bytes('let me in')]));
    await closed(connection);
    assert.ok(log.has('sent on channel/test before the handshake'));
    assert.equal(received.messages.length, 0);
    await assertHealthy();
  });

  const badControl: [string, Uint8Array[], string][] = [
    ['of unknown kind', [Uint8Array.of(77)], 'unknown kind 77'],
    ['that is empty', [new Uint8Array()], 'unknown kind none'],
    ['that accepts before the hello', [encodeControl({ kind: 'accept' })], 'an accept before the hello'],
    ['with a short ping', [Uint8Array.of(3, 1)], 'a ping of 1 bytes'],
    ['with an endless reason', [new Uint8Array(5_000).fill(2)], 'a reason of 4999 bytes'],
    [
      'that greets twice',
      [
        encodeControl({ kind: 'hello', hello: bytes('a') }),
        encodeControl({ kind: 'hello', hello: bytes('b') }),
      ],
      'a second hello',
    ],
  ];
  for (const [what, frames, reason] of badControl)
    it(`drops a peer with a control frame ${what}`, async () => {
      const { connection } = await stranger();
      const stream = await open(connection, HELLO);
      stream.send(encodeFrames(frames));
      await closed(connection);
      assert.ok(log.has(reason), reason);
      await assertHealthy();
    });

  it('drops a peer that floods it with pings', async () => {
    const { connection } = await stranger();
    const stream = await open(connection, HELLO);
    stream.send(encodeFrames(GREETING));
    stream.send(encodeFrames(new Array(10_000).fill(encodeControl({ kind: 'ping', nonce: 1 }))));
    await closed(connection);
    assert.ok(log.has('too many control frames'));
    await assertHealthy();
  });

  it('hears only the newest of several streams on one lane, and bears many', async () => {
    const { connection } = await stranger();
    const connected = nextEvent(victim, 'connected');
    (await open(connection, HELLO)).send(encodeFrames(GREETING));
    await connected;
    const first = await open(connection, CHANNEL);
    first.send(encodeFrames([bytes('one')]));
    await received.waitFor(1);
    const second = await open(connection, CHANNEL);
    second.send(encodeFrames([bytes('two')]));
    await received.waitFor(2);
    if (first.status === 'open') await once(first, 'close');
    assert.deepEqual(received.messages.map(text), ['one', 'two']);
    await Promise.allSettled(Array.from({ length: 40 }, () => open(connection, CHANNEL)));
    await assertHealthy();
  });

  it('refuses an honest node of another chain again and again without a word too many', async () => {
    const other = createLibp2pNetwork({
      privateKeySeed: seedOf(3),
      listen: [],
      handshake: genesisHandshake('other'),
      log: recordingLog(),
    });
    toStop.push(other);
    await other.start();
    other.connect(addressOf(victim));
    await nextEvent(victim, 'refused');
    await nextEvent(victim, 'refused');
    await nextEvent(victim, 'refused');
    assert.equal(log.lines.filter(line => line.level === 'warn').length, 1);
  });
});
