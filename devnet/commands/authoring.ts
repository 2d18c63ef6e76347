/** `devnet plugin new | test`: from nothing to a plugin whose tests pass. */
import { CliError } from '../errors.ts';
import type { Answer } from '../output.ts';
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
};

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
