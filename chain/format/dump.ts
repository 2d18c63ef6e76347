/** What stands in the file that holds the state of a chain; how it is framed is in `kernel/dump/file.ts`. */
import { bytes, hash, list, struct, type TypeOf, text, u32, u53 } from '../../consensus/interface/index.ts';
import { LIMITS } from './limits.ts';

export const DumpHeader = struct({
  /** Of the chain whose state it is. */
  chainId: text(LIMITS.chainId),
  /** Of its last block, after which this was the state. */
  height: u53,
  blockHash: hash,
  /** Of that block, in milliseconds. */
  time: u53,
  /** How many rows there are of each table, ascending by table; none that has no rows. */
  tables: list(struct({ table: u32, rows: u32 }), 64),
});
export type DumpHeader = TypeOf<typeof DumpHeader>;

export const DumpRow = struct({ key: bytes(LIMITS.stateKey), value: bytes(LIMITS.stateValue) });
export type DumpRow = TypeOf<typeof DumpRow>;

/** Strictly ascending by the bytes of their keys. */
export const DumpRows = list(DumpRow, LIMITS.dumpRows);

/** Of a devnet: the block of this height has the state of a dump, and what was before it does not count. */
export const DevLoad = struct({
  /** Of the dump: its checksum. */
  dump: hash,
  /** Where the state came from. */
  chainId: text(LIMITS.chainId),
  height: u53,
});
export type DevLoad = TypeOf<typeof DevLoad>;

/** Of a devnet: a part of a dump that is to be loaded. */
export const LoadPart = struct({ dump: hash, data: bytes(LIMITS.loadPart) });
export type LoadPart = TypeOf<typeof LoadPart>;
