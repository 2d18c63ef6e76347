/**
 * Flooding over direct streams: each node passes on, once, what it sees for the first time and finds good. Messages
 * travel in batches. Why not gossipsub: docs/decisions/0003-gossip-by-direct-streams.md.
 */

import { decodeFrames, encodeFrames, FRAME_HEADER_BYTES } from './core/frames.ts';
import { RateMeter } from './core/rate.ts';
import { systemEnvironment } from './environment.ts';
import { FairQueue, type Worth } from './fair-queue.ts';
import { type Network, NetworkError, type NetworkLog, type PeerId, type RateLimit } from './network.ts';
import { OFFENCE_POINTS } from './offences.ts';
import { SeenSet } from './seen-set.ts';
import { silentLog } from './silent-log.ts';

/**
 * reject: no honest node would have passed it on. useless: an honest node may have, now and then. ignore: of no use here,
 * and nobody's fault.
 */
export type Verdict = 'accept' | 'reject' | 'useless' | 'ignore';

export interface GossipOptions {
  /** Name of the channel. */
  readonly topic: string;
  readonly maxMessageBytes: number;
  /** Ids remembered, so that a message goes round once. At least twice what can be under way at one time. */
  readonly seenLimit: number;
  /** Judges a message of a peer, and keeps it if it is good. The bytes belong to the receiver. */
  readonly validate: (peer: PeerId, message: Uint8Array) => Promise<Verdict>;
  /** Must not throw, whatever the bytes; a hash of them is right. */
  readonly idOf: (message: Uint8Array) => string;
  readonly log?: NetworkLog;
}

export interface Gossip {
  /**
   * Sends own messages to all peers, those of one turn of the event loop together. Known ones are not sent again.
   * Throws NetworkError TOO_LARGE, and then sends nothing.
   */
  publish(messages: readonly Uint8Array[]): void;
  /** Sends messages to one peer, known or not: to hand a pool over to a peer that has just connected. */
  offer(peer: PeerId, messages: readonly Uint8Array[]): void;
}

const BATCH_BYTES = 64 * 1024;
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
/** What one peer may send in batches: 5 MB a second are 20,000 transactions, four times that may come for a while. */
const BATCHES: RateLimit = { messagesPerSecond: 5_000, bytesPerSecond: 16 * 1024 * 1024 };
/** Of one peer, messages, known or not: a node verifies as many on one thread, and offers 16,000 at most to a new peer. */
const MESSAGES: RateLimit = { messagesPerSecond: 20_000, bytesPerSecond: Number.POSITIVE_INFINITY };
/** Of one peer, useless messages: as many as a moment's difference between two states may cause. */
const USELESS: RateLimit = { messagesPerSecond: 500, bytesPerSecond: Number.POSITIVE_INFINITY };
/** Of one peer. What comes beyond it is dropped, and may come from another peer. */
const LINE = {
  maxWaiting: 16_384,
  maxWaitingBytes: 8 * 1024 * 1024,
  maxRunning: 512,
  minRunning: 16,
  maxPerTurn: 64,
};

interface Heard {
  readonly id: string;
  readonly message: Uint8Array;
}
interface Meters {
  readonly messages: RateMeter;
  readonly useless: RateMeter;
}
const WORTH = { accept: 'good', useless: 'neither', ignore: 'neither', reject: 'bad' } as const;
const REASONS = { messages: 'messages', useless: 'useless messages' } as const;

