import { type SignatureParts, signatureParts, verifyParts } from '../../chain/index.ts';
import type { Check } from '../../consensus/interface/index.ts';
import { fastVerifier } from './fast.ts';

/** The answer of the reference, mostly without asking it. Never throws. */
export function verifyCheck(check: Check): boolean {
  const parts = signatureParts(check);
  return parts !== undefined && (fastAccepts(parts) || verifyParts(parts));
}

function fastAccepts(parts: SignatureParts): boolean {
  const fast = fastVerifier(parts.scheme);
  if (fast === null) return false;
  try {
    return fast.verify(parts);
  } catch {
    // Libraries throw for points that do not decode; what that means is for the reference to say.
    return false;
  }
}
