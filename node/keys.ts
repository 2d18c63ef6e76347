/** The keys that a node signs with. */
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { joinSignature, type KeyPair, keyPairFromUri, secretFromUri } from '../chain/index.ts';
import { toHex } from '../consensus/interface/index.ts';
import { messageOf, NodeError } from './errors.ts';
import type { ValidatorSigner } from './ordering/types.ts';

/** DER (RFC 8410) of an ed25519 private key up to its 32 bytes. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The signer of a validator's secret URI. OpenSSL makes the same signatures as the reference (RFC 8032 leaves nothing
 * open) ten times faster, and a vote is on the way of every block. Throws {@link NodeError} KEY_INVALID.
 */
export function validatorSigner(uri: string): ValidatorSigner {
  const seed = readable('ed25519', () => secretFromUri(uri, 'ed25519'));
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  return {
    validator: toHex(publicBytes(key)),
    sign: message => joinSignature('ed25519', sign(null, message, key)),
  };
}

function publicBytes(key: KeyObject): Uint8Array {
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return new Uint8Array(Buffer.from(x ?? '', 'base64url'));
}

/** The dev authority's key, derived when it is first needed: that takes longer than the rest of reading the options. */
export function lazyKey(uri: string): () => KeyPair {
  let key: KeyPair | null = null;
  return () => {
    key ??= readable('sr25519', () => keyPairFromUri(uri));
    return key;
  };
}

function readable<T>(scheme: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new NodeError(
      'KEY_INVALID',
      `a secret URI for a ${scheme} key is not valid: ${messageOf(error)}`,
      'write it as a phrase or 0x seed, then //hard junctions',
      { cause: error },
    );
  }
}
