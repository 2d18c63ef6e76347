/** Names of reads, to find them by: equal for equal reads and for no others. Far cheaper than their bytes. */
import type { Read } from './wire.ts';

/** One character per byte, so that names sort as their bytes do. */
export const bytesName = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

/** Accounts have one length; what has none stands last, or behind its length. */
export function readName(read: Read): string {
  switch (read.kind) {
    case 'get':
      return `g${bytesName(read.key)}`;
    case 'scan': {
      const { prefix, after, limit } = read;
      const start = after === null ? '' : bytesName(after);
      return `s${limit ?? ''},${prefix.length},${after === null ? '' : start.length},${bytesName(prefix)}${start}`;
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