/** Call before the network starts. */
export function createGossip(network: Network, options: GossipOptions): Gossip {
  const { topic, maxMessageBytes, validate, idOf, log = silentLog } = options;
  const seen = new SeenSet(options.seenLimit);
  /** Peers that are known to have a message that is being judged: it need not be sent to them. */
  const holders = new Map<string, Set<PeerId>>();
  const meters = new Map<PeerId, Meters>();
  const line = new FairQueue<Heard>({ ...LINE, run: judge });
  const outgoing = new Map<PeerId, Uint8Array[]>();

  const channel = network.channel(topic, {
    maxMessageBytes: BATCH_BYTES + maxMessageBytes + FRAME_HEADER_BYTES,
    maxQueuedBytes: MAX_QUEUED_BYTES,
    rate: BATCHES,
    onMessage: receive,
  });
  network.onPeer(event => {
    if (event.kind === 'disconnected' || event.kind === 'banned') {
      outgoing.delete(event.id);
      meters.delete(event.id);
      line.forget(event.id);
    }
  });

  function receive(peer: PeerId, batch: Uint8Array): void {
    for (const message of decodeFrames(batch, maxMessageBytes)) receiveOne(peer, message);
  }

  function receiveOne(peer: PeerId, message: Uint8Array): void {
    if (!take(peer, 'messages')) return;
    const id = idOf(message);
    if (seen.has(id)) holders.get(id)?.add(peer);
    else line.push(peer, { id, message }, message.length);
  }

  // Only what is judged counts as seen: what waits behind a flood of one peer may come from another one meanwhile.
  async function judge(peer: PeerId, { id, message }: Heard): Promise<Worth> {
    if (seen.has(id)) {
      holders.get(id)?.add(peer);
      return 'neither';
    }
    seen.add(id);
    holders.set(id, new Set([peer]));
    const verdict = await verdictOn(peer, message);
    const except = holders.get(id) ?? new Set();
    holders.delete(id);
    if (verdict === 'accept') relay(message, except);
    else if (verdict === 'useless') take(peer, 'useless');
    else if (verdict === 'reject')
      network.penalise(peer, OFFENCE_POINTS.badTransaction, `a bad message on ${topic}`);
    return WORTH[verdict];
  }

  /** False beyond the peer's limit; going on costs points. */
  function take(peer: PeerId, what: keyof Meters): boolean {
    let own = meters.get(peer);
    if (own === undefined) {
      own = {
        messages: new RateMeter(systemEnvironment, MESSAGES),
        useless: new RateMeter(systemEnvironment, USELESS),
      };
      meters.set(peer, own);
    }
    if (own[what].take(0)) return true;
    if (own[what].offends(0))
      network.penalise(peer, OFFENCE_POINTS.tooFast, `sends too many ${REASONS[what]} on ${topic}`);
    return false;
  }

  async function verdictOn(peer: PeerId, message: Uint8Array): Promise<Verdict> {
    try {
      return await validate(peer, message);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log.error({ topic, peer, error: text }, 'judging a message failed');
      return 'ignore';
    }
  }

  function relay(message: Uint8Array, except: ReadonlySet<PeerId>): void {
    for (const { id } of network.peers()) if (!except.has(id)) queue(id, message);
  }

  function queue(peer: PeerId, message: Uint8Array): void {
    if (outgoing.size === 0) setImmediate(flush);
    const messages = outgoing.get(peer);
    if (messages === undefined) outgoing.set(peer, [message]);
    else messages.push(message);
  }

  function flush(): void {
    for (const [peer, messages] of outgoing)
      for (const batch of batches(messages)) channel.send(peer, encodeFrames(batch));
    outgoing.clear();
  }

  function mustFit(message: Uint8Array): void {
    if (message.length <= maxMessageBytes) return;
    const text = `a ${topic} message of ${message.length} bytes, the limit is ${maxMessageBytes}`;
    throw new NetworkError('TOO_LARGE', text);
  }

  return {
    publish(messages) {
      messages.forEach(mustFit);
      const everyone = new Set<PeerId>();
      for (const message of messages) {
        const id = idOf(message);
        if (seen.has(id)) continue;
        seen.add(id);
        relay(message, everyone);
      }
    },
    offer(peer, messages) {
      messages.forEach(mustFit);
      for (const message of messages) {
        seen.add(idOf(message));
        queue(peer, message);
      }
    },
  };
}

/** Cuts a list into pieces of about {@link BATCH_BYTES}; a larger message travels alone. */
function* batches(messages: readonly Uint8Array[]): Iterable<readonly Uint8Array[]> {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = message.length + FRAME_HEADER_BYTES;
    if (batch.length > 0 && bytes + size > BATCH_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(message);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
