/**
 * Encryption with a password or with a key (spec section 2). An envelope is one line of text:
 *
 *     devnet-aes:1:base64url(salt[16] nonce[12] ciphertext tag[16])    scrypt(password)
 *     devnet-aes:2:base64url(salt[16] nonce[12] ciphertext tag[16])    HKDF(secret of a key)
 *
 * The version fixes cipher and cost, so that an envelope from outside cannot ask for endless work.
 */
import {
  createCipheriv,
  createDecipheriv,
  hkdfSync,
  randomBytes,
  type ScryptOptions,
  scrypt,
} from 'node:crypto';
import { ModuleError } from '../errors.ts';
import { decryptLegacy, looksLegacy } from './legacy.ts';

/** What opens an envelope: a password that people remember, or the secret URI of a key. */
export type Opener = { readonly password: string } | { readonly secret: string };

const PREFIX = 'devnet-aes:';
const SALT = 16;
const NONCE = 12;
const TAG = 16;
/** 32 MiB and about 0.1 s for each guess at a password. */
const SCRYPT: ScryptOptions = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 };

/** AES-256-GCM envelope of some bytes; a new salt and nonce each time. */
export async function encrypt(data: Uint8Array, opener: Opener): Promise<string> {
  const version = 'password' in opener ? 1 : 2;
  const salt = randomBytes(SALT);
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', await keyFor(opener, salt), nonce);
  cipher.setAAD(Buffer.from(`${PREFIX}${version}`));
  const sealed = Buffer.concat([salt, nonce, cipher.update(data), cipher.final(), cipher.getAuthTag()]);
  return `${PREFIX}${version}:${sealed.toString('base64url')}`;
}

/**
 * The bytes of an envelope, or of the older CBC form of seed 0's system (password only).
 * Throws BAD_ENVELOPE for text that is none, WRONG_PASSWORD if it does not open.
 */
export async function decrypt(envelope: string, opener: Opener): Promise<Uint8Array> {
  if (!envelope.startsWith(PREFIX)) {
    if ('password' in opener && looksLegacy(envelope)) return decryptLegacy(envelope, opener.password);
    throw badEnvelope();
  }
  const [version, text, ...rest] = envelope.slice(PREFIX.length).split(':');
  if (text === undefined || rest.length > 0) throw badEnvelope();
  if (version !== ('password' in opener ? '1' : '2')) {
    throw new ModuleError(
      'BAD_ENVELOPE',
      version === '1' || version === '2'
        ? 'the envelope opens another way'
        : `unknown envelope version ${version}`,
      version === '1'
        ? 'it needs a password'
        : version === '2'
          ? 'it needs the key that made it'
          : 'update devnet',
    );
  }
  const sealed = Buffer.from(text, 'base64url');
  if (sealed.length < SALT + NONCE + TAG || sealed.toString('base64url') !== text) throw badEnvelope();
  return open(sealed, `${PREFIX}${version}`, await keyFor(opener, sealed.subarray(0, SALT)));
}

function open(sealed: Buffer, header: string, key: Buffer): Uint8Array {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(SALT, SALT + NONCE), {
    authTagLength: TAG,
  });
  decipher.setAAD(Buffer.from(header));
  decipher.setAuthTag(sealed.subarray(-TAG));
  const data = decipher.update(sealed.subarray(SALT + NONCE, -TAG));
  try {
    return Buffer.concat([data, decipher.final()]);
  } catch (cause) {
    throw new ModuleError(
      'WRONG_PASSWORD',
      'the envelope does not open',
      'is it the right password or key?',
      { cause },
    );
  }
}

function keyFor(opener: Opener, salt: Uint8Array): Promise<Buffer> {
  if ('secret' in opener)
    return Promise.resolve(Buffer.from(hkdfSync('sha256', opener.secret, salt, 'devnet:encrypt:2', 32)));
  return new Promise((resolve, reject) => {
    scrypt(opener.password.normalize('NFKC'), salt, 32, SCRYPT, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

const badEnvelope = (): ModuleError =>
  new ModuleError(
    'BAD_ENVELOPE',
    'this is no envelope',
    'an envelope starts with devnet-aes:1: or devnet-aes:2:',
  );
