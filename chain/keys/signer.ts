/** The secret side of each scheme. A secret is what derivation works on and what is worth keeping. */
import { ed25519 } from '@noble/curves/ed25519.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import * as sr25519 from '@scure/sr25519';
import { ecdsaAccount } from '../crypto/ecdsa.ts';
import { blake2b256 } from '../crypto/hash.ts';
import type { Scheme } from '../crypto/schemes.ts';
import { KeyError } from './error.ts';
import { loadLibrary } from './library.ts';
import { fastestSigning, type SigningOf } from './signEd25519.ts';
import { type Junction, scaleText } from './uri.ts';

export interface Signer {
  /** The form that `derive` and `sign` take, of a seed or of itself. Throws {@link KeyError} `BAD_SECRET`. */
  expand(secret: Uint8Array): Uint8Array;
  /** Throws {@link KeyError} `SOFT_DERIVATION` where the scheme has none. */
  derive(secret: Uint8Array, junction: Junction): Uint8Array;
  publicKey(secret: Uint8Array): Uint8Array;
  /** The 32-byte account of a public key. */
  account(publicKey: Uint8Array): Uint8Array;
  /** Without the scheme byte. */
  sign(secret: Uint8Array, message: Uint8Array): Uint8Array;
}

const SEED_BYTES = 32;
const EXPANDED_BYTES = 64;

/** Secrets are 64 bytes: a scalar and a nonce. Signatures are randomised. */
const sr25519Signer: Signer = {
  expand(secret) {
    if (secret.length === EXPANDED_BYTES) return secret;
    return sr25519.secretFromSeed(ofLength(secret, SEED_BYTES));
  },
  derive: (secret, { hard, chainCode }) =>
    hard ? sr25519.HDKD.secretHard(secret, chainCode) : sr25519.HDKD.secretSoft(secret, chainCode),
  publicKey: secret => sr25519.getPublicKey(secret),
  account: publicKey => publicKey,
  sign(secret, message) {
    if (schnorrkel === undefined)
      schnorrkel = loadLibrary<Schnorrkel>('@polkadot-labs/schnorrkel-wasm') ?? null;
    return schnorrkel === null
      ? sr25519.sign(secret, message)
      : schnorrkel.sr25519_sign(publicKeyOf(secret), secret, message);
  },
};

interface Schnorrkel {
  sr25519_sign(publicKey: Uint8Array, secret: Uint8Array, message: Uint8Array): Uint8Array;
}

/** Schnorrkel itself, which signs ten times faster; null where it is not installed or there is no WASM. */
let schnorrkel: Schnorrkel | null | undefined;

/** Working them out takes longer than signing, and a key signs often. They go with the secret. */
const publicKeys = new WeakMap<Uint8Array, Uint8Array>();

function publicKeyOf(secret: Uint8Array): Uint8Array {
  const known = publicKeys.get(secret) ?? sr25519.getPublicKey(secret);
  publicKeys.set(secret, known);
  return known;
}

const ed25519Signer: Signer = {
  expand: secret => ofLength(secret, SEED_BYTES),
  derive: (secret, junction) => deriveByHash('Ed25519HDKD', secret, junction),
  publicKey: secret => ed25519.getPublicKey(secret),
  account: publicKey => publicKey,
  sign: (secret, message) => signingOf(secret)(message),
};

let makeSigning: SigningOf | undefined;
const signings = new WeakMap<Uint8Array, (message: Uint8Array) => Uint8Array>();

function signingOf(secret: Uint8Array): (message: Uint8Array) => Uint8Array {
  const known = signings.get(secret);
  if (known !== undefined) return known;
  makeSigning ??= fastestSigning();
  const made = makeSigning(secret);
  signings.set(secret, made);
  return made;
}

/** Public keys are compressed, 33 bytes. Signatures are deterministic (RFC 6979), over blake2b-256, low s. */
const ecdsaSigner: Signer = {
  expand(secret) {
    if (!secp256k1.utils.isValidSecretKey(ofLength(secret, SEED_BYTES)))
      throw new KeyError('BAD_SECRET', 'the secret is not below the order of secp256k1, or 0');
    return secret;
  },
  derive: (secret, junction) => ecdsaSigner.expand(deriveByHash('Secp256k1HDKD', secret, junction)),
  publicKey: secret => secp256k1.getPublicKey(secret, true),
  account: ecdsaAccount,
  sign(secret, message) {
    const recoveryFirst = secp256k1.sign(blake2b256(message), secret, {
      prehash: false,
      format: 'recovered',
    });
    return Uint8Array.of(...recoveryFirst.subarray(1), ...recoveryFirst.subarray(0, 1));
  },
};

export const SIGNERS: { readonly [scheme in Scheme]: Signer } = {
  sr25519: sr25519Signer,
  ed25519: ed25519Signer,
  ecdsa: ecdsaSigner,
};

/** Substrate's hard derivation for schemes without one of their own: blake2b-256 of the SCALE tuple. */
function deriveByHash(context: string, secret: Uint8Array, { hard, chainCode }: Junction): Uint8Array {
  if (!hard) throw new KeyError('SOFT_DERIVATION', 'only sr25519 keys have soft derivations');
  return blake2b256(Uint8Array.of(...scaleText(context), ...secret, ...chainCode));
}

function ofLength(secret: Uint8Array, length: number): Uint8Array {
  if (secret.length !== length) throw new KeyError('BAD_SECRET', `a secret of ${secret.length} bytes`);
  return secret;
}
