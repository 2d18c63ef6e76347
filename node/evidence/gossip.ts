/** Evidence on its way between nodes: one per frame, passed on once, and all that waits to a peer that connects. */
import { Evidence, LIMITS } from '../../chain/index.ts';
import { CodecError, decode, encode } from '../../consensus/interface/index.ts';
import type { Network, PeerId } from '../../p2p/network.ts';
import { OFFENCE_POINTS } from '../../p2p/offences.ts';
import type { Log } from '../ordering/types.ts';
import type { EvidencePool, Taken } from './pool.ts';

/** Twice this may come at once: more than a whole pool, which a peer offers when it connects. */
const RATE = { messagesPerSecond: 256, bytesPerSecond: 256 * LIMITS.evidence };
const MAX_QUEUED_BYTES = 1024 * 1024;
/** Evidence of one peer being judged at once; more is dropped, and may come again from another. */
const MAX_JUDGED = 32;

/** No honest node passes these on: it verified them, and who voted at a committed height is the same everywhere. */
const FORGED: ReadonlySet<Taken> = new Set([
  'BAD_SIGNATURE',
  'NOT_CANONICAL',
  'NOT_ED25519',
  'NOT_A_VALIDATOR',
]);

export interface EvidenceGossip {
  readonly network: Network;
  readonly pool: EvidencePool;
  readonly log: Log;
}

/** Call before the network starts. */
export function gossipEvidence({ network, pool, log }: EvidenceGossip): void {
  const judged = new Map<PeerId, number>();

  const channel = network.channel('evidence', {
    maxMessageBytes: LIMITS.evidence,
    maxQueuedBytes: MAX_QUEUED_BYTES,
    rate: RATE,
    onMessage(peer, message) {
      const evidence = read(peer, message);
      const count = judged.get(peer) ?? 0;
      if (evidence === undefined || count >= MAX_JUDGED) return;
      judged.set(peer, count + 1);
      void judge(peer, evidence);
    },
  });

  function read(peer: PeerId, message: Uint8Array): Evidence | undefined {
    try {
      return decode(Evidence, message, LIMITS.evidence);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      network.penalise(peer, OFFENCE_POINTS.malformed, `evidence that does not decode: ${error.message}`);
      return undefined;
    }
  }

  async function judge(peer: PeerId, evidence: Evidence): Promise<void> {
    try {
      const taken = await pool.add(evidence);
      if (FORGED.has(taken)) network.penalise(peer, OFFENCE_POINTS.badSignature, `forged evidence: ${taken}`);
    } catch (error) {
      log.error({ err: error, peer }, 'evidence of a peer could not be checked');
    } finally {
      const left = (judged.get(peer) ?? 1) - 1;
      if (left > 0) judged.set(peer, left);
      else judged.delete(peer);
    }
  }

  pool.onAdded(evidence => channel.broadcast(encode(Evidence, evidence)));
  network.onPeer(event => {
    if (event.kind !== 'connected') return;
    for (const evidence of pool.waiting()) channel.send(event.peer.id, encode(Evidence, evidence));
  });
}
