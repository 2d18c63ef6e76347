import { type Account, toHex } from '../../consensus/interface/index.ts';
import { toAddress } from '../crypto/address.ts';
import { joinSignature, type Scheme } from '../crypto/schemes.ts';
import { KeyError } from './error.ts';
import { seedFromHex, seedFromPhrase } from './seed.ts';
import { SIGNERS, type Signer } from './signer.ts';
import { parseSecretUri } from './uri.ts';

/** A key that can sign. The secret itself is not reachable from it. */
export interface KeyPair {
  readonly scheme: Scheme;
  readonly account: Account;
  /** SS58, prefix 42. */
  readonly address: string;
  /** 32 bytes; ECDSA: 33, compressed. */
  readonly publicKey: Uint8Array;
  /** A signature that starts with its scheme byte, over exactly these bytes: see `signingBytes`. */
  sign(message: Uint8Array): Uint8Array;
}

/** The key of a Substrate secret URI. Throws {@link KeyError}. */
export const keyPairFromUri = (uri: string, scheme: Scheme = 'sr25519'): KeyPair =>
  keyPairFromSecret(secretFromUri(uri, scheme), scheme);

/**
 * The key of a secret: a seed of 32 bytes, or what {@link secretFromUri} gives (for sr25519 the 64 bytes of scalar
 * and nonce). Throws {@link KeyError}.
 */
export function keyPairFromSecret(secret: Uint8Array, scheme: Scheme = 'sr25519'): KeyPair {
  const signer = signerOf(scheme);
  const expanded = signer.expand(new Uint8Array(secret));
  const publicKey = signer.publicKey(expanded);
  const account = toHex(signer.account(publicKey));
  return {
    scheme,
    account,
    address: toAddress(account),
    publicKey,
    sign: message => joinSignature(scheme, signer.sign(expanded, message)),
  };
}

/** The secret of a Substrate secret URI, for keeping: 64 bytes for sr25519, 32 for the others. Throws {@link KeyError}. */
export function secretFromUri(uri: string, scheme: Scheme = 'sr25519'): Uint8Array {
  const signer = signerOf(scheme);
  const { phrase, junctions, password } = parseSecretUri(uri);
  const seed = phrase.startsWith('0x') ? seedFromHex(phrase) : seedFromPhrase(phrase, password);
  return junctions.reduce((secret, junction) => signer.derive(secret, junction), signer.expand(seed));
}

function signerOf(scheme: Scheme): Signer {
  if (!Object.hasOwn(SIGNERS, scheme)) throw new KeyError('UNKNOWN_SCHEME', `no signature scheme ${scheme}`);
  return SIGNERS[scheme];
}
