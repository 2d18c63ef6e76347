import { LIMITS, sha256 } from '../../chain/index.ts';
import { createGossip, type Verdict } from '../../p2p/gossip.ts';
import type { Network } from '../../p2p/network.ts';
import type { Log } from '../ordering/types.ts';
import { PoolError } from './errors.ts';
import type { Pool } from './pool.ts';

/** Twice what pools hold. */
const SEEN = 200_000;
/** Own transactions handed to a peer that has just connected. */
const OFFER_BYTES = 4 * 1024 * 1024;
/** No honest node passes these on. */
const OFFENCES: ReadonlySet<string> = new Set(['MALFORMED', 'WRONG_CHAIN', 'BAD_SIGNATURE']);

/**
 * Carries transactions between pools. A peer that connects gets the own ones that still wait: what was submitted here
 * while this node was alone must not depend on this node's turn to propose. Call before the network starts.
 */
export function gossipTransactions(network: Network, pool: Pool, log: Log): void {
  const gossip = createGossip(network, {
    topic: 'transactions',
    maxMessageBytes: LIMITS.transaction,
    seenLimit: SEEN,
    idOf: sha256,
    validate: (_, message) => verdictOn(pool, message),
    log,
  });
  pool.onAdded((encoded, own) => {
    if (own) gossip.publish([encoded]);
  });
  network.onPeer(event => {
    if (event.kind === 'connected') gossip.offer(event.peer.id, pool.ownPending(OFFER_BYTES));
  });
}

async function verdictOn(pool: Pool, message: Uint8Array): Promise<Verdict> {
  try {
    // A copy: the message is a piece of a batch, and the pool must not keep the whole batch alive.
    await pool.add(message.slice(), false);
    return 'accept';
  } catch (error) {
    if (!(error instanceof PoolError)) throw error;
    return OFFENCES.has(error.code) ? 'reject' : 'ignore';
  }
}
