import type { Database } from './database.ts';
import { blockKey } from './keys.ts';

/** Blocks per read: so many full ones are in memory at most beyond what is asked for. */
const CHUNK = 8;

/** Encoded blocks from a height on, at most `count`, ending with the one that reaches `bytes`. */
export async function readSequence(
  database: Database,
  from: number,
  count: number,
  bytes: number,
): Promise<Uint8Array[]> {
  const blocks: Uint8Array[] = [];
  for (let size = 0; blocks.length < count && size < bytes; ) {
    const first = from + blocks.length;
    const wanted = Math.min(CHUNK, count - blocks.length);
    const chunk = await database.getMany(Array.from({ length: wanted }, (_, at) => blockKey(first + at)));
    for (const block of chunk) {
      if (block === undefined) return blocks;
      if (size >= bytes) break;
      blocks.push(block);
      size += block.length;
    }
  }
  return blocks;
}
