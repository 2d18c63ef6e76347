/** `devnet plugin new | test | check`: from nothing to a plugin that keeps the rules. */

import type { Row } from '../check/protocol.ts';
import { colors } from '../colors.ts';
import { CliError, EXIT, usageError } from '../errors.ts';
import { type Answer, note } from '../output.ts';
import type { Register } from './types.ts';

export const registerAuthoring: Register = (plugin, run) => {
  plugin
    .command('new')
    .description('begin a consensus module: a few files that work, with a test')
    .argument('<name>', 'lower-case words joined by dashes')
    .argument('[folder]', 'where to; a folder of its name without it')
    .action((name: string, folder?: string) => run.alone(() => create(name, folder ?? name)));
  plugin
    .command('test')
    .description('run the tests of a plugin (test/*.test.ts, node:test)')
    .argument('[folder]', 'of the plugin', '.')
    .action((folder: string) => run.alone(() => test(folder)));
  plugin
    .command('check')
    .description('what breaks on other machines, under garbage, or in a process of its own')
    .argument('[plugin]', 'a folder or a .plugin file', '.')
    .option('--samples <file>', 'histories of its author; test/samples.ts of a folder without it')
    .option('--previous <plugin>', 'the version before: whether this one can take over its storage')
    .option('--deadline <ms>', 'longest time for one call', '10000')
    .action((target: string, flags: CheckFlags) => run.alone(() => check(target, flags)));
};

interface CheckFlags {
  readonly samples?: string;
  readonly previous?: string;
  readonly deadline: string;
}

async function create(name: string, folder: string): Promise<Answer> {
  const { createPlugin } = await import('../plugins/create.ts');
  const files = await createPlugin(name, folder);
  const steps = [`cd ${folder}`, 'devnet plugin test', 'devnet plugin check', 'devnet plugin pack'];
  return {
    value: { name, folder, files },
    text: `${folder}: ${files.length} files\n\n${steps.map(step => `  ${step}`).join('\n')}`,
  };
}

async function test(folder: string): Promise<Answer> {
  const { runTests } = await import('../plugins/runTests.ts');
  const result = await runTests(folder, process.stderr);
  const { passed, failed, skipped } = result;
  const text = `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
  if (failed > 0) throw new CliError('TESTS_FAILED', text, 'what failed stands above');
  return { value: result, text };
}

async function check(target: string, { deadline, ...files }: CheckFlags): Promise<Answer> {
  const { checkPlugin } = await import('../check/run.ts');
  const milliseconds = Number(deadline);
  if (!Number.isSafeInteger(milliseconds) || milliseconds < 1)
    throw usageError(`${deadline} is no number of milliseconds`);
  const told = new Set<string>();
  const result = await checkPlugin(target, {
    ...files,
    deadline: milliseconds,
    report: row => note(rowText(row, told)),
  });
  const { name, version, ok, checks } = result;
  if (!ok) process.exitCode = EXIT.failed;
  const count = (status: Row['status']): number => checks.filter(row => row.status === status).length;
  const skipped = count('skipped');
  const text = `${name} ${version}: ${count('passed')} passed, ${count('failed')} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
  return { value: result, text };
}

const MARKS = { passed: colors.green('✔'), failed: colors.red('✖'), skipped: colors.dim('-') } as const;

/** One broken rule can fail many checks: what was told once is not told again. */
function rowText({ name, status, code, reason, at, input }: Row, told: Set<string>): string {
  const head = `${MARKS[status]} ${name}`;
  if (status === 'passed') return head;
  if (status === 'skipped') return colors.dim(`${head}: ${reason}`);
  const calls = [code, ...input].join('\n');
  if (input.length > 0 && told.has(calls)) return `${head}\n    ${code}: by the calls above`;
  told.add(calls);
  const place = at === null ? [] : [`at ${at}`];
  return [head, ...[`${code}: ${reason}`, ...place, ...input].map(line => `    ${line}`)].join('\n');
}
