/**
 * Verification on the way of a call. What the fast verifiers accept, the reference accepts (spec section 2), so a
 * server that serves after their "yes" holds evidence that the chain takes. Their "no" is taken as it is: a refused
 * call costs nobody anything, and an attacker cannot make the server ask the slow reference. Where no fast one loads,
 * the reference does the work.
 */
import { signatureParts, verifyParts } from '../../chain/index.ts';
import type { Check } from '../../consensus/interface/index.ts';
import { fastVerifier } from '../../node/verify/fast.ts';

/** Whether a signature is right. Never throws. About 0.1 ms. */
export function verifyCheck(check: Check): boolean {
  const parts = signatureParts(check);
  if (parts === undefined) return false;
  const fast = fastVerifier(parts.scheme);
  if (fast === null) return verifyParts(parts);
  try {
    return fast.verify(parts);
  } catch {
    // Bytes that are no point or scalar: one way of being a wrong signature.
    return false;
  }
}
