/** Runs the tests of a plugin's folder with Node's own runner: nothing but devnet has to be installed. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { CliError } from '../errors.ts';
import { checkSyntax } from './build.ts';
import { typeScriptFlags } from './root.ts';

export interface TestRun {
  readonly files: readonly string[];
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const TEST_FILE = /\.test\.(ts|mts|js|mjs)$/;
const SOURCE_FILE = /\.(ts|mts|js|mjs)$/;
/** Where tests lie, beside the source or in a folder of their own. */
const FOLDERS = ['test', 'src'] as const;

/** `report` gets what people read while it runs. Throws {@link CliError} NO_TESTS, and TESTS_CRASHED without a result. */
export async function runTests(
  directory: string,
  report: NodeJS.WritableStream,
  signal?: AbortSignal,
): Promise<TestRun> {
  const folder = resolve(directory);
  if (!existsSync(folder))
    throw new CliError('NO_PLUGIN', `${folder} does not exist`, 'devnet plugin new begins a plugin');
  const files = (await Promise.all(FOLDERS.map(name => testsIn(join(folder, name))))).flat().sort();
  if (files.length === 0)
    throw new CliError(
      'NO_TESTS',
      `${folder} has no test/*.test.ts`,
      'devnet plugin new makes a plugin with a test',
    );
  // The runner would show its own insides instead of the line.
  await checkSyntax(folder, await sourcesIn(folder));
  const { status, said } = await run(folder, files, report, signal);
  const count = (what: string): number =>
    Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(said)?.[1] ?? Number.NaN);
  const [passed, failed, skipped] = [count('pass'), count('fail'), count('skipped')];
  if (
    passed === undefined ||
    failed === undefined ||
    skipped === undefined ||
    Number.isNaN(passed + failed + skipped)
  )
    throw new CliError(
      'TESTS_CRASHED',
      `the test runner ended with ${status} and no result`,
      said.slice(-500),
    );
  return { files: files.map(file => relative(folder, file)), passed, failed, skipped };
}

const testsIn = (folder: string): Promise<string[]> => filesIn(folder, TEST_FILE);

const sourcesIn = async (folder: string): Promise<readonly string[]> =>
  (await Promise.all(FOLDERS.map(name => filesIn(join(folder, name), SOURCE_FILE)))).flat();

async function filesIn(folder: string, wanted: RegExp): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile() && wanted.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name));
}

/** One report for people and one to count. */
const REPORTERS = [
  '--test-reporter=spec',
  '--test-reporter-destination=stderr',
  '--test-reporter=tap',
  '--test-reporter-destination=stdout',
] as const;

function run(
  cwd: string,
  files: readonly string[],
  report: NodeJS.WritableStream,
  signal: AbortSignal | undefined,
): Promise<{ readonly status: string; readonly said: string }> {
  const args = [...typeScriptFlags(), '--test', ...REPORTERS, ...files];
  // A test of tests would otherwise report to the outer runner.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], signal });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.stderr.pipe(report, { end: false });
    child.on('error', failed);
    child.on('close', (code, signal) => done({ status: signal ?? `exit code ${code}`, said }));
  });
}
