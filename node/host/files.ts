/** What the host keeps on disk, in the node's own directory: verified code, and per service its data and its key. */
import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type KeyPair, keyPairFromSecret } from '../../chain/index.ts';
import { fromHex, type Hex, toHex } from '../../consensus/interface/index.ts';

/** Bytes of an ed25519 seed. */
const SEED_BYTES = 32;
const PRIVATE = 0o600;

/**
 * The URL of a file with this code. What was verified is what runs: the folder of the plugin may change at any time,
 * this file is named by its hash and belongs to the node.
 */
export async function codeFile(root: string, hash: Hex, code: Uint8Array): Promise<string> {
  const directory = join(root, 'code');
  const file = join(directory, `${hash.slice(2)}.mjs`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await replace(file, code);
  return pathToFileURL(file).href;
}

/** The only place where a service may keep something. */
export async function dataDirectory(root: string, name: string): Promise<string> {
  const directory = join(root, name, 'data');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return directory;
}

/** The key of a service on this node: made once, and outside of what its process is given. */
export async function serviceKey(root: string, name: string): Promise<KeyPair> {
  const directory = join(root, name);
  const file = join(directory, 'key');
  const kept = await readIfThere(file);
  if (kept !== null) return keyPairFromSecret(fromHex(kept.trim() as Hex), 'ed25519');
  const seed = new Uint8Array(randomBytes(SEED_BYTES));
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await replace(file, new TextEncoder().encode(`${toHex(seed)}\n`));
  return keyPairFromSecret(seed, 'ed25519');
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** In one step: nobody finds half a file. Two plugins may have the same code and start at once. */
async function replace(file: string, content: Uint8Array): Promise<void> {
  const fresh = `${file}.${randomUUID()}.new`;
  await writeFile(fresh, content, { mode: PRIVATE });
  await chmod(fresh, PRIVATE);
  await rename(fresh, file);
}
