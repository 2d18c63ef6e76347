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

/** A key that can be used. The secret stays in the closures. */
export interface UsableKey {
  readonly pair: KeyPair;
  /** Envelope that only this key opens. */
  encrypt(data: Uint8Array): Promise<string>;
  decrypt(envelope: string): Promise<Uint8Array>;
}

export interface LoadedKey extends KeyListing, UsableKey {}

/** A file that holds no key that can be read, and why. */
export interface DamagedKey {
  readonly name: string;
  readonly reason: string;
}

export interface NewKey {
  readonly directory?: string | undefined;
  readonly name: string;
  readonly scheme?: KeyScheme | undefined;
  /** null leaves the secret unencrypted; that has to be asked for. */
  readonly password: string | null;
}

/** Makes a key from new words, 12 when absent. Throws KEY_EXISTS if the name is taken. */
export const createKey = ({ words = 12, ...options }: NewKey & { readonly words?: 12 | 24 | undefined }) =>
  importKey({ ...options, uri: generateMnemonic(wordlist, words === 24 ? 256 : 128) });

/** The key of a secret URI, kept nowhere. Throws KEY_INVALID, without a word of the secret. */
export function usableKey(uri: string, scheme: KeyScheme = 'sr25519'): UsableKey {
  return {
    pair: pairOf(uri, scheme),
    encrypt: data => encrypt(data, { secret: uri }),
    decrypt: envelope => decrypt(envelope, { secret: uri }),
  };
}

/** Keeps the key of a secret URI (`phrase//hard/soft///password`, or `0x` and 32 bytes). */
export async function importKey(options: NewKey & { readonly uri: string }): Promise<KeyListing> {
  const { name, uri, password, scheme = 'sr25519', directory = KEYS_DIRECTORY } = options;
  checkName(name);
  if (password === '')
    throw new ModuleError('PASSWORD_NEEDED', 'an empty password protects nothing', 'choose another');
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

/** Loads a key by name. Throws KEY_MISSING, PASSWORD_NEEDED, WRONG_PASSWORD, KEY_FILE_VERSION or KEY_FILE_INVALID. */
export async function loadKey(options: {
  readonly directory?: string | undefined;
  readonly name: string;
  readonly password?: string | undefined;
}): Promise<LoadedKey> {
  const file = await readKeyFile(options.directory ?? KEYS_DIRECTORY, options.name);
  const uri = await uriOf(file, options.password);
  const key = usableKey(uri, file.scheme);
  if (key.pair.address !== file.address)
    throw invalid(file.name, 'its secret makes another address than the one it names');
  return { ...listing(file), ...key };
}

/** What can be told about the key of a name; null if there is none. Throws as {@link loadKey} for a damaged file. */
export async function findKey(directory: string, name: string): Promise<KeyListing | null> {
  if (!NAME.test(name)) return null;
  try {
    return listing(await readKeyFile(directory, name));
  } catch (error) {
    if (error instanceof ModuleError && error.code === 'KEY_MISSING') return null;
    throw error;
  }
}

/** The secret URI of a key: for moving it elsewhere, never for showing by default. Throws as {@link loadKey}. */
export async function exportSecret(options: {
  readonly directory?: string | undefined;
  readonly name: string;
  readonly password?: string | undefined;
}): Promise<string> {
  return uriOf(await readKeyFile(options.directory ?? KEYS_DIRECTORY, options.name), options.password);
}

/** All keys of a directory, ascending by name, and the files that should be keys and are not. */
export async function listKeys(
  directory: string = KEYS_DIRECTORY,
): Promise<{ readonly keys: readonly KeyListing[]; readonly damaged: readonly DamagedKey[] }> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const keys: KeyListing[] = [];
  const damaged: DamagedKey[] = [];
  for (const file of names.sort()) {
    const name = file.slice(0, -SUFFIX.length);
    if (!file.endsWith(SUFFIX) || !NAME.test(name)) continue;
    try {
      keys.push(listing(await readKeyFile(directory, name)));
    } catch (error) {
      if (!(error instanceof ModuleError)) throw error;
      damaged.push({ name, reason: error.message });
    }
  }
  return { keys, damaged };
}

/** Whoever mistypes a password reads the name of the key, not of the format. */
async function openSecret(name: string, envelope: string, password: string): Promise<Uint8Array> {
  try {
    return await decrypt(envelope, { password });
  } catch (cause) {
    if (!(cause instanceof ModuleError && cause.code === 'WRONG_PASSWORD')) throw cause;
    throw new ModuleError(
      'WRONG_PASSWORD',
      `the password does not open the key ${name}`,
      'try again; DEVNET_PASSWORD counts where it is set',
      { cause },
    );
  }
}

async function uriOf(file: KeyFile, password: string | undefined): Promise<string> {
  if (file.secret.kind === 'plain') return file.secret.uri;
  if (password === undefined)
    throw new ModuleError(
      'PASSWORD_NEEDED',
      `the key ${file.name} is encrypted`,
      'set DEVNET_PASSWORD, or run the command at a terminal, which asks; from a program give password',
    );
  return Buffer.from(await openSecret(file.name, file.secret.envelope, password)).toString('utf8');
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
  const version: unknown =
    typeof json === 'object' && json !== null ? Reflect.get(json, 'version') : undefined;
  if (typeof version === 'number' && version !== 1)
    throw new ModuleError(
      'KEY_FILE_VERSION',
      `the file of key ${name} is of version ${version}, and this program knows version 1`,
      'update devnet',
    );
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
