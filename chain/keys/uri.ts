/** Substrate's secret URIs: `phrase//hard/soft///password`. */
import { blake2b256 } from '../crypto/hash.ts';
import { KeyError } from './error.ts';

/** Substrate's well-known development phrase, which every URI without a phrase of its own starts from. */
export const DEV_PHRASE = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';

/** One step of a derivation path. */
export interface Junction {
  readonly hard: boolean;
  /** 32 bytes. */
  readonly chainCode: Uint8Array;
}

export interface SecretUri {
  /** Words, or a seed as `0x` hex. */
  readonly phrase: string;
  readonly junctions: readonly Junction[];
  readonly password: string;
}

const URI = /^(?<phrase>[\p{L}\p{M}\p{N}_ ]+)?(?<path>(?:\/\/?[^/]+)*)(?:\/\/\/(?<password>[^\n]*))?$/u;
const MAX_CHARACTERS = 4096;
const CHAIN_CODE_BYTES = 32;
const MAX_U64 = 0xffff_ffff_ffff_ffffn;

/** Takes a secret URI apart. Throws {@link KeyError} `BAD_URI`. */
export function parseSecretUri(uri: string): SecretUri {
  const groups = uri.length > MAX_CHARACTERS ? undefined : URI.exec(uri)?.groups;
  if (groups === undefined) throw new KeyError('BAD_URI', 'not a secret URI');
  const steps = (groups.path ?? '').matchAll(/\/(\/?)([^/]+)/g);
  return {
    phrase: groups.phrase ?? DEV_PHRASE,
    junctions: Array.from(steps, ([, slash, name = '']) => ({
      hard: slash === '/',
      chainCode: chainCodeOf(name),
    })),
    password: groups.password ?? '',
  };
}

/**
 * A junction's name in SCALE: decimal numbers that fit u64 as eight bytes, others as text with its length; filled up
 * with zeros to 32 bytes, or hashed if longer. A plus sign before a number is read over, as Rust does.
 */
function chainCodeOf(name: string): Uint8Array {
  const encoded = isU64(name) ? scaleU64(BigInt(name.replace('+', ''))) : scaleText(name);
  if (encoded.length > CHAIN_CODE_BYTES) return blake2b256(encoded);
  const chainCode = new Uint8Array(CHAIN_CODE_BYTES);
  chainCode.set(encoded);
  return chainCode;
}

const isU64 = (name: string): boolean => /^\+?[0-9]+$/.test(name) && BigInt(name.replace('+', '')) <= MAX_U64;

function scaleU64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

/** SCALE's text: UTF-8 behind its length, which takes one byte below 64 and two below 16,384. */
export function scaleText(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const length = bytes.length << 2;
  return Uint8Array.of(...(bytes.length < 64 ? [length] : [(length & 0xff) | 1, length >> 8]), ...bytes);
}
