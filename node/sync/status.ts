/** A node that is catching up: it neither votes nor proposes. */
export interface SyncStatus {
  /** The last block that it had before. */
  readonly from: number;
  readonly height: number;
  /** Where it goes, as far as peers that gave right blocks have said. */
  readonly to: number;
  readonly blocksPerSecond: number;
}
