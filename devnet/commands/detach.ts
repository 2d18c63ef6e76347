/** `devnet up --detach`: the same command in the background, and its answer when it is ready. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { banner } from '../banner.ts';
import { makeDirectories } from '../directory.ts';
import { CliError, EXIT, type ExitCode } from '../errors.ts';
import { printAnswer } from '../output.ts';
import { refuseInUse } from '../supervisor/lock.ts';
import { type RunFile, readRunFile, runFilePath } from '../supervisor/runFile.ts';

/** What is shown of a log that says nothing else. */
const LAST_CHARACTERS = 1_000;

/** `argv`: the command line after `devnet`. Throws what the process in the background said before it ended. */
export async function detach(argv: readonly string[], json: boolean, directory: string): Promise<number> {
  makeDirectories(directory);
  // Before its log is begun anew.
  refuseInUse(directory);
  const log = join(directory, 'supervisor.log');
  const child = startAgain(argv, log);
  const ended = new AbortController();
  const exit = new Promise<number | null>(resolve => {
    child.once('exit', code => {
      resolve(code);
      ended.abort();
    });
    child.once('error', () => resolve(null));
  });
  const run = await Promise.race([exit, untilRunning(directory, child.pid ?? 0, ended.signal)]);
  if (run === null || typeof run === 'number') throw failureIn(readFileSync(log, 'utf8'), run, log);
  child.unref();
  printAnswer({ value: { ok: true, ...run }, text: banner(run, null) }, json);
  return EXIT.ok;
}

/** Its answers are JSON, so that a failure can be read from its log. */
function startAgain(argv: readonly string[], log: string): ChildProcess {
  const entry = process.argv[1];
  if (entry === undefined) throw new Error('cannot tell how this program was started');
  const output = openSync(log, 'w');
  const words = argv.filter(word => word !== '--detach' && word !== '--json');
  const child = spawn(process.execPath, [...process.execArgv, entry, '--json', ...words], {
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  return child;
}

/** What ended the process, as if it had not been in the background. */
export function failureIn(said: string, code: number | null, log: string): CliError {
  const exit = Object.values(EXIT).find(each => each === code && each !== EXIT.ok) ?? EXIT.failed;
  const last = said.trim().split('\n').map(parsed).findLast(isFailure);
  if (last !== undefined) return new CliError(last.name, last.message, last.hint, exit as ExitCode);
  const words = said.trim().slice(-LAST_CHARACTERS);
  return new CliError(
    'UP_FAILED',
    `the devnet did not start: ${words === '' ? `exit code ${code}` : words}`,
    `its log is ${log}`,
    exit,
  );
}

interface Failure {
  readonly name: string;
  readonly message: string;
  readonly hint: string;
}

const isFailure = (value: unknown): value is Failure =>
  typeof value === 'object' && value !== null && 'ok' in value && value.ok === false && 'hint' in value;

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** null when it is not awaited any more. */
async function untilRunning(directory: string, pid: number, ended: AbortSignal): Promise<RunFile | null> {
  while (!ended.aborted) {
    if (existsSync(runFilePath(directory))) {
      const run = readRunFile(directory);
      if (run.pid === pid) return run;
    }
    await pause(20);
  }
  return null;
}
