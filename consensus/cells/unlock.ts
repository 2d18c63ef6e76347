/** Locks, and what their proofs sign. */
import { createHash } from 'node:crypto';
import { type Account, encode, fromHex, type Hex, struct, text, toHex } from '../interface/index.ts';
import { LOCK_BYTES, type Lock, Transaction, type Unlock } from './format.ts';

const MAX_CHAIN_ID = 64;
const Preimage = struct({ chainId: text(MAX_CHAIN_ID), transaction: Transaction });

const LOCK_DOMAIN = 'devnet:cells-lock:1:';
const DIGEST_DOMAIN = 'devnet:cells-transaction:1:';
const ID_DOMAIN = 'devnet:cells-id:1:';
const SIGNING_DOMAIN = 'devnet:cells:1:';

/** Nobody knows an account of this hash: a cell with this lock can never be used. */
export const NOBODY: Lock = `0x${'00'.repeat(LOCK_BYTES)}`;

/** The lock that an account's signature opens. */
export const lockOf = (account: Account): Lock =>
  toHex(sha256(LOCK_DOMAIN, fromHex(account)).subarray(0, LOCK_BYTES));

/** Of the chain's id and the whole transaction. */
export const digestOf = (chainId: string, transaction: Transaction): Hex =>
  toHex(sha256(DIGEST_DOMAIN, encode(Preimage, { chainId, transaction })));

/** What every account signs that unlocks a cell of the transaction: 32 bytes behind the domain, however large it is. */
export function unlockMessage(digest: Hex): Uint8Array {
  const domain = new TextEncoder().encode(SIGNING_DOMAIN);
  const message = new Uint8Array(domain.length + 32);
  message.set(domain);
  message.set(fromHex(digest), domain.length);
  return message;
}

/**
 * The name of a transaction in outpoints. An input is spent once, so the digest of a transaction with inputs never comes
 * again; one without any is told from others like it by its number among them.
 */
export const transactionId = (digest: Hex, sequence: number | null): Hex =>
  sequence === null ? digest : toHex(sha256(ID_DOMAIN, fromHex(digest), u64(sequence)));

/** A proof as a checker sees it. */
export function proofBytes({ account, signature }: Unlock): Uint8Array {
  const owner = fromHex(account);
  const proof = new Uint8Array(owner.length + signature.length);
  proof.set(owner);
  proof.set(signature, owner.length);
  return proof;
}

function u64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

function sha256(domain: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256').update(domain);
  for (const part of parts) hash.update(part);
  return hash.digest();
}
