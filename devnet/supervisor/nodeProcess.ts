import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NodeMessage, NodeOptions } from '../../node/options.ts';
import { CliError, EXIT } from '../errors.ts';
import { writeAtomic } from './runFile.ts';

/** What a node says when somebody else has its port or directory. */
const IN_USE = ['PORT_IN_USE', 'ADDRESS_IN_USE', 'DIRECTORY_IN_USE'];

export type ReadyMessage = Extract<NodeMessage, { kind: 'ready' }>;
type FatalMessage = Extract<NodeMessage, { kind: 'fatal' }>;

export interface NodeProcess {
  readonly index: number;
  readonly pid: number;
  readonly log: string;
  /** Resolves when the node said so; rejects with what it said before it left. */
  readonly ready: Promise<ReadyMessage>;
  /** Resolves when it has its peers and a final block; rejects as `ready` does. */
  readonly joined: Promise<void>;
  /** Resolves with a sentence when the process is gone. */
  readonly exited: Promise<string>;
  signal(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL after the deadline; a paused process goes on in order to end. */
  stop(deadlineMs: number): Promise<void>;
  kill(): Promise<void>;
}

/** The bundled entry point of a node, beside this bundle; the sources start it through the TypeScript loader. */
const ENTRY = import.meta.url.endsWith('.ts')
  ? fileURLToPath(new URL('../../node/main.ts', import.meta.url))
  : fileURLToPath(new URL('./node.cjs', import.meta.url));

/** Starts one node as a child process. Its stdout and stderr go to its log file; it ends when this process does. */
export function startNodeProcess(index: number, directory: string, options: NodeOptions): NodeProcess {
  mkdirSync(directory, { recursive: true });
  const optionsFile = join(directory, 'options.json');
  const log = join(directory, 'node.log');
  writeAtomic(optionsFile, JSON.stringify(options), 0o600);
  const output = openSync(log, 'a');
  const child = spawn(process.execPath, [...process.execArgv, ENTRY, optionsFile], {
    stdio: ['ignore', output, output, 'ipc'],
    // A terminal's Ctrl-C goes to the whole group: the supervisor alone decides the order of the end.
    detached: true,
  });
  closeSync(output);
  return track(index, log, child);
}

function track(index: number, log: string, child: ChildProcess): NodeProcess {
  let isGone = false;
  let fatal: FatalMessage | undefined;
  const exited = new Promise<string>(resolve => {
    const end = (how: string): void => {
      isGone = true;
      resolve(how);
    };
    child.once('error', error => end(`node ${index} could not be started: ${error.message}`));
    child.once('exit', (code, signal) =>
      end(
        signal === null
          ? `node ${index} left with exit code ${code}`
          : `node ${index} was ended by ${signal}`,
      ),
    );
  });
  const failed = exited.then((how): never => {
    throw startFailure(index, how, log, fatal);
  });
  const told = new EventEmitter<{ ready: [ReadyMessage]; joined: [] }>();
  child.on('message', (message: NodeMessage) => {
    if (message.kind === 'fatal') fatal = message;
    else if (message.kind === 'joined') told.emit('joined');
    else told.emit('ready', message);
  });
  const ready = Promise.race([once(told, 'ready').then(([message]) => message as ReadyMessage), failed]);
  const joined = Promise.race([once(told, 'joined').then(() => undefined), failed]);
  // Whoever awaits one of them sees the rejection; a node that dies later must not count as unhandled.
  for (const promise of [ready, joined]) promise.catch((error: unknown) => error);
  const end = async (...signals: readonly NodeJS.Signals[]): Promise<void> => {
    if (isGone) return;
    for (const signal of signals) child.kill(signal);
    await exited;
  };
  return {
    index,
    pid: child.pid ?? 0,
    log,
    ready,
    joined,
    exited,
    signal: signal => void child.kill(signal),
    kill: () => end('SIGKILL'),
    async stop(deadlineMs) {
      const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
      await end('SIGTERM', 'SIGCONT');
      clearTimeout(timer);
    },
  };
}

function startFailure(index: number, how: string, log: string, fatal: FatalMessage | undefined): CliError {
  if (fatal === undefined) return new CliError('NODE_DIED', how, `its log is ${log}`);
  const exit = IN_USE.includes(fatal.name) ? EXIT.inUse : EXIT.failed;
  return new CliError(fatal.name, `node ${index}: ${fatal.message}`, `${fatal.hint} (log: ${log})`, exit);
}
