/** The operating system's side of a plugin's process: how it is started, what it prints, and how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Log } from '../ordering/types.ts';

/** What to start, with everything around it: the host adds its sandbox here. */
export interface PluginCommand {
  readonly file: string;
  /** What the plugin's process is told comes after these. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The node's own without it. */
  readonly cwd?: string;
  /** Goes between `args` and what the process is told: what must know that, the first of which is the socket. */
  readonly compose?: (told: readonly string[], env: Readonly<Record<string, string>>) => readonly string[];
  /** It finds them open as descriptors 3, 4 and so on. */
  readonly files?: readonly string[];
  /** Watches over the process, and may end it with a reason; what it returns is called after the end. */
  readonly attend?: (pid: number, end: (reason: string) => void) => () => Promise<void>;
}

export interface LaunchOptions {
  readonly command: PluginCommand;
  /** After those of the command. */
  readonly args: readonly string[];
  readonly token: string;
  /** How messages name it. */
  readonly label: string;
  readonly log: Log;
}

export interface Launched {
  /** 0 where it could not be started. */
  readonly pid: number;
  /** Resolves with how it ended, and its last words. */
  readonly gone: Promise<string>;
  /** Ends it and waits for its end. */
  kill(): Promise<void>;
}

export function launch({ command, args, token, label, log }: LaunchOptions): Launched {
  const env = { ...command.env, DEVNET_PLUGIN_TOKEN: token };
  const between = command.compose?.(args, env) ?? [];
  const files = (command.files ?? []).map(file => openSync(file, 'r'));
  const child = spawn(command.file, [...command.args, ...between, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', ...files],
    cwd: command.cwd,
    // A group of its own, which ends as a whole: see killGroup.
    detached: true,
  });
  for (const file of files) closeSync(file);
  const words = listen(child, label, log);
  let reason: string | null = null;
  const end = (why: string): void => {
    reason ??= why;
    log.error({ plugin: label, why }, 'the process of a plugin is ended');
    killGroup(child);
  };
  const { pid = 0 } = child;
  const leave = pid === 0 ? undefined : command.attend?.(pid, end);
  const gone = ended(child, words, () => reason).then(async how => {
    await leave?.().catch((error: unknown) =>
      log.error({ plugin: label, err: error }, 'what stood around a plugin could not be taken down'),
    );
    return how;
  });
  return { pid, gone, kill: () => kill(child) };
}

function ended(child: ChildProcess, words: () => string, why: () => string | null): Promise<string> {
  return new Promise(resolve => {
    child.once('error', error => resolve(`it could not be started: ${error.message}`));
    const deaf = (): void => {
      for (const stream of [child.stdout, child.stderr]) stream?.destroy();
    };
    let timer: NodeJS.Timeout | undefined;
    child.once('exit', () => {
      timer = setTimeout(deaf, LAST_WORDS_MS);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const reason = why();
      const said = words();
      const how =
        reason === null ? `it ended with ${signal ?? `code ${code}`}` : `the node ended it: ${reason}`;
      resolve(`${how}${said === '' ? '' : `: ${said}`}`);
    });
  });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  killGroup(child);
  await exit;
}

/**
 * With the programs that stand around it. bubblewrap forks, and its other half waits to be told to go on before it is
 * bound to the life of the first: killed in that moment, the first one would leave it waiting for ever.
 */
function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It has ended, and nobody has told us yet.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Milliseconds in which what it printed arrives after its end; then whoever else holds its output is not waited for. */
const LAST_WORDS_MS = 1_000;
const LAST_WORDS = 1_000;
/** Characters of a line; what is longer is cut. */
const MAX_LINE = 4_096;
/** Lines that the log takes in such a time, in milliseconds; the rest is counted. */
const MAX_LINES = 200;
const WINDOW = 1_000;

/** Output that is no result goes to the log with the name of the plugin. Answers with the last of it. */
function listen(child: ChildProcess, label: string, log: Log): () => string {
  let last = '';
  let dropped = 0;
  let window = { start: 0, lines: 0 };
  const print = (line: string): void => {
    last = `${last}${line}\n`.slice(-LAST_WORDS);
    const now = Date.now();
    if (now - window.start >= WINDOW) window = { start: now, lines: 0 };
    if (++window.lines > MAX_LINES) {
      dropped++;
      return;
    }
    if (dropped > 0) log.warn({ plugin: label, dropped }, 'a plugin printed more lines than the log takes');
    dropped = 0;
    log.info({ plugin: label, line }, 'a plugin printed');
  };
  for (const stream of [child.stdout, child.stderr]) if (stream !== null) eachLine(stream, print);
  return () => last.trim();
}

/** Holds no more of a line than is printed of it, however long it is. */
function eachLine(stream: Readable, print: (line: string) => void): void {
  let line = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const [first = '', ...rest] = text.split('\n');
    line = `${line}${first}`.slice(0, MAX_LINE);
    for (const next of rest) {
      print(line.replace(/\r$/, ''));
      line = next.slice(0, MAX_LINE);
    }
  });
  stream.on('end', () => {
    if (line !== '') print(line);
  });
}
