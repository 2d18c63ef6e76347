import { secp256k1 } from '@noble/curves/secp256k1.js';
import { blake2b256 } from './hash.ts';
import type { SignatureParts } from './schemes.ts';

const S_OFFSET = 32;
const RECOVERY_OFFSET = 64;
const HALF_ORDER = secp256k1.Point.CURVE().n >> 1n;

/**
 * Verifies secp256k1 ECDSA over the blake2b-256 of the message, as Substrate does: recovers the key from the
 * signature and compares its account. Only the low s is accepted, so that nobody can turn one signature into another.
 * Throws for an r or s that is out of range or on no point.
 */
export function verifyEcdsa({ account, signature, message }: SignatureParts): boolean {
  const recovery = signature[RECOVERY_OFFSET] ?? 0xff;
  if (recovery > 3 || toBigInt(signature.subarray(S_OFFSET, RECOVERY_OFFSET)) > HALF_ORDER) return false;
  const recoveryFirst = Uint8Array.of(recovery, ...signature.subarray(0, RECOVERY_OFFSET));
  const key = secp256k1.recoverPublicKey(recoveryFirst, blake2b256(message), { prehash: false });
  return Buffer.compare(ecdsaAccount(key), account) === 0;
}

/** The account of a compressed public key (33 bytes): its blake2b-256. */
export const ecdsaAccount = (compressedKey: Uint8Array): Uint8Array => blake2b256(compressedKey);

const toBigInt = (bigEndian: Uint8Array): bigint => BigInt(`0x${Buffer.from(bigEndian).toString('hex')}`);
