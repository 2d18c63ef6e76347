/** What this node does for peers at other heights. Each kind of service is limited per peer. */

import { Block } from '../../chain/index.ts';
import { encode } from '../../consensus/interface/index.ts';
import type { PeerId } from '../../p2p/network.ts';
import { encodeMessage, type HeightMessage } from './messages.ts';
import type { EngineOptions } from './types.ts';

/** Messages of one peer for the next height that are kept until this node is there. */
const MAX_EARLY = 16;
/** Bytes of all of these. Only proposals are large: it holds those of 30 peers, of which one has its turn. */
const MAX_EARLY_BYTES = 128 * 1024 * 1024;
/** Peers that are remembered at once; the oldest is forgotten first. */
const MAX_PEERS = 1024;

export interface Peers {
  /** A peer works on a height that is decided here: it gets the certificate and the block. */
  help(peer: PeerId, height: number): void;
  /** A peer has committed a height that this node has not. */
  ahead(peer: PeerId, height: number): void;
  /** Keeps a message for a height that is not open yet, in place of those for lower heights. */
  keepEarly(peer: PeerId, height: number, bytes: number, message: HeightMessage): void;
  /** What was kept, in order of arrival; forgets it. */
  takeEarly(): Early[];
}

interface Early {
  readonly peer: PeerId;
  readonly height: number;
  readonly bytes: number;
  readonly message: HeightMessage;
}

type Needs = Pick<EngineOptions, 'transport' | 'decided' | 'onBehind' | 'clock'>;

/** `intervalMs`: how long a peer waits for the same service again. `onError`: the block store failed. */
export function createPeers(needs: Needs, intervalMs: number, onError: (error: unknown) => void): Peers {
  const { transport, decided, onBehind, clock } = needs;
  const helped = new Map<PeerId, number>();
  const reported = new Map<PeerId, number>();
  const early = new Map<PeerId, Early[]>();
  let earlyBytes = 0;

  async function sendDecided(peer: PeerId, height: number): Promise<void> {
    const found = await decided(height);
    if (found === null) return;
    const { certificate, block } = found;
    transport.send(peer, encodeMessage({ kind: 'commit', certificate, block: encode(Block, block) }));
  }

  return {
    help(peer, height) {
      const now = clock.now();
      if (now < (helped.get(peer) ?? Number.NEGATIVE_INFINITY) + intervalMs) return;
      remember(helped, peer, now);
      sendDecided(peer, height).catch(onError);
    },
    ahead(peer, height) {
      const now = clock.now();
      if (now < (reported.get(peer) ?? Number.NEGATIVE_INFINITY) + intervalMs) return;
      remember(reported, peer, now);
      onBehind(peer, height);
    },
    keepEarly(peer, height, bytes, message) {
      // Catching up passes heights by: the newest two are of use.
      const before = early.get(peer) ?? [];
      const kept = before.filter(other => other.height >= height - 1);
      earlyBytes -= sizeOf(before) - sizeOf(kept);
      if (before.length > 0) early.set(peer, kept);
      if (earlyBytes + bytes > MAX_EARLY_BYTES) return;
      if (kept.length >= MAX_EARLY || (kept.length === 0 && early.size >= MAX_PEERS)) return;
      // One large message is a proposal; a second would be for a later round, which is sent again when it matters.
      if (message.kind !== 'vote' && kept.some(other => other.message.kind !== 'vote')) return;
      kept.push({ peer, height, bytes, message });
      earlyBytes += bytes;
      early.set(peer, kept);
    },
    takeEarly() {
      const all = [...early.values()].flat();
      early.clear();
      earlyBytes = 0;
      return all;
    },
  };
}

const sizeOf = (kept: readonly Early[]): number => kept.reduce((sum, { bytes }) => sum + bytes, 0);

function remember<V>(map: Map<PeerId, V>, peer: PeerId, value: V): void {
  map.delete(peer);
  map.set(peer, value);
  if (map.size <= MAX_PEERS) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
