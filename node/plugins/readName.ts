/** Names of reads, to find them by: equal for equal reads and for no others. Far cheaper than their bytes. */
import type { Read } from './wire.ts';

/** Longer keys are rare: the state has none. */
const ROOM = 1024;
// Keys pass through here: a small array has no buffer of its own until somebody asks for it, which is slow.
const passage = Buffer.alloc(1 + ROOM);
passage.write('g');

/** Of the read of one row: a letter, and one character per byte, so that names sort as their keys do. */
export function rowName(key: Uint8Array): string {
  if (key.length > ROOM) return `g${Buffer.from(key).toString('latin1')}`;
  passage.set(key, 1);
  return passage.toString('latin1', 0, 1 + key.length);
}

/** The key again. */
export const rowKey = (name: string): Uint8Array => Buffer.from(name.slice(1), 'latin1');

/** Accounts have one length; what has none stands last, or behind its length. */
export function readName(read: Read): string {
  switch (read.kind) {
    case 'get':
      return rowName(read.key);
    case 'scan': {
      const { prefix, after, limit } = read;
      const start = after === null ? '' : rowName(after);
      return `s${limit ?? ''},${prefix.length},${rowName(prefix)}${start}`;
    }
    case 'pot':
      return 'p';
    case 'balance':
      return `b${read.account}`;
    case 'reserve':
      return `r${read.client}${read.server}`;
    case 'module':
      return `m${read.id},${read.epoch ?? ''}`;
    case 'moduleOf':
      return `o${read.account}${read.epoch ?? ''}`;
    case 'price':
      return `c${read.module},${read.epoch},${read.fn}`;
    case 'children':
      return `l${read.parent},${read.epoch}`;
    case 'moduleStake':
      return `t${read.module}`;
    case 'validatorStake':
      return `v${read.validator}`;
  }
}
