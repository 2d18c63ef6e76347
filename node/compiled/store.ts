/**
 * Code as V8 has compiled it, kept in files. V8 itself checks of such a file little more than its own version and the
 * length of the source. So the name is a hash of the whole source and of all that V8 depends on, and the file begins with
 * the hash of the rest.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { makeDirectory, objection } from './directory.ts';

/** Raised when the files change; a part of their names. */
const FORMAT = 1;
const SUFFIX = '.code';
const HASH_BYTES = 32;
/** Several times what a node takes. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Files that stay: the programs of a few versions of devnet and of Node. */
const KEPT_FILES = 12;
/** Milliseconds after which whoever began a file has died over it. */
const WRITE_DEADLINE = 60_000;

export type Found =
  | { readonly kind: 'found'; readonly code: Buffer }
  | { readonly kind: 'absent' }
  /** There is something, and it is not to be used. */
  | { readonly kind: 'refused'; readonly reason: string };

/** The name of the file for this source, under this Node with these flags on this processor. */
export function fileOf(source: Uint8Array): string {
  const { version, arch } = process;
  const surroundings = `devnet-code ${FORMAT} ${version} ${arch} ${cachedDataVersionTag()} ${source.length}\n`;
  const hash = createHash('sha256').update(surroundings).update(source).digest('hex');
  return `${hash.slice(0, 40)}${SUFFIX}`;
}

/** Never throws: what cannot be read is no reason not to start. */
export function readCode(directory: string, file: string): Found {
  try {
    const complaint = objection(directory);
    if (complaint !== null) return { kind: 'refused', reason: complaint };
    const path = join(directory, file);
    const { size } = statSync(path);
    if (size <= HASH_BYTES || size > MAX_BYTES) return refused(`${path} has ${size} bytes`);
    const bytes = readFileSync(path);
    const code = bytes.subarray(HASH_BYTES);
    return hashOf(code).equals(bytes.subarray(0, HASH_BYTES))
      ? { kind: 'found', code }
      : refused(`${path} is damaged: its hash is another`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'absent' };
    return refused(error instanceof Error ? error.message : String(error));
  }
}

const refused = (reason: string): Found => ({ kind: 'refused', reason });

/**
 * Keeps what `compile` gives. Others may try the same at once: one of them does it, and the rest leave it to that one.
 * Answers why it cannot be kept, null if it is.
 */
export function writeCode(directory: string, file: string, compile: () => Buffer): string | null {
  try {
    makeDirectory(directory);
    const complaint = objection(directory);
    if (complaint !== null) return complaint;
    const unfinished = join(directory, `${file}.new`);
    const descriptor = openForOne(unfinished);
    if (descriptor === null) return null;
    try {
      const code = compile();
      writeAll(descriptor, hashOf(code));
      writeAll(descriptor, code);
      renameSync(unfinished, join(directory, file));
    } catch (error) {
      rmSync(unfinished, { force: true });
      throw error;
    } finally {
      closeSync(descriptor);
    }
    forgetOld(directory);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** null where another process has it open; one that died over it counts no longer. */
function openForOne(path: string): number | null {
  for (const attempt of [1, 2]) {
    try {
      return openSync(path, 'wx', 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (attempt === 1 && Date.now() - statSync(path).mtimeMs > WRITE_DEADLINE)
        rmSync(path, { force: true });
    }
  }
  return null;
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}

/** Every build and every Node has files of its own. */
function forgetOld(directory: string): void {
  const files = readdirSync(directory)
    .filter(name => name.endsWith(SUFFIX))
    .map(name => ({ name, time: statSync(join(directory, name)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const { name } of files.slice(KEPT_FILES)) rmSync(join(directory, name), { force: true });
}

const hashOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
