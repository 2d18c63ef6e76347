import { LIMITS, sha256 } from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
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
/** Whoever passed these on saw another state, which is an exception. */
const USELESS: ReadonlySet<string> = new Set(['FEE_NOT_PAYABLE', 'EXPIRED']);

/** Transactions of peers that wait for a block which this node does not have yet, and for how many blocks. */
const MAX_EARLY = 1_000;
const EARLY_BLOCKS = 5;

export interface TransactionGossip {
  readonly network: Network;
  readonly pool: Pool;
  /** After each commit. */
  readonly onCommit: (listener: () => void) => void;
  readonly log: Log;
}

/**
 * Carries transactions between pools. A peer that connects gets the own ones that still wait: what was submitted here
 * while this node was alone must not depend on this node's turn to propose. Call before the network starts.
 */
export function gossipTransactions({ network, pool, onCommit, log }: TransactionGossip): void {
  const early = new Map<Hex, { readonly encoded: Uint8Array; readonly blocks: number }>();

  async function take(encoded: Uint8Array, blocks: number): Promise<Verdict> {
    try {
      await pool.add(encoded, false);
      return 'accept';
    } catch (error) {
      if (!(error instanceof PoolError)) throw error;
      // The money may have come in a block that the peer has committed and this node has not.
      if (error.code === 'FEE_NOT_PAYABLE' && blocks < EARLY_BLOCKS && early.size < MAX_EARLY)
        early.set(sha256(encoded), { encoded, blocks });
      if (OFFENCES.has(error.code)) return 'reject';
      return USELESS.has(error.code) ? 'useless' : 'ignore';
    }
  }

  const gossip = createGossip(network, {
    topic: 'transactions',
    maxMessageBytes: LIMITS.transaction,
    seenLimit: SEEN,
    idOf: sha256,
    // A copy: the message is a piece of a batch, and the pool must not keep the whole batch alive.
    validate: (_, message) => take(message.slice(), 0),
    log,
  });
  pool.onAdded((encoded, own) => {
    if (own) gossip.publish([encoded]);
  });
  network.onPeer(event => {
    if (event.kind === 'connected') gossip.offer(event.peer.id, pool.ownPending(OFFER_BYTES));
  });
  onCommit(() => {
    const again = [...early.values()];
    early.clear();
    for (const { encoded, blocks } of again)
      take(encoded, blocks + 1).catch((error: unknown) =>
        log.error({ err: error }, 'a transaction of a peer could not be checked'),
      );
  });
}
