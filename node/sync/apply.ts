/** Executes proven blocks in groups: one synced batch for many small blocks, and time for others between two groups. */
import type { DecidedBlock, NodeApplication } from '../application.ts';
import type { Clock } from '../ordering/types.ts';

/** Bounds of a group: what one batch and the memory for it may hold ... */
const GROUP_BLOCKS = 128;
const GROUP_BYTES = 1024 * 1024;
/** ... and how long the node may be deaf to everybody else, in milliseconds. */
const GROUP_MS = 100;

export interface Applier {
  /** Stops between two groups when `stopped` says so. */
  apply(blocks: readonly DecidedBlock[], stopped: () => boolean): Promise<void>;
}

export function createApplier(application: Pick<NodeApplication, 'applyDecided'>, clock: Clock): Applier {
  /** Blocks that fit into a group's time, as far as is known. */
  let most = GROUP_BLOCKS;

  function groupOf(blocks: readonly DecidedBlock[], from: number): readonly DecidedBlock[] {
    let bytes = 0;
    let to = from;
    for (; to < blocks.length && to - from < most && bytes < GROUP_BYTES; to++)
      bytes += blocks[to]?.encoded.length ?? 0;
    return blocks.slice(from, to);
  }

  return {
    async apply(blocks, stopped) {
      for (let at = 0; at < blocks.length && !stopped(); ) {
        const group = groupOf(blocks, at);
        const start = clock.now();
        await application.applyDecided(group);
        const ms = clock.now() - start;
        const fitting = ms > 0 ? Math.floor((group.length * GROUP_MS) / ms) : GROUP_BLOCKS;
        most = Math.max(1, Math.min(GROUP_BLOCKS, 2 * most, fitting));
        at += group.length;
      }
    },
  };
}
