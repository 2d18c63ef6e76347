/** Both halves of snapshots in a node: what it gives to others, and how it gets one itself. */
import type { Network } from '../../p2p/network.ts';
import type { NodeApplication } from '../application.ts';
import type { NodeOptions } from '../options.ts';
import type { Log, OrderingEngine } from '../ordering/types.ts';
import type { Store } from '../store/store.ts';
import type { BlockSync } from '../sync/sync.ts';
import type { Snapshot } from './base.ts';
import { holdSnapshots, serveSnapshots } from './serve.ts';
import { createSnapshotSync, type SnapshotSync } from './sync.ts';

/** Where the options say nothing. Blocks are faster for fewer than a thousand heights, and leave the whole chain here. */
const DEFAULTS = { snapshot: 'auto', ahead: 1000, every: 200, keep: 3 } as const;
/** Milliseconds for one header or one chunk. */
const TIMEOUT_MS = 10_000;

export interface Snapshots {
  readonly sync: SnapshotSync;
  /** Offers the state that the node starts with, whatever its height. Before the network starts. */
  holdTip(): Promise<void>;
}

export interface SnapshotsOptions {
  readonly options: NodeOptions['sync'];
  readonly chainId: string;
  readonly network: Network;
  readonly application: NodeApplication;
  readonly store: Store;
  readonly blocks: BlockSync;
  readonly catchUp: OrderingEngine['catchUp'];
  readonly now: () => number;
  readonly devnet: boolean;
  readonly log: Log;
}

export function snapshotsOf(parts: SnapshotsOptions): Snapshots {
  const { options, chainId, network, application, store, blocks, catchUp, now, devnet, log } = parts;
  const {
    snapshot,
    ahead = DEFAULTS.ahead,
    every = DEFAULTS.every,
    keep = DEFAULTS.keep,
  } = options ?? DEFAULTS;
  const held = holdSnapshots(every, keep);
  application.onCommit(stored => held.committed({ stored, state: application.tip().state }));
  const services = serveSnapshots({ network, held, light: store.light, timeoutMs: TIMEOUT_MS });

  /** Agreement and block sync go on while a snapshot is fetched, and may be further in the end. */
  async function adopt(taken: Snapshot): Promise<boolean> {
    let adopted = false;
    await catchUp(async () => {
      if (application.tip().height >= taken.stored.block.header.height) return;
      await application.adopt(taken);
      adopted = true;
    });
    if (adopted) await store.sweep();
    return adopted;
  }

  const sync = createSnapshotSync({
    chainId,
    network,
    services,
    ahead: snapshot === 'never' ? null : ahead,
    tip: application.tip,
    staging: store.staging,
    adopt,
    fetchesBlocks: blocks.active,
    fetchBlocks: (peer, height) => blocks.behind(peer, height),
    now,
    devnet,
    log,
  });
  return {
    sync,
    async holdTip() {
      const { height, state } = application.tip();
      const stored = await store.block(height);
      if (stored !== null) held.hold({ stored, state });
    },
  };
}
