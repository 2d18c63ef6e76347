/**
 * Fast verifiers, each optional. The rule of consensus is the reference's (spec section 2): a fast one may refuse
 * what the reference accepts, never the other way round. So its "yes" is final and its "no" is asked again.
 *
 * ed25519: sodium and OpenSSL check without the cofactor; what holds without it holds with it (ZIP-215).
 * sr25519: schnorrkel itself, which the reference follows.
 * ecdsa: libsecp256k1 recovers from high s too, so that is refused here before.
 */
import { createPublicKey, verify } from 'node:crypto';
import { createRequire } from 'node:module';
import { blake2b256, ecdsaAccount, type Scheme, type SignatureParts } from '../../chain/index.ts';
import { readableBySchnorrkel } from './readable.ts';

export interface FastVerifier {
  readonly name: string;
  /** May throw for malformed input, which counts as a refusal. */
  verify(parts: SignatureParts): boolean;
}

interface Sodium {
  crypto_sign_verify_detached(signature: Buffer, message: Buffer, key: Buffer): boolean;
}
interface Schnorrkel {
  sr25519_verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}
interface Secp256k1 {
  ecdsaRecover(signature: Uint8Array, recovery: number, message: Uint8Array, compressed: boolean): Uint8Array;
}

const require = createRequire(import.meta.url);

/** Half the order of secp256k1, big endian: the highest s that is low. */
const HALF_ORDER = Buffer.from('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0', 'hex');

/** In order of preference within a scheme. */
export const FAST_LOADERS: readonly {
  readonly scheme: Scheme;
  readonly name: string;
  readonly load: () => FastVerifier['verify'];
}[] = [
  { scheme: 'ed25519', name: 'sodium-native', load: () => sodium(require('sodium-native') as Sodium) },
  { scheme: 'ed25519', name: 'node:crypto', load: () => openssl },
  {
    scheme: 'sr25519',
    name: 'schnorrkel-wasm',
    load: () => schnorrkel(require('@polkadot-labs/schnorrkel-wasm') as Schnorrkel),
  },
  // Its index would fall back to the package elliptic, which is no libsecp256k1.
  {
    scheme: 'ecdsa',
    name: 'secp256k1',
    load: () => secp256k1(require('secp256k1/bindings.js') as Secp256k1),
  },
];

export interface LoadedVerifiers {
  readonly verifier: FastVerifier | null;
  /** What it cannot load, with the reason. */
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
}

/** ed25519 signatures of a process before sodium is worth loading: those of its first few blocks. */
const EARLY = 32;
let early = 0;

/** null where this machine can load none; the reference does its work. */
export function fastVerifier(scheme: Scheme): FastVerifier | null {
  // Node has this one loaded, and a start is waiting for these few.
  if (scheme === 'ed25519' && early < EARLY) {
    early++;
    return OPENSSL;
  }
  return loadedVerifier(scheme).verifier;
}

const loaded = new Map<Scheme, LoadedVerifiers>();

/** Loads the fastest of a scheme at the first call, which takes some 20 ms. */
export function loadedVerifier(scheme: Scheme): LoadedVerifiers {
  const known = loaded.get(scheme) ?? loadFastest(scheme);
  loaded.set(scheme, known);
  return known;
}

function loadFastest(scheme: Scheme): LoadedVerifiers {
  const missing: { name: string; reason: string }[] = [];
  for (const { name, load } of FAST_LOADERS.filter(loader => loader.scheme === scheme)) {
    try {
      return { verifier: { name, verify: load() }, missing };
    } catch (error) {
      missing.push({ name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { verifier: null, missing };
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const sodium =
  (library: Sodium): FastVerifier['verify'] =>
  ({ account, signature, message }) =>
    library.crypto_sign_verify_detached(asBuffer(signature), asBuffer(message), asBuffer(account));

function openssl({ account, signature, message }: SignatureParts): boolean {
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: asBuffer(account).toString('base64url') },
    format: 'jwk',
  });
  return verify(null, message, key, signature);
}

const OPENSSL: FastVerifier = { name: 'node:crypto', verify: openssl };

const schnorrkel =
  (library: Schnorrkel): FastVerifier['verify'] =>
  ({ account, signature, message }) =>
    readableBySchnorrkel(account, signature) && library.sr25519_verify(account, message, signature);

const secp256k1 =
  (library: Secp256k1): FastVerifier['verify'] =>
  ({ account, signature, message }) => {
    const recovery = signature[64] ?? 0xff;
    if (recovery > 3 || HALF_ORDER.compare(signature, 32, 64) < 0) return false;
    const key = library.ecdsaRecover(signature.subarray(0, 64), recovery, blake2b256(message), true);
    return asBuffer(ecdsaAccount(key)).equals(account);
  };
