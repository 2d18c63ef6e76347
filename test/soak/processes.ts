/** Child processes that say when they are ready, and that are killed without a warning. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';

/** What a child says first: nodes and module servers alike. */
export interface Ready {
  readonly kind: string;
  readonly [field: string]: unknown;
}

export interface Child {
  readonly pid: number;
  /** Rejects with what the process said before it left, or how it left. */
  readonly ready: Promise<Ready>;
  readonly exited: Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Starts `node <args>`; its output goes to the end of a log file, and it ends when this process does. */
export function startChild(args: readonly string[], log: string): Child {
  const output = openSync(log, 'a');
  const child = spawn(process.execPath, args, { stdio: ['ignore', output, output, 'ipc'] });
  closeSync(output);
  const exited = once(child, 'exit').then(() => undefined);
  const ready = readyOf(child, exited, log);
  return {
    pid: child.pid ?? 0,
    ready,
    exited,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function readyOf(child: ChildProcess, exited: Promise<void>, log: string): Promise<Ready> {
  const ready = new Promise<Ready>((resolve, reject) => {
    child.on('message', (message: Ready) => {
      if (message.kind === 'ready') resolve(message);
      else reject(new Error(`${String(message.name)}: ${String(message.message)} (log: ${log})`));
    });
    exited.then(
      () =>
        reject(
          new Error(`ended with ${child.exitCode ?? child.signalCode} before it was ready (log: ${log})`),
        ),
      reject,
    );
  });
  // Whoever waits for it sees the rejection; one that is killed while it starts is nobody's failure.
  ready.catch((error: unknown) => error);
  return ready;
}
