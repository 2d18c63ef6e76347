/** A dump as requests carry it. */
import type { Hex } from '../../consensus/interface/index.ts';
import { toHex } from './hex.ts';

/** As the chain bounds a part (`LIMITS.loadPart`). */
const PART_BYTES = 240 * 1024;
/** The end of a dump is its checksum, which names it. */
const CHECKSUM_BYTES = 32;

export interface LoadPart {
  readonly data: Hex;
  readonly part?: number;
  readonly parts?: number;
  readonly dump?: Hex;
}

/** The parameters of each `dev_load`; one is enough for a dump of one part. */
export function loadParts(bytes: Uint8Array): readonly LoadPart[] {
  const parts = Math.max(1, Math.ceil(bytes.length / PART_BYTES));
  if (parts === 1) return [{ data: toHex(bytes) }];
  const dump = toHex(bytes.subarray(-CHECKSUM_BYTES));
  return Array.from({ length: parts }, (_, part) => ({
    data: toHex(bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES)),
    part,
    parts,
    dump,
  }));
}
