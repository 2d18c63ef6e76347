import { ed25519 } from '@noble/curves/ed25519.js';
import type { SignatureParts } from './schemes.ts';

/**
 * Verifies by ZIP-215: A and R may be any encoding that decodes to a point (y not reduced, small order, torsion), s
 * must be below the group order, and 8sB = 8R + 8kA with k computed from the bytes as they came. Unlike the rules of
 * most libraries it leaves nothing open, so all nodes agree. Source: https://zips.z.cash/zip-0215
 */
export const verifyEd25519 = ({ account, signature, message }: SignatureParts): boolean =>
  ed25519.verify(signature, message, account, { zip215: true });
