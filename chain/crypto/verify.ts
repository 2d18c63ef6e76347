import type { Check } from '../../consensus/interface/index.ts';
import { verifyEcdsa } from './ecdsa.ts';
import { verifyEd25519 } from './ed25519.ts';
import { type Scheme, type SignatureParts, signatureParts } from './schemes.ts';
import { verifySr25519 } from './sr25519.ts';

const VERIFIERS: { readonly [scheme in Scheme]: (parts: SignatureParts) => boolean } = {
  sr25519: verifySr25519,
  ed25519: verifyEd25519,
  ecdsa: verifyEcdsa,
};

/**
 * Whether a signature is right: the reference that decides for the whole chain (spec section 2). Takes about a
 * millisecond; a node uses faster implementations for what they accept and asks this one about what they refuse.
 * Never throws: any bytes at all are an answer.
 */
export function verifySignature(check: Check): boolean {
  const parts = signatureParts(check);
  return parts !== undefined && verifyParts(parts);
}

/** {@link verifySignature} of a check that was taken apart already. */
export function verifyParts(parts: SignatureParts): boolean {
  try {
    return VERIFIERS[parts.scheme](parts);
  } catch {
    // The libraries throw for bytes that decode to no point or scalar, which is one way of being a wrong signature.
    return false;
  }
}
