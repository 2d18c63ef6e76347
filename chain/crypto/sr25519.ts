import { verify } from '@scure/sr25519';
import type { SignatureParts } from './schemes.ts';

const MARKER = 0x80;

/** Verifies as schnorrkel does with the signing context `substrate`. Throws for bytes that are no point. */
export function verifySr25519({ account, signature, message }: SignatureParts): boolean {
  // The bit tells sr25519 from ed25519 signatures; without it schnorrkel refuses.
  if (((signature[63] ?? 0) & MARKER) === 0) return false;
  return verify(message, signature, account);
}
