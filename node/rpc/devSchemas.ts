/** Schemas of the methods that have power over a devnet. */
import { z } from 'zod';
import { LIMITS } from '../../chain/index.ts';
import type {
  BlockTimeJson,
  DumpPartJson,
  LoadPartJson,
  SnapshotJson,
  WentBackJson,
} from '../client/wireDev.ts';
import { count, hash, hex, name } from './schemas.ts';

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

/** Of a dump that is as large as one may be. */
const MAX_PARTS = Math.ceil(LIMITS.dump / LIMITS.loadPart);
export const partIndex = z
  .number()
  .int()
  .min(0)
  .max(MAX_PARTS - 1);
export const partCount = z.number().int().min(1).max(MAX_PARTS);
export const dumpPart: z.ZodType<DumpPartJson> = name(
  'DumpPart',
  'A part of the file that holds a state, 240 KiB or less; of a small state it is the whole. `dump` is its checksum, `height` that of the block after which it was taken.',
  z.strictObject({
    dump: hash,
    chainId: z.string(),
    height: count,
    bytes: count,
    part: partIndex,
    parts: partCount,
    data: hex,
  }),
);
export const loadPart: z.ZodType<LoadPartJson> = name(
  'LoadPart',
  'How many parts are missing; without any, the block that has the state of the dump, and where that was taken.',
  z.strictObject({
    missing: count,
    loaded: z
      .strictObject({
        height: count,
        dump: hash,
        from: z.strictObject({ chainId: z.string(), height: count }),
      })
      .nullable(),
  }),
);
