/**
 * The file that holds the state of a chain: magic, version (u32), length of the header (u32), header, rows, and the
 * sha256 of all that, which is also the dump's name. Numbers are big-endian; header and rows are canonical bytes, so one
 * state has one file. What is read is an attack: its size is judged first, then kind, version and checksum, then its shape.
 */
import {
  type Codec,
  CodecError,
  decode,
  encode,
  type Hex,
  toHex,
} from '../../../consensus/interface/index.ts';
import { sha256 } from '../../crypto/index.ts';
import { chainError } from '../../errors.ts';
import { DumpHeader, type DumpRow, DumpRows } from '../../format/dump.ts';
import { LIMITS } from '../../format/limits.ts';

export const DUMP_VERSION = 1;

const MAGIC = new TextEncoder().encode('\u0000devdump');
const HASH_BYTES = 32;
const U32_BYTES = 4;
/** Where the header begins. */
const HEADER_AT = MAGIC.length + 2 * U32_BYTES;

export interface Dump {
  /** Its checksum. */
  readonly hash: Hex;
  readonly header: DumpHeader;
  readonly rows: readonly DumpRow[];
}

/** Throws DUMP_TOO_LARGE for rows that no chain would load. */
export function encodeDump(origin: Omit<DumpHeader, 'tables'>, rows: readonly DumpRow[]): Uint8Array {
  if (rows.length > LIMITS.dumpRows)
    throw chainError('DUMP_TOO_LARGE', { size: rows.length, unit: 'rows', max: LIMITS.dumpRows });
  const header = encode(DumpHeader, { ...origin, tables: countsOf(rows) });
  const frame = new Uint8Array(HEADER_AT);
  frame.set(MAGIC);
  const view = new DataView(frame.buffer);
  view.setUint32(MAGIC.length, DUMP_VERSION);
  view.setUint32(MAGIC.length + U32_BYTES, header.length);
  const content = joined([frame, header, encode(DumpRows, rows)]);
  requireSize(content.length + HASH_BYTES);
  return joined([content, sha256Bytes(content)]);
}

/** Throws DUMP_TOO_LARGE, DUMP_INVALID, DUMP_NEWER, DUMP_DAMAGED. */
export function decodeDump(bytes: Uint8Array): Dump {
  requireSize(bytes.length);
  requireKind(bytes);
  const content = bytes.subarray(0, bytes.length - HASH_BYTES);
  if (Buffer.compare(sha256Bytes(content), bytes.subarray(content.length)) !== 0)
    throw chainError('DUMP_DAMAGED');
  const headerEnd = HEADER_AT + u32At(bytes, MAGIC.length + U32_BYTES);
  if (headerEnd > content.length) throw invalid('its header is longer than it is itself');
  const header = read('the header', DumpHeader, content.subarray(HEADER_AT, headerEnd));
  const rows = read('the rows', DumpRows, content.subarray(headerEnd));
  requireAscending(rows);
  if (JSON.stringify(countsOf(rows)) !== JSON.stringify(header.tables))
    throw invalid('the header counts other rows than there are');
  return { hash: toHex(bytes.subarray(content.length)), header, rows };
}

/** The last bytes, which name a dump; undefined for what is too short for one. */
export const checksumOf = (bytes: Uint8Array): Hex | undefined =>
  bytes.length < HEADER_AT + HASH_BYTES ? undefined : toHex(bytes.subarray(bytes.length - HASH_BYTES));

function requireSize(size: number): void {
  if (size > LIMITS.dump) throw chainError('DUMP_TOO_LARGE', { size, unit: 'bytes', max: LIMITS.dump });
}

/** Whether the rest of the bytes can be read by this version. */
function requireKind(bytes: Uint8Array): void {
  if (bytes.length < HEADER_AT || Buffer.compare(bytes.subarray(0, MAGIC.length), MAGIC) !== 0)
    throw invalid('it begins otherwise');
  const version = u32At(bytes, MAGIC.length);
  if (version > DUMP_VERSION) throw chainError('DUMP_NEWER', { version, known: DUMP_VERSION });
  if (version < DUMP_VERSION) throw invalid(`there is no version ${version}`);
  if (bytes.length < HEADER_AT + HASH_BYTES) throw chainError('DUMP_DAMAGED');
}

function read<T>(what: string, codec: Codec<T>, bytes: Uint8Array): T {
  try {
    return decode(codec, bytes);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw invalid(`${what}: ${error.message}`);
  }
}

function requireAscending(rows: readonly DumpRow[]): void {
  for (const [index, { key }] of rows.entries()) {
    const before = rows[index - 1]?.key;
    if (before !== undefined && Buffer.compare(before, key) >= 0)
      throw invalid(`row ${index} does not come after the one before`);
  }
}

/** Of ascending rows. */
function countsOf(rows: readonly DumpRow[]): DumpHeader['tables'] {
  const counts = new Map<number, number>();
  for (const { key } of rows) counts.set(key[0] ?? 0, (counts.get(key[0] ?? 0) ?? 0) + 1);
  return Array.from(counts, ([table, count]) => ({ table, rows: count }));
}

const invalid = (reason: string) => chainError('DUMP_INVALID', { reason });
const u32At = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
const sha256Bytes = (bytes: Uint8Array): Uint8Array => Buffer.from(sha256(bytes).slice(2), 'hex');

/** One after the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
