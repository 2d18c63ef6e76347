/** Which peers offer which snapshots. A claim counts for nothing but the question whom to ask. */
import type { Hex } from '../../consensus/interface/index.ts';
import type { PeerId } from '../../p2p/network.ts';
import type { SnapshotOffer } from './messages.ts';

export interface Source {
  readonly height: number;
  readonly blockHash: Hex;
  /** Changes as peers come and go. */
  readonly peers: ReadonlySet<PeerId>;
}

export class Offers {
  readonly #sources = new Map<Hex, { readonly height: number; readonly peers: Set<PeerId> }>();

  /** Replaces what a peer offered before. */
  set(peer: PeerId, offers: readonly SnapshotOffer[]): void {
    this.forget(peer);
    for (const { height, blockHash } of offers) {
      const known = this.#sources.get(blockHash);
      // Whoever names another height for the same block is wrong about one of them.
      if (known === undefined) this.#sources.set(blockHash, { height, peers: new Set([peer]) });
      else if (known.height === height) known.peers.add(peer);
    }
  }

  forget(peer: PeerId): void {
    for (const [hash, { peers }] of this.#sources) {
      peers.delete(peer);
      if (peers.size === 0) this.#sources.delete(hash);
    }
  }

  /**
   * What to fetch: the snapshot that was begun, if it is still offered; else that which most peers offer, and of those
   * the newest.
   */
  best(above: number, begun: Hex | null): Source | undefined {
    const sources = [...this.#sources]
      .filter(([, { height }]) => height > above)
      .map(([blockHash, source]) => ({ blockHash, ...source }));
    const rank = (a: Source, b: Source): number =>
      Number(b.blockHash === begun) - Number(a.blockHash === begun) ||
      b.peers.size - a.peers.size ||
      b.height - a.height;
    return sources.sort(rank)[0];
  }

  clear(): void {
    this.#sources.clear();
  }
}
