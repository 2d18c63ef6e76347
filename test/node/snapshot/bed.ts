/** Chains in memory and peers that serve their snapshots, honestly or not. */

import type { Genesis, LightBlock } from '../../../chain/index.ts';
import { sha256 } from '../../../chain/index.ts';
import type { Hex } from '../../../consensus/interface/index.ts';
import type { Snapshot } from '../../../node/snapshot/base.ts';
import {
  answerLight,
  answerSnapshot,
  type HeldSnapshots,
  holdSnapshots,
  serveSnapshots,
} from '../../../node/snapshot/serve.ts';
import { createSnapshotSync, type SnapshotSync } from '../../../node/snapshot/sync.ts';
import type { MemoryHub } from '../../../p2p/memory.ts';
import type { Network, PeerId } from '../../../p2p/network.ts';
import { testGenesis } from '../support/cluster.ts';
import { silentLog } from '../support/log.ts';
import { openSolo, type Solo } from '../support/solo.ts';

/** A genesis with so many accounts of nobody. */
export function crowdedGenesis(accounts: number, epochLength = 7): Genesis {
  const genesis = testGenesis({ epochLength });
  const crowd = Array.from({ length: accounts }, (_, index) => ({
    account: sha256(Buffer.from(`account ${index}`)),
    free: BigInt(index + 1),
  }));
  const all = [...genesis.accounts, ...crowd];
  return { ...genesis, accounts: all.sort((a, b) => (a.account < b.account ? -1 : 1)) };
}

/** Everything that an honest server of one chain has. */
export interface Origin {
  readonly genesis: Genesis;
  readonly solo: Solo;
  readonly held: HeldSnapshots;
  readonly light: (height: number) => Promise<LightBlock | null>;
  /** The snapshot after this height. */
  at(height: number): Snapshot;
}

/** A chain of some blocks that holds a snapshot of every fifth height. */
export async function origin(directory: string, genesis: Genesis, blocks: number): Promise<Origin> {
  const solo = await openSolo(directory, genesis);
  const held = holdSnapshots(5, 3);
  solo.application.onCommit(stored => {
    held.committed({ stored, state: solo.application.tip().state });
  });
  for (let block = 0; block < blocks; block++) await solo.advance();
  return {
    genesis,
    solo,
    held,
    light: height => solo.store.light(height),
    at(height) {
      const found = held.all().find(({ stored }) => stored.block.header.height === height);
      if (found === undefined) throw new Error(`no snapshot of ${height}`);
      return found;
    },
  };
}

export type Answer = (request: Uint8Array, honest: () => Promise<Uint8Array>) => Promise<Uint8Array>;

export interface Manners {
  readonly light?: Answer;
  readonly snapshot?: Answer;
}

/** A peer that serves the snapshots of an origin, with its own way to answer. */
export function peer(hub: MemoryHub, id: PeerId, { held, light }: Origin, manners: Manners = {}): Network {
  const network = hub.network(id);
  const limits = {
    maxRequestBytes: 1024,
    maxResponseBytes: 64 * 1024 * 1024,
    maxConcurrent: 8,
    timeoutMs: 60_000,
  };
  const asIs: Answer = (_, honest) => honest();
  const { light: answersLight = asIs, snapshot: answersSnapshot = asIs } = manners;
  network.service('light', {
    ...limits,
    handle: (_, request) => answersLight(request, () => answerLight(request, held, light)),
  });
  network.service('snapshot', {
    ...limits,
    handle: (_, request) => answersSnapshot(request, async () => answerSnapshot(request, held)),
  });
  return network;
}

export interface Joiner {
  readonly network: Network;
  readonly solo: Solo;
  readonly sync: SnapshotSync;
  /** Offences that it charged peers with. */
  readonly charges: { readonly peer: PeerId; readonly points: number; readonly reason: string }[];
  /** What it handed over to block sync. */
  readonly byBlocks: { readonly peer: PeerId; readonly height: number }[];
  /** Resolves when nothing runs any more. */
  settled(): Promise<void>;
}

export interface JoinerOptions {
  readonly id?: PeerId;
  readonly ahead?: number | null;
  readonly onAdopt?: () => Promise<void>;
  /** Milliseconds that a silent peer costs. */
  readonly timeoutMs?: number;
  readonly solo: Solo;
}

/** A node at the beginning of the chain that takes snapshots. */
export function joiner(
  hub: MemoryHub,
  { id = 'joiner', ahead = 4, solo, onAdopt, timeoutMs = 10_000 }: JoinerOptions,
): Joiner {
  const network = hub.network(id);
  const charges: Joiner['charges'] = [];
  const byBlocks: Joiner['byBlocks'] = [];
  const penalise = network.penalise.bind(network);
  network.penalise = (peer, points, reason) => {
    charges.push({ peer, points, reason });
    penalise(peer, points, reason);
  };
  const { application, store, genesis } = solo;
  const services = serveSnapshots({
    network,
    held: holdSnapshots(5, 3),
    light: height => store.light(height),
    timeoutMs,
  });
  const sync = createSnapshotSync({
    chainId: genesis.chainId,
    network,
    services,
    ahead,
    tip: application.tip,
    staging: store.staging,
    async adopt(snapshot) {
      await application.adopt(snapshot);
      await onAdopt?.();
      await store.sweep();
      return true;
    },
    fetchesBlocks: () => false,
    fetchBlocks: (peer, height) => byBlocks.push({ peer, height }),
    devnet: true,
    now: () => genesis.time + 3_600_000,
    log: silentLog,
  });
  async function settled(): Promise<void> {
    while (sync.active()) await new Promise(resolve => setImmediate(resolve));
  }
  return { network, solo, sync, charges, byBlocks, settled };
}

/** Starts all and connects the first with each of the others. */
export async function connect(hub: MemoryHub, own: Network, others: readonly Network[]): Promise<void> {
  await Promise.all([own, ...others].map(network => network.start()));
  await Promise.all(
    others.map(
      other =>
        new Promise<void>(resolve => {
          own.onPeer(event => event.kind === 'connected' && event.peer.id === other.id && resolve());
          own.connect(hub.addressOf(other.id));
        }),
    ),
  );
}

export const stateRoot = (solo: Solo): Hex => solo.application.tip().state.root;
