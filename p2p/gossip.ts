/**
 * Flooding over direct streams: each node passes on, once, what it sees for the first time and finds good. Messages
 * travel in batches. Why not gossipsub: docs/decisions/0003-gossip-by-direct-streams.md.
 */
import { decodeFrames, encodeFrames, FRAME_HEADER_BYTES } from './core/frames.ts';
import { type Network, NetworkError, type NetworkLog, type PeerId } from './network.ts';
import { SeenSet } from './seen-set.ts';
import { silentLog } from './silent-log.ts';

/** reject: no honest node would have passed it on. ignore: of no use here, and nobody's fault. */
export type Verdict = 'accept' | 'reject' | 'ignore';

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
/** Messages of one peer being judged at once; more are forgotten again, and may come from another peer. */
const MAX_JUDGED_AT_ONCE = 50_000;
const REJECT_POINTS = 10;

/** Call before the network starts. */
export function createGossip(network: Network, options: GossipOptions): Gossip {
  const { topic, maxMessageBytes, validate, idOf, log = silentLog } = options;
  const seen = new SeenSet(options.seenLimit);
  /** Peers that are known to have a message that is being judged: it need not be sent to them. */
  const holders = new Map<string, Set<PeerId>>();
  const judged = new Map<PeerId, number>();
  const outgoing = new Map<PeerId, Uint8Array[]>();

  const channel = network.channel(topic, {
    maxMessageBytes: BATCH_BYTES + maxMessageBytes + FRAME_HEADER_BYTES,
    maxQueuedBytes: MAX_QUEUED_BYTES,
    onMessage: receive,
  });
  network.onPeer(event => {
    if (event.kind === 'disconnected') outgoing.delete(event.id);
  });

  function receive(peer: PeerId, batch: Uint8Array): void {
    for (const message of decodeFrames(batch, maxMessageBytes)) receiveOne(peer, message);
  }

  function receiveOne(peer: PeerId, message: Uint8Array): void {
    const id = idOf(message);
    if (seen.has(id)) {
      holders.get(id)?.add(peer);
      return;
    }
    const count = judged.get(peer) ?? 0;
    if (count >= MAX_JUDGED_AT_ONCE) return;
    judged.set(peer, count + 1);
    seen.add(id);
    holders.set(id, new Set([peer]));
    void judge(peer, id, message);
  }

  async function judge(peer: PeerId, id: string, message: Uint8Array): Promise<void> {
    const verdict = await verdictOn(peer, message);
    const except = holders.get(id) ?? new Set();
    holders.delete(id);
    const left = (judged.get(peer) ?? 1) - 1;
    if (left > 0) judged.set(peer, left);
    else judged.delete(peer);
    if (verdict === 'accept') relay(message, except);
    else if (verdict === 'reject') network.penalise(peer, REJECT_POINTS, `a bad message on ${topic}`);
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
