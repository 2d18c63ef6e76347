/** Key files: one JSON file per key, mode 0600, in a directory of mode 0700 (`.devnet/keys` by default). */
import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readdir, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { generateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { z } from 'zod';
import { type KeyPair, keyPairFromUri } from '../../chain/index.ts';
import { ModuleError, messageOf } from '../errors.ts';
import { decrypt, encrypt } from './envelope.ts';

export const KEYS_DIRECTORY = '.devnet/keys';
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const SUFFIX = '.json';
const MAX_FILE_BYTES = 64 * 1024;

const KeyFile = z.strictObject({
  version: z.literal(1),
  name: z.string(),
  scheme: z.enum(['sr25519', 'ed25519', 'ecdsa']),
  address: z.string(),
  secret: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('plain'), uri: z.string() }),
    z.strictObject({ kind: z.literal('encrypted'), envelope: z.string() }),
  ]),
});
type KeyFile = z.infer<typeof KeyFile>;
export type KeyScheme = KeyFile['scheme'];

/** What can be told about a key without its secret. */
export interface KeyListing {
  readonly name: string;
  readonly scheme: KeyScheme;
  readonly address: string;
  readonly encrypted: boolean;
}

/** A loaded key. The secret stays in the closures. */
export interface LoadedKey extends KeyListing {
  readonly pair: KeyPair;
  /** Envelope that only this key opens. */
  encrypt(data: Uint8Array): Promise<string>;
  decrypt(envelope: string): Promise<Uint8Array>;
}

export interface NewKey {
  readonly directory?: string | undefined;
  readonly name: string;
  readonly scheme?: KeyScheme | undefined;
  /** null leaves the secret unencrypted; that has to be asked for. */
  readonly password: string | null;
}

/** Makes a key from 12 new words. Throws KEY_EXISTS if the name is taken. */
export const createKey = (options: NewKey): Promise<KeyListing> =>
  importKey({ ...options, uri: generateMnemonic(wordlist, 128) });

/** Keeps the key of a secret URI (`phrase//hard/soft///password`, or `0x` and 32 bytes). */
export async function importKey(options: NewKey & { readonly uri: string }): Promise<KeyListing> {
  const { name, uri, password, scheme = 'sr25519', directory = KEYS_DIRECTORY } = options;
  checkName(name);
  const pair = pairOf(uri, scheme);
  const file: KeyFile = {
    version: 1,
    name,
    scheme,
    address: pair.address,
    secret:
      password === null
        ? { kind: 'plain', uri }
        : { kind: 'encrypted', envelope: await encrypt(Buffer.from(uri, 'utf8'), { password }) },
  };
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeNew(join(directory, name + SUFFIX), `${JSON.stringify(file, null, 2)}\n`, name);
  return listing(file);
}

/** Loads a key by name. Throws KEY_MISSING, PASSWORD_NEEDED, WRONG_PASSWORD or KEY_FILE_INVALID. */
export async function loadKey(options: {
  readonly directory?: string | undefined;
  readonly name: string;
  readonly password?: string | undefined;
}): Promise<LoadedKey> {
  const file = await readKeyFile(options.directory ?? KEYS_DIRECTORY, options.name);
  const uri = await uriOf(file, options.password);
  const pair = pairOf(uri, file.scheme);
  if (pair.address !== file.address)
    throw invalid(file.name, 'its secret makes another address than the one it names');
  return {
    ...listing(file),
    pair,
    encrypt: data => encrypt(data, { secret: uri }),
    decrypt: envelope => decrypt(envelope, { secret: uri }),
  };
}

/** The secret URI of a key: for moving it elsewhere, never for showing by default. Throws as {@link loadKey}. */
export async function exportSecret(options: {
  readonly directory?: string | undefined;
  readonly name: string;
  readonly password?: string | undefined;
}): Promise<string> {
  return uriOf(await readKeyFile(options.directory ?? KEYS_DIRECTORY, options.name), options.password);
}

/** All keys of a directory, ascending by name; none if there is no such directory. */
export async function listKeys(directory: string = KEYS_DIRECTORY): Promise<KeyListing[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const keys = names.filter(name => name.endsWith(SUFFIX) && NAME.test(name.slice(0, -SUFFIX.length))).sort();
  return Promise.all(
    keys.map(async name => listing(await readKeyFile(directory, name.slice(0, -SUFFIX.length)))),
  );
}

async function uriOf(file: KeyFile, password: string | undefined): Promise<string> {
  if (file.secret.kind === 'plain') return file.secret.uri;
  if (password === undefined)
    throw new ModuleError('PASSWORD_NEEDED', `the key ${file.name} is encrypted`, 'give its password');
  return Buffer.from(await decrypt(file.secret.envelope, { password })).toString('utf8');
}

async function readKeyFile(directory: string, name: string): Promise<KeyFile> {
  checkName(name);
  const path = join(directory, name + SUFFIX);
  const { mode, size } = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT')
      throw new ModuleError(
        'KEY_MISSING',
        `no key ${name} in ${directory}`,
        'devnet key list shows the keys',
        { cause },
      );
    throw cause;
  });
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw invalid(name, 'others can read it; chmod 600 it');
  if (size > MAX_FILE_BYTES) throw invalid(name, `${size} bytes are too many`);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw invalid(name, 'it is no JSON', cause);
  }
  const parsed = KeyFile.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(name, `${issue?.path.join('.')}: ${issue?.message}`);
  }
  if (parsed.data.name !== name) throw invalid(name, 'it names another key');
  return parsed.data;
}

/** Writes the whole file or nothing, and never over an existing one. */
async function writeNew(path: string, text: string, name: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
    await handle.close();
    await chmod(temporary, 0o600);
    await link(temporary, path);
  } catch (error) {
    await handle.close();
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new ModuleError('KEY_EXISTS', `the key ${name} exists already`, 'choose another name', {
      cause: error,
    });
  } finally {
    await unlink(temporary);
  }
}

/** The message of what a bad URI throws may hold the secret, so it is not passed on. */
function pairOf(uri: string, scheme: KeyScheme): KeyPair {
  try {
    return keyPairFromUri(uri, scheme);
  } catch {
    throw new ModuleError(
      'KEY_INVALID',
      `the secret makes no ${scheme} key`,
      'a secret is phrase//hard/soft///password or 0x and 32 bytes',
    );
  }
}

function checkName(name: string): void {
  if (!NAME.test(name))
    throw new ModuleError(
      'KEY_NAME_INVALID',
      `${JSON.stringify(name.slice(0, 80))} is no key name`,
      'letters, digits, dots, dashes and underscores, at most 64, a letter or digit first',
    );
}

const listing = ({ name, scheme, address, secret }: KeyFile): KeyListing => ({
  name,
  scheme,
  address,
  encrypted: secret.kind === 'encrypted',
});

const invalid = (name: string, reason: string, cause?: unknown): ModuleError =>
  new ModuleError(
    'KEY_FILE_INVALID',
    `the file of key ${name}: ${reason}`,
    'restore it from a copy, or import the key again',
    cause === undefined ? undefined : { cause: messageOf(cause) },
  );
