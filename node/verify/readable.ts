import { ristretto255 } from '@noble/curves/ed25519.js';
import { Recent } from '../recent.ts';

/** Keys that were found to be points; decoding one takes 100 us. */
const KNOWN_KEYS = 16_384;
const known = new Recent<string, true>(KNOWN_KEYS);

const MARKER = 0x80;
/** Order of the group, big endian: s must be below it. */
const ORDER = Buffer.from('1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed', 'hex');

/**
 * Whether schnorrkel's WASM may be asked. For a key or signature that does not decode it panics instead of answering:
 * that prints a stack trace and leaks its arguments, which strangers could use to fill the log and the memory.
 */
export function readableBySchnorrkel(account: Uint8Array, signature: Uint8Array): boolean {
  const last = signature[63] ?? 0;
  if ((last & MARKER) === 0) return false;
  const s = Buffer.from(signature.subarray(32)).reverse();
  s[0] = last & ~MARKER;
  return s.compare(ORDER) < 0 && isPoint(account);
}

function isPoint(account: Uint8Array): boolean {
  const key = Buffer.from(account).toString('binary');
  if (known.get(key) === true) return true;
  try {
    ristretto255.Point.fromBytes(account);
  } catch {
    // Not the encoding of a point.
    return false;
  }
  known.set(key, true);
  return true;
}
