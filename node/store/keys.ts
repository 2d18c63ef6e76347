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
  otherState: 0x0b,
  submission: 0x0c,
} as const;

const named = (name: string): Uint8Array => join(PREFIX.meta, new TextEncoder().encode(name));

/** Layout version, u32 big endian. */
export const VERSION_KEY = named('version');
/** Canonical bytes of the genesis. */
export const GENESIS_KEY = named('genesis');
/** Height of the last committed block, u64 big endian; absent before the first. */
export const HEAD_KEY = named('head');
/** The {@link StateSlot} in use, one byte; absent for 0. */
export const SLOT_KEY = named('slot');
/** Where this node's knowledge of the chain begins, as `Base`; absent where that is the first block. */
export const BASE_KEY = named('base');
/** How far a snapshot in the other slot is, as `StageProgress`; absent where nothing of use is in there. */
export const STAGE_KEY = named('stage');
/** What the validator of this node signed, in the form of one kind of ordering. */
export const recordKey = (kind: string): Uint8Array => named(`ordering:${kind}`);

/** One of the two places for a state: one is in use, the other one is empty or takes up a snapshot. */
export type StateSlot = 0 | 1;
const slotPrefix = (slot: StateSlot): number => (slot === 0 ? PREFIX.state : PREFIX.otherState);

export const otherSlot = (slot: StateSlot): StateSlot => (slot === 0 ? 1 : 0);
export const stateKey = (slot: StateSlot, key: Uint8Array): Uint8Array => join(slotPrefix(slot), key);
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
/** Bounds of some rows, for an iterator. */
export interface KeyRange {
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
}

export const stateRange = (slot: StateSlot): KeyRange => allOf(slotPrefix(slot));
export const blocksBelow = (height: number): KeyRange => ({ gte: blockKey(0), lt: blockKey(height) });
export const epochsBelow = (epoch: number): KeyRange => ({ gte: epochKey(0), lt: epochKey(epoch) });
export const EVIDENCE_RANGE: KeyRange = allOf(PREFIX.evidence);
export const SETTLEMENTS: KeyRange = allOf(PREFIX.settlement);
/** Accepted transactions that are not final, ascending by arrival. */
export const submissionKey = (sequence: number): Uint8Array => join(PREFIX.submission, numberBytes(sequence));
export const SUBMISSION_RANGE: KeyRange = allOf(PREFIX.submission);
/** The height in the key of a part of a settlement. */
export const settlementHeight = (key: Uint8Array): number => numberOf(key.subarray(17));

function allOf(prefix: number): KeyRange {
  return { gte: Uint8Array.of(prefix), lt: Uint8Array.of(prefix + 1) };
}

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
