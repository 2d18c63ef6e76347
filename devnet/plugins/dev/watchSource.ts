/** Tells when an author has saved something else: by the content of the files, since editors touch and rename at will. */
import { createHash } from 'node:crypto';
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { CliError } from '../../errors.ts';

export interface SourceWatcher {
  /** Counts the changes. */
  readonly version: number;
  /** Resolves when there has been a change after that version. Rejects with CliError WATCH_FAILED. */
  changedAfter(version: number): Promise<void>;
  /** Watches the folders of these files too, and those that came since. */
  follow(files: readonly string[]): Promise<void>;
  close(): void;
}

/** Milliseconds of rest after which a save is taken for whole. */
const SETTLING = 100;
const SOURCES = new Set(['.ts', '.mts', '.js', '.mjs', '.json', '.toml']);
/** Folders of a plugin that are watched with all that is in them. */
const WHOLE = ['src', 'test'] as const;

/** `folder` has the manifest. */
export async function watchSource(folder: string): Promise<SourceWatcher> {
  const watchers = new Map<string, FSWatcher>();
  const waiting = new Set<() => void>();
  let followed: readonly string[] = [];
  let seen: Contents = new Map();
  let version = 0;
  let failure: CliError | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let closed = false;

  const wake = (): void => {
    for (const each of waiting) each();
    waiting.clear();
  };
  const fail = (error: unknown): void => {
    const reason = error instanceof Error ? error.message : String(error);
    failure = new CliError(
      'WATCH_FAILED',
      `${folder} cannot be watched: ${reason}`,
      'devnet plugin dev --once does one round without watching',
    );
    wake();
  };

  async function look(): Promise<void> {
    const directories = await directoriesOf(folder, followed);
    watchAll(directories);
    const now = await contentsOf(directories);
    if (isSame(now, seen)) return;
    seen = now;
    version++;
    wake();
  }

  function watchAll(directories: readonly string[]): void {
    if (closed) return;
    for (const [directory, watcher] of watchers)
      if (!directories.includes(directory)) {
        watcher.close();
        watchers.delete(directory);
      }
    for (const directory of directories) {
      if (watchers.has(directory)) continue;
      const watcher = watch(directory, settle);
      watcher.on('error', fail);
      watchers.set(directory, watcher);
    }
  }

  function settle(): void {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => void look().catch(fail), SETTLING);
  }

  await look();
  return {
    get version() {
      return version;
    },
    async changedAfter(known) {
      while (version === known && failure === null && !closed)
        await new Promise<void>(resolve => waiting.add(resolve));
      if (failure !== null) throw failure;
    },
    async follow(files) {
      followed = files;
      const directories = await directoriesOf(folder, files);
      const added = directories.filter(directory => !watchers.has(directory));
      watchAll(directories);
      // What lies in a folder that was not looked at before is no change.
      const kept = [...seen].filter(([file]) => directories.includes(dirname(file)));
      seen = new Map([...(await contentsOf(added)), ...kept]);
    },
    close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
      wake();
    },
  };
}

async function directoriesOf(folder: string, files: readonly string[]): Promise<readonly string[]> {
  const whole = await Promise.all(WHOLE.map(name => within(join(folder, name))));
  const found = new Set([folder, ...whole.flat(), ...files.map(file => dirname(file))]);
  return [...found].filter(existsSync).sort();
}

async function within(directory: string): Promise<string[]> {
  const entries = (await unlessGone(readdir(directory, { recursive: true, withFileTypes: true }))) ?? [];
  const folders = entries.filter(entry => entry.isDirectory());
  return [directory, ...folders.map(entry => join(entry.parentPath, entry.name))];
}

/** Hash by file. */
type Contents = ReadonlyMap<string, string>;

async function contentsOf(directories: readonly string[]): Promise<Contents> {
  const files = (await Promise.all(directories.map(sourcesIn))).flat().sort();
  const hashes = files.map(async file => {
    const content = await unlessGone(readFile(file));
    // One that is being replaced is missing until it is back: that is another event.
    return content === null ? [] : [[file, createHash('sha256').update(content).digest('hex')] as const];
  });
  return new Map((await Promise.all(hashes)).flat());
}

const isSame = (a: Contents, b: Contents): boolean =>
  a.size === b.size && [...a].every(([file, hash]) => b.get(file) === hash);

async function sourcesIn(directory: string): Promise<readonly string[]> {
  const entries = (await unlessGone(readdir(directory, { withFileTypes: true }))) ?? [];
  return entries
    .filter(entry => entry.isFile() && SOURCES.has(extname(entry.name)))
    .map(({ name }) => join(directory, name));
}

async function unlessGone<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
