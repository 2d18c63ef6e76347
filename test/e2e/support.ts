/** Real processes: the bundled CLI, as a user runs it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isAlive } from '../../devnet/supervisor/lock.ts';
import { type Client, createClient } from '../../node/client/index.ts';
import { ROOT, sources } from '../tidy/sources.ts';

/** A command that takes longer hangs. */
const COMMAND_MS = 60_000;
const BIN = join(ROOT, 'devnet/bin.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningNode {
  readonly index: number;
  readonly pid: number;
  readonly rpc: string;
  readonly peerId: string;
  readonly log: string;
}

export interface Running {
  readonly directory: string;
  readonly process: ChildProcess;
  readonly chainId: string;
  readonly rpc: string;
  readonly ws: string;
  readonly nodes: readonly RunningNode[];
  readonly accounts: readonly { readonly name: string; readonly address: string; readonly uri: string }[];
  readonly client: Client;
  /** One CLI command against this devnet. */
  cli(...args: string[]): Promise<Finished>;
  /** The same with --json, parsed; throws if it failed. */
  json<T>(...args: string[]): Promise<T>;
  /** A command that goes on until it is ended. */
  start(...args: string[]): Session;
  /** Everything that the supervisor has written to stderr. */
  notes(): string;
  /** Resolves when stderr has matched. */
  noted(pattern: RegExp): Promise<void>;
  /** Sends a signal and resolves with the exit code when it has ended. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export interface Session {
  /** The next line of stdout. Rejects when it has ended without one. */
  line(): Promise<string>;
  /** The next one that contains this. */
  lineWith(part: string): Promise<string>;
  /** Sends a signal and resolves with the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

function session(directory: string, args: readonly string[]): Session {
  const child = spawn(process.execPath, [BIN, '--dir', directory, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: cleanEnvironment(),
  });
  const ended = new Promise<number | null>(resolve => child.once('close', code => resolve(code)));
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  async function line(): Promise<string> {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`devnet ${args.join(' ')} left with ${await ended}: ${errors}`);
    return value;
  }
  return {
    line,
    async lineWith(part) {
      for (;;) {
        const next = await line();
        if (next.includes(part)) return next;
      }
    },
    async end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** Builds `dist/` if any source is newer. Once per test run. */
export const built: () => Promise<void> = once(async () => {
  const output = join(ROOT, 'dist/cli.cjs');
  const newest = Math.max(
    ...sources(['chain', 'consensus', 'p2p', 'node', 'module', 'devnet']).map(
      ({ path }) => statSync(join(ROOT, path)).mtimeMs,
    ),
  );
  if (existsSync(output) && statSync(output).mtimeMs > newest) return;
  const { code, stderr } = await run(process.execPath, [join(ROOT, 'build.js')]);
  if (code !== 0) throw new Error(`the build failed:\n${stderr}`);
});

export const freshDirectory = (): string => mkdtempSync(join(tmpdir(), 'devnet-e2e-'));

/** One CLI command that ends by itself. */
export const cli = (directory: string, ...args: string[]): Promise<Finished> =>
  run(process.execPath, [BIN, '--dir', directory, ...args]);

/** `devnet up`, ended as soon as it has made its chain: before it can be ready. Resolves with the exit code. */
export async function upAndEnd(directory: string, signal: NodeJS.Signals): Promise<number | null> {
  await built();
  const child = spawn(process.execPath, [BIN, '--dir', directory, 'up', '--port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: cleanEnvironment(),
  });
  child.stderr.setEncoding('utf8').once('data', () => child.kill(signal));
  return new Promise(resolve => child.once('exit', code => resolve(code)));
}

/** `devnet up` on free ports; resolves when it is ready. */
export async function up(directory: string, ...args: string[]): Promise<Running> {
  await built();
  const child = spawn(process.execPath, [BIN, '--dir', directory, '--json', 'up', '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: cleanEnvironment(),
  });
  const ended = new Promise<number | null>(resolve => child.once('exit', code => resolve(code)));
  let notes = '';
  const waiting = new Set<{ pattern: RegExp; resolve: () => void }>();
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    notes += text;
    for (const waiter of waiting) if (waiter.pattern.test(notes)) waiter.resolve();
  });
  const line = await Promise.race([
    new Promise<string>(resolve => createInterface(child.stdout).once('line', resolve)),
    ended.then(code => {
      throw new Error(`devnet up left with ${code}: ${notes}`);
    }),
  ]);
  const ready = JSON.parse(line) as Omit<Running, 'client'> & { readonly ok: boolean };
  if (!ready.ok) throw new Error(`devnet up: ${line}`);
  const client = createClient(ready.rpc);
  const one = (...words: string[]) => cli(directory, ...words);
  return {
    directory,
    process: child,
    chainId: ready.chainId,
    rpc: ready.rpc,
    ws: ready.ws,
    nodes: ready.nodes,
    accounts: ready.accounts,
    client,
    cli: one,
    async json<T>(...words: string[]) {
      const { code, stdout, stderr } = await one('--json', ...words);
      if (code !== 0) throw new Error(`devnet ${words.join(' ')} left with ${code}: ${stdout}${stderr}`);
      return JSON.parse(stdout) as T;
    },
    start: (...words) => session(directory, words),
    notes: () => notes,
    noted: pattern =>
      new Promise(resolve => {
        if (pattern.test(notes)) resolve();
        else waiting.add({ pattern, resolve });
      }),
    async end(signal) {
      client.close();
      child.kill(signal);
      return ended;
    },
  };
}

export const removeDirectory = (directory: string): void =>
  rmSync(directory, { recursive: true, force: true });

export { isAlive as isRunning };

/** Resolves when a process is gone; rejects after the deadline. */
export async function gone(pid: number, deadlineMs: number): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (isAlive(pid)) {
    if (Date.now() > deadline) throw new Error(`process ${pid} still runs after ${deadlineMs} ms`);
    await new Promise(done => setTimeout(done, 10));
  }
}

/** Asks until the answer is there; rejects after the deadline with what was seen last. */
export async function eventually<T>(ask: () => Promise<T | undefined>, deadlineMs = 15_000): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await new Promise(done => setTimeout(done, 20));
  }
  throw new Error(`not within ${deadlineMs} ms`, { cause: last });
}

function run(command: string, args: readonly string[]): Promise<Finished> {
  return new Promise(resolve => {
    execFile(
      command,
      args,
      { env: cleanEnvironment(), maxBuffer: 64 * 1024 * 1024, timeout: COMMAND_MS, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        resolve({ code, stdout, stderr });
      },
    );
  });
}

/** Without what a developer may have set for own devnets. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('DEVNET_') && name !== 'NODE_OPTIONS',
  );
  return { ...Object.fromEntries(kept), NO_COLOR: '1' };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= work();
    return running;
  };
}
