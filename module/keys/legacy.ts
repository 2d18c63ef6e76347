/** What keys of seed 0's system made, so that it can be taken over. Never written again. */
import { createDecipheriv, createHash } from 'node:crypto';
import { blake2b256 } from '../../chain/index.ts';
import { ModuleError } from '../errors.ts';

const BLOCK = 16;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** base64(iv[16] ciphertext), which says nothing about itself. */
export const looksLegacy = (text: string): boolean =>
  BASE64.test(text) && text.length % 4 === 0 && Buffer.from(text, 'base64').length % BLOCK === 0;

/**
 * Reads the CBC envelope: AES-256-CBC with PKCS #7 padding, key = sha256(password), plaintext = a JSON text. The
 * answer is the JSON text's value if it is a text, else the JSON text itself.
 * Nothing authenticates it: a wrong password is noticed by padding and JSON only, so never trust what comes out
 * more than the place where the envelope lay.
 */
export function decryptLegacy(envelope: string, password: string): Uint8Array {
  const sealed = Buffer.from(envelope, 'base64');
  if (sealed.length < 2 * BLOCK)
    throw new ModuleError('BAD_ENVELOPE', 'the older envelope is cut off', 'copy it whole');
  const key = createHash('sha256').update(password).digest();
  const decipher = createDecipheriv('aes-256-cbc', key, sealed.subarray(0, BLOCK));
  try {
    const json = Buffer.concat([decipher.update(sealed.subarray(BLOCK)), decipher.final()]).toString('utf8');
    const value: unknown = JSON.parse(json);
    return Buffer.from(typeof value === 'string' ? value : json);
  } catch (cause) {
    throw new ModuleError('WRONG_PASSWORD', 'the older envelope does not open', 'is it the right password?', {
      cause,
    });
  }
}

/** Secret URI of a key that seed 0's system derived from a password: the seed is blake2b-256 of it. */
export const uriFromPassword = (password: string): string =>
  `0x${Buffer.from(blake2b256(Buffer.from(password, 'utf8'))).toString('hex')}`;
