/** The checks that need fresh processes: same bytes whatever the machine is set to, and no hang. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ComplianceError } from './error.ts';
import type { ComplianceCheck } from './suite.ts';

export interface SubjectFile {
  /** URL of a file that exports a {@link Subject}. */
  readonly url: string;
  readonly exportName: string;
  /** Milliseconds for one process to run all samples; 30,000 without it. */
  readonly deadline?: number;
}

export interface Settings {
  readonly env: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
}

/** Beside this file in source form, beside the bundle in the built one. */
const RUNNER = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './runner.ts' : './compliance-runner.js', import.meta.url),
);
const DEFAULT_DEADLINE = 30_000;

/** As far apart as one machine's settings can be. */
export const MACHINES: readonly [Settings, Settings] = [
  { env: { TZ: 'UTC', LC_ALL: 'C' }, flags: ['--max-old-space-size=128'] },
  {
    env: { TZ: 'Pacific/Apia', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' },
    flags: ['--max-old-space-size=512', '--no-opt'],
  },
];

export const processChecks = (file: SubjectFile): readonly ComplianceCheck[] => [
  {
    name: 'gives the same bytes in two fresh processes (time zone, locale, heap)',
    async run() {
      const [first, second] = await Promise.all(MACHINES.map(settings => digestOf(file, settings)));
      if (first !== second) throw new ComplianceError('NOT_DETERMINISTIC', `${first} and ${second}`);
    },
  },
];

/** The digest of all outcomes in a new process. Throws HANG after the deadline, CRASH if the process fails. */
function digestOf(
  { url, exportName, deadline = DEFAULT_DEADLINE }: SubjectFile,
  settings: Settings,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...loaders(), ...settings.flags, RUNNER, url, exportName], {
      env: { PATH: process.env.PATH ?? '', ...settings.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let errors = '';
    let late = false;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4000);
    });
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, deadline);
    child.on('error', reject);
    child.on('close', code => {
      clearTimeout(timer);
      if (late) reject(new ComplianceError('HANG', `no end after ${deadline} ms`));
      else if (code !== 0) reject(new ComplianceError('CRASH', `exit ${code}: ${errors.trim()}`));
      else resolve(out.trim());
    });
  });
}

/** The flags by which this process reads TypeScript, if it does. */
function loaders(): readonly string[] {
  const takesValue = new Set(['--import', '--require', '--loader', '--conditions']);
  return process.execArgv.filter((flag, index, all) => {
    const name = flag.split('=', 1)[0] ?? flag;
    return takesValue.has(name) || takesValue.has(all[index - 1] ?? '');
  });
}
