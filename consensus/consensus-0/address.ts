/**
 * SS58 addresses with prefix 42 (spec section 2). The signed header names accounts by address, so rebuilding its text
 * needs them; the chain has its own full version, which a consensus module does not import.
 */
import { blake2b } from '@noble/hashes/blake2.js';
import { base58 } from '@scure/base';
import { type Account, fromHex, toHex } from '../interface/index.ts';

const PREFIX = 42;
const CHECKSUM_BYTES = 2;
const CONTEXT = new TextEncoder().encode('SS58PRE');

export function toAddress(account: Account): string {
  const payload = new Uint8Array(33);
  payload[0] = PREFIX;
  payload.set(fromHex(account), 1);
  const address = new Uint8Array(35);
  address.set(payload);
  address.set(checksum(payload), 33);
  return base58.encode(address);
}

/** The account of an address, or undefined for anything that {@link toAddress} would not have made. */
export function fromAddress(address: string): Account | undefined {
  // 35 bytes make at most 48 digits; decoding base58 takes quadratic time, so longer input stops here.
  if (address.length > 48 || !/^[1-9A-HJ-NP-Za-km-z]+$/.test(address)) return undefined;
  const raw = base58.decode(address);
  if (raw.length !== 35 || raw[0] !== PREFIX) return undefined;
  const account = toHex(raw.subarray(1, 33));
  return toAddress(account) === address ? account : undefined;
}

function checksum(payload: Uint8Array): Uint8Array {
  const input = new Uint8Array(CONTEXT.length + payload.length);
  input.set(CONTEXT);
  input.set(payload, CONTEXT.length);
  return blake2b(input, { dkLen: 64 }).subarray(0, CHECKSUM_BYTES);
}
