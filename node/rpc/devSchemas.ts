/** Schemas of the methods that have power over a devnet. */
import { z } from 'zod';
import type { BlockTimeJson, SnapshotJson, WentBackJson } from '../client/wireDev.ts';
import { count, name } from './schemas.ts';

export const blockTime: z.ZodType<BlockTimeJson> = name(
  'BlockTime',
  'Of the newest block, and how many milliseconds blocks are ahead of the clocks of the nodes.',
  z.strictObject({ time: count, ahead: count }),
);
export const snapshotName = z.string().min(1).max(32);
export const snapshot: z.ZodType<SnapshotJson> = name(
  'Snapshot',
  'A state to go back to, and the height of the block after which it was taken.',
  z.strictObject({ name: z.string(), height: count }),
);
export const wentBack: z.ZodType<WentBackJson> = name(
  'WentBack',
  'The height of the block that has the state of a snapshot, and that of the block after which it was taken.',
  z.strictObject({ height: count, to: count }),
);
