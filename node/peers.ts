/** What this node says about its peers to people: when it is ready, why nobody wants it, and what it logs of them. */
import type { Ban, Network } from '../p2p/network.ts';
import type { NodeApplication } from './application.ts';
import type { Log } from './ordering/types.ts';

/** A ban as RPC tells it. */
export interface PeerBan extends Omit<Ban, 'leftMs'> {
  /** Milliseconds since 1970. */
  readonly until: number;
}

export const peerBans = (network: Network, now: number): PeerBan[] =>
  network.bans().map(({ leftMs, ...ban }) => ({ ...ban, until: Math.ceil(now + leftMs) }));

export interface Readiness {
  /** Once ready, a node stays it: that a peer goes away later is no reason to turn its clients away. */
  is(): boolean;
  /** Resolves when it is. */
  readonly reached: Promise<void>;
}

/** A node is ready with a block that is final and connections with as many peers as it was told. */
export function readiness(
  application: Pick<NodeApplication, 'tip' | 'onCommit'>,
  network: Pick<Network, 'peers' | 'onPeer'>,
  peers: number,
): Readiness {
  let done = false;
  const isNow = (): boolean => application.tip().height > 0 && network.peers().length >= peers;
  const reached = new Promise<void>(resolve => {
    const look = (): void => {
      if (done || !isNow()) return;
      done = true;
      for (const forget of forgets) forget();
      resolve();
    };
    const forgets = [application.onCommit(look), network.onPeer(look)];
    look();
  });
  return { is: () => done, reached };
}

export function logPeers(network: Network, log: Log): void {
  network.onPeer(event => {
    if (event.kind === 'connected')
      log.info({ peer: event.peer.id, address: event.peer.address }, 'peer connected');
    else if (event.kind === 'disconnected') log.info({ peer: event.id }, 'peer disconnected');
    // Refusals and bans are logged by the network, which knows what repeats itself.
  });
}
