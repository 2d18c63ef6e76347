import { hash as digest } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';
import { type Codec, encode, type Hex } from '../../consensus/interface/index.ts';

/** The 32 bytes of a sha256 digest. */
export const sha256Bytes = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(digest('sha256', bytes, 'buffer'));

/** A sha256 digest as it is kept in memory. */
export const sha256 = (bytes: Uint8Array): Hex => `0x${digest('sha256', bytes, 'hex')}`;

/** The hash by which a value is named: sha256 of its canonical bytes. Throws {@link CodecError} like `encode`. */
export const hashOf = <T>(codec: Codec<T>, value: T): Hex => sha256(encode(codec, value));

/** The 32 bytes of a blake2b-256 digest, which Substrate uses for ECDSA accounts and key derivation. */
export const blake2b256 = (bytes: Uint8Array): Uint8Array => blake2b(bytes, { dkLen: 32 });
