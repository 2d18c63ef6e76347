/**
 * Verification on the way of a call. What the fast verifiers accept, the reference accepts (spec section 2), so a
 * server that serves after their "yes" holds evidence that the chain takes. Their "no" is taken as it is: a refused
 * call costs nobody anything, and an attacker cannot make the server ask the slow reference. Where no fast one loads,
 * the reference does the work.
 */
import { createPublicKey, verify as opensslVerify } from 'node:crypto';
import { createRequire } from 'node:module';
import { type Scheme, type SignatureParts, signatureParts, verifyParts } from '../../chain/index.ts';
import type { Check } from '../../consensus/interface/index.ts';

type Verify = (parts: SignatureParts) => boolean;
interface Schnorrkel {
  sr25519_verify(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

let verifiers: { readonly [scheme in Scheme]: Verify } | null = null;

/** Whether a signature is right. Never throws. About 0.1 ms. */
export function verifyCheck(check: Check): boolean {
  const parts = signatureParts(check);
  if (parts === undefined) return false;
  verifiers ??= { sr25519: loadSchnorrkel(), ed25519: openssl, ecdsa: verifyParts };
  try {
    return verifiers[parts.scheme](parts);
  } catch {
    // Bytes that are no point or scalar: one way of being a wrong signature.
    return false;
  }
}

function loadSchnorrkel(): Verify {
  try {
    const library = createRequire(import.meta.url)('@polkadot-labs/schnorrkel-wasm') as Schnorrkel;
    return ({ account, message, signature }) => library.sr25519_verify(account, message, signature);
  } catch {
    // Not installed, or no WASM here: the reference must always work.
    return verifyParts;
  }
}

const openssl: Verify = ({ account, message, signature }) => {
  const x = Buffer.from(account).toString('base64url');
  return opensslVerify(
    null,
    message,
    createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
    signature,
  );
};
