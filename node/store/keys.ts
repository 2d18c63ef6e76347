/**
 * Keys of the store: one byte says what a row is, then numbers big endian so that rows sort by them.
 * The layout is version {@link STORE_VERSION}; a store with another version is refused, never guessed at.
 */
import { OFFENCE_KINDS, type Offence } from '../../chain/index.ts';
import { fromHex, type Hex } from '../../consensus/interface/index.ts';

export const STORE_VERSION = 2;

const PREFIX = {
  meta: 0x00,
  state: 0x01,
  block: 0x02,
  certificate: 0x03,
  outcomes: 0x04,
  heightOfHash: 0x05,
  transaction: 0x06,
  settlement: 0x07,
  epoch: 0x08,
  validators: 0x09,
  evidence: 0x0a,
} as const;

const named = (name: string): Uint8Array => join(PREFIX.meta, new TextEncoder().encode(name));

/** Layout version, u32 big endian. */
export const VERSION_KEY = named('version');
/** Canonical bytes of the genesis. */
export const GENESIS_KEY = named('genesis');
/** Height of the last committed block, u64 big endian; absent before the first. */
export const HEAD_KEY = named('head');
/** What the validator of this node signed, in the form of one kind of ordering. */
export const recordKey = (kind: string): Uint8Array => named(`ordering:${kind}`);

export const stateKey = (key: Uint8Array): Uint8Array => join(PREFIX.state, key);
export const blockKey = (height: number): Uint8Array => join(PREFIX.block, numberBytes(height));
export const certificateKey = (height: number): Uint8Array => join(PREFIX.certificate, numberBytes(height));
export const outcomesKey = (height: number): Uint8Array => join(PREFIX.outcomes, numberBytes(height));
export const heightKey = (blockHash: Hex): Uint8Array => join(PREFIX.heightOfHash, fromHex(blockHash));
export const transactionKey = (hash: Hex): Uint8Array => join(PREFIX.transaction, fromHex(hash));
/** Parts of a settlement, ascending by the height that added them. */
export const settlementKey = (consensus: number, epoch: number, height: number): Uint8Array =>
  join(PREFIX.settlement, numberBytes(consensus), numberBytes(epoch), numberBytes(height));
export const epochKey = (epoch: number): Uint8Array => join(PREFIX.epoch, numberBytes(epoch));
export const validatorsKey = (hash: Hex): Uint8Array => join(PREFIX.validators, fromHex(hash));
/** Evidence that waits for a block, by its offence. */
export const evidenceKey = ({ kind, validator, height, round }: Offence): Uint8Array =>
  join(
    PREFIX.evidence,
    numberBytes(height),
    numberBytes(round),
    Uint8Array.of(OFFENCE_KINDS.indexOf(kind)),
    fromHex(validator),
  );
export const EVIDENCE_RANGE = { gte: Uint8Array.of(PREFIX.evidence), lt: Uint8Array.of(PREFIX.evidence + 1) };

/** Bounds of all state rows, for an iterator. */
export const STATE_RANGE = { gte: Uint8Array.of(PREFIX.state), lt: Uint8Array.of(PREFIX.state + 1) };

export function numberBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

export function numberOf(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0));
}

function join(prefix: number, ...parts: Uint8Array[]): Uint8Array {
  const key = new Uint8Array(1 + parts.reduce((size, part) => size + part.length, 0));
  key[0] = prefix;
  let at = 1;
  for (const part of parts) {
    key.set(part, at);
    at += part.length;
  }
  return key;
}
