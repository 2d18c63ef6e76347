/** Dumps in tests of the kernel: made of a chain, changed by hand, and loaded into another one. */
import {
  type Dump,
  type DumpRow,
  decodeDump,
  describeRow,
  encodeDump,
  type KernelCall,
  LIMITS,
  type Outcome,
  takeDump,
} from '../../../../chain/index.ts';
import { type Hex, toHex } from '../../../../consensus/interface/index.ts';
import { GENESIS_TIME, type TestChain, VALIDATOR } from '../../../support/chain.ts';

type DevOperation = Extract<KernelCall, { kind: 'dev' }>['operation'];
export const dev = (operation: DevOperation): KernelCall => ({ kind: 'dev', operation });

/** Blocks of test chains have no hash of their own. */
export const BLOCK_HASH: Hex = `0x${'ab'.repeat(32)}`;

export const dumpOf = ({ state, height }: TestChain): Uint8Array =>
  takeDump(state, { height, hash: BLOCK_HASH, time: GENESIS_TIME + height * 1000 });

/** The same dump with other rows, under a checksum that is right. */
export function resealed(
  bytes: Uint8Array,
  change: (rows: readonly DumpRow[]) => readonly DumpRow[],
): Uint8Array {
  const { header, rows } = decodeDump(bytes);
  const sorted = [...change(rows)].sort((a, b) => Buffer.compare(a.key, b.key));
  return encodeDump(header, sorted);
}

export function partsOf(bytes: Uint8Array, dump: Hex): KernelCall[] {
  const size = LIMITS.loadPart;
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    dev({ kind: 'loadPart', dump, index, data: bytes.slice(index * size, (index + 1) * size) }),
  );
}

/** The name of bytes that may be no dump. */
export const nameOf = (bytes: Uint8Array): Hex => toHex(bytes.slice(-32));

/** Brings the parts, and then loads; the outcome of that. */
export function load(chain: TestChain, bytes: Uint8Array): Outcome {
  const dump = nameOf(bytes);
  for (const part of partsOf(bytes, dump)) chain.ok(VALIDATOR, part);
  return chain.submit(VALIDATOR, dev({ kind: 'load', dump }));
}

/** Rows by table and key, for comparing. */
export function rowsOf(rows: Iterable<readonly [key: Uint8Array, value: Uint8Array]>): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of rows) found.set(`${describeRow(key)?.table} ${toHex(key)}`, toHex(value));
  return found;
}

export const dumpedRows = ({ rows }: Dump): Map<string, string> =>
  rowsOf(rows.map(({ key, value }) => [key, value] as const));
