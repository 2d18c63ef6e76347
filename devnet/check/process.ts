import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Settings } from '../../consensus/compliance/index.ts';
import { typeScriptFlags } from '../plugins/root.ts';
import type { Job, Line } from './protocol.ts';

const source = import.meta.url.endsWith('.ts');
const CHILD = fileURLToPath(new URL(source ? './child.ts' : './check.js', import.meta.url));
/** Characters of the last words of a process that are kept. */
const MAX_WORDS = 2_000;

/** How a process ended, and its last words. */
export interface Ended {
  readonly how: 'done' | 'hang' | 'crash';
  readonly words: string;
}

const PLAIN: Settings = { env: { TZ: 'UTC' }, flags: [] };

/** Runs one job; kills the process when it says nothing for as long as the job's deadline. */
export function runJob(job: Job, take: (line: Line) => void, settings: Settings = PLAIN): Promise<Ended> {
  const child = spawn(
    process.execPath,
    [...typeScriptFlags(), ...settings.flags, CHILD, JSON.stringify(job)],
    {
      env: { PATH: process.env.PATH ?? '', ...settings.env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    },
  );
  let words = '';
  let late = false;
  let done = false;
  const kill = (): void => {
    late = true;
    child.kill('SIGKILL');
  };
  // Starting takes time that is not the plugin's.
  let timer = setTimeout(kill, job.deadline + START);
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(kill, job.deadline);
  };
  const lines = createInterface({ input: child.stdio[LINES] as Readable });
  lines.on('line', text => {
    alive();
    const line = JSON.parse(text) as Line;
    if (line.kind === 'done') done = true;
    else take(line);
  });
  const listen = (text: string): void => {
    words = (words + text).slice(-MAX_WORDS);
  };
  for (const stream of [child.stdout, child.stderr])
    (stream as Readable).setEncoding('utf8').on('data', listen);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const ended = signal ?? `exit code ${code}`;
      if (done) resolve({ how: 'done', words: words.trim() });
      else
        resolve({
          how: late ? 'hang' : 'crash',
          words: `${ended}${words.trim() === '' ? '' : `: ${words.trim()}`}`,
        });
    });
  });
}

const LINES = 3;
const START = 20_000;
