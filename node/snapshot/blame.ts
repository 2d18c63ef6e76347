/** Whose fault a failure is: peers are held to what they could know. */
import { CommitError, LightError } from '../../chain/index.ts';
import { CodecError } from '../../consensus/interface/index.ts';
import { type Network, NetworkError, type PeerId } from '../../p2p/network.ts';
import { OFFENCE_POINTS } from '../../p2p/offences.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../ordering/types.ts';

/** A peer sent what no honest node sends. */
export class PeerLie extends Error {
  override readonly name = 'PeerLie';
}

/** A peer does not have what it is asked for: no offence, but nothing to wait for. */
export class NotHeld extends Error {
  override readonly name = 'NotHeld';
}

/** No peer that is left can give this snapshot. */
export class NoSource extends Error {
  override readonly name = 'NoSource';
}

/** The node stops. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Penalises the peer where it is its fault. Throws what is nobody's but ours. */
export function blame(network: Network, log: Log, peer: PeerId, error: unknown): void {
  const points = pointsFor(error);
  log.warn({ peer, error: messageOf(error) }, 'a peer is of no use for a snapshot');
  if (points > 0) network.penalise(peer, points, `snapshot: ${messageOf(error)}`);
}

function pointsFor(error: unknown): number {
  if (error instanceof PeerLie || error instanceof CommitError) return OFFENCE_POINTS.falseSnapshot;
  // A clock that is wrong may be ours.
  if (error instanceof LightError)
    return error.code === 'FROM_FUTURE' || error.code === 'TRUST_EXPIRED' ? 0 : OFFENCE_POINTS.falseSnapshot;
  if (error instanceof CodecError) return OFFENCE_POINTS.malformed;
  if (error instanceof NetworkError || error instanceof NotHeld) return 0;
  throw error;
}
