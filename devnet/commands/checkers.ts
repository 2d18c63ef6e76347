/** `devnet checker`: rules of cells, from the first line to what a transaction was refused for. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { LuaLimits } from '../../consensus/lua/index.ts';
import { colors } from '../colors.ts';
import { EXIT } from '../errors.ts';
import { type Answer, note } from '../output.ts';
import type { Register } from './types.ts';
import { whole } from './words.ts';

interface TestFlags {
  readonly fuel?: string;
}

export const registerCheckers: Register = (program, run) => {
  const checker = program.command('checker').description('checkers: the rules of cell modules, in Lua');
  checker
    .command('new')
    .description('begin a checker: its code, and groups that it allows and refuses')
    .argument('<name>', 'lower-case words joined by dashes')
    .argument('[folder]', 'where to; a folder of its name without it')
    .action((name: string, folder?: string) => run.alone(() => create(name, folder ?? name)));
  checker
    .command('test')
    .description('run a checker on groups in JSON; exit code 1 if one ends otherwise than expected')
    .argument('<file>', 'a Lua file')
    .argument('[groups]', 'a JSON file; groups.json beside the Lua file without it')
    .option('--fuel <units>', 'most that one check may take (default: the most of a transaction)')
    .action((file: string, groups: string | undefined, flags: TestFlags) =>
      run.alone(() => test(file, groups ?? join(dirname(file), 'groups.json'), flags)),
    );
  registerOnChain(checker, run);
};

const onChain = () => import('./checkersOnChain.ts');

const registerOnChain: Register = (checker, run) => {
  checker
    .command('deploy')
    .description('register a cell module with this checker, or give one that is there another')
    .argument('<file>', 'a Lua file')
    .requiredOption('--from <who>', 'who pays, and owns the module')
    .option('--module <id>', 'the module that gets it; a new one without this')
    .action((file: string, flags: { from: string; module?: string }) =>
      run.withContext(async context => (await onChain()).deploy(context, file, flags)),
    );
  checker
    .command('token')
    .description('emit a token of a cell module, by which its owner takes part in a group of it')
    .argument('<module>', 'id')
    .argument('[payload]', 'text, or hex with 0x', '')
    .requiredOption('--from <who>', 'who pays, and owns the module')
    .option('--to <who>', 'who can use it (default: anybody)')
    .action((module: string, payload: string, flags: { from: string; to?: string }) =>
      run.withContext(async context => (await onChain()).emitToken(context, module, payload, flags)),
    );
  checker
    .command('send')
    .description('send groups of a JSON file to the chain; what they lack in capacity is paid for')
    .argument('<file>', 'a JSON file: { "groups": [{ "module": 128, "operations": [...] }] }')
    .requiredOption('--from <who>', 'who pays, and unlocks')
    .option(
      '--sign <who>',
      'who unlocks besides; may be repeated',
      (value: string, before: readonly string[]) => [...before, value],
      [],
    )
    .option('--anyway', 'also if a checker will refuse it: it stands in a block, and costs its fee')
    .action((file: string, flags: { from: string; sign: readonly string[]; anyway?: boolean }) =>
      run.withContext(async context => (await onChain()).send(context, file, flags)),
    );
  checker
    .command('trace')
    .description('what checkers said to a transaction of the chain: run again with the same input')
    .argument('<transaction>', 'hash')
    .action((hash: string) => run.withContext(async context => (await onChain()).trace(context, hash)));
};

async function create(name: string, folder: string): Promise<Answer> {
  const { createChecker } = await import('../checkers/create.ts');
  const files = await createChecker(name, folder);
  const steps = [
    `cd ${folder}`,
    'devnet checker test checker.lua',
    'devnet checker deploy checker.lua --from alice',
  ];
  return {
    value: { name, folder, files },
    text: `${folder}: ${files.length} files\n\n${steps.map(step => `  ${step}`).join('\n')}`,
  };
}

async function test(file: string, groupFile: string, flags: TestFlags): Promise<Answer> {
  const [cells, { createLua }, { parseGroups }, { testGroups }, shown] = await Promise.all([
    import('../../consensus/cells/index.ts'),
    import('../../consensus/lua/index.ts'),
    import('../checkers/groups.ts'),
    import('../checkers/test.ts'),
    import('../checkers/shown.ts'),
  ]);
  const [code, groups] = await Promise.all([readFile(file), readFile(groupFile, 'utf8')]);
  const fuel = flags.fuel === undefined ? cells.MAX_FUEL : whole(flags.fuel);
  const limits: LuaLimits = { fuel, memory: cells.CHECK_MEMORY };
  const source = { name: basename(file), code };
  const tested = testGroups(createLua(), code, parseGroups(groups, groupFile), limits);
  for (const { name, outcome, refusal, difference } of tested) {
    const { verdictWords, errorLines, refusalLines, printLines } = shown;
    const mark = difference === null ? colors.green('✔') : colors.red('✖');
    const more = [
      ...(difference === null ? [] : [colors.red(difference)]),
      ...errorLines(outcome, source),
      ...refusalLines(refusal, source),
      ...printLines(outcome),
    ];
    note([`${mark} ${name}: ${verdictWords(outcome)}`, ...more.map(line => `    ${line}`)].join('\n'));
  }
  const failed = tested.filter(({ difference }) => difference !== null).length;
  if (failed > 0) process.exitCode = EXIT.failed;
  const most = Math.max(...tested.map(({ outcome }) => outcome.fuel));
  return {
    value: {
      file,
      limits,
      passed: tested.length - failed,
      failed,
      groups: tested.map(({ outcome, ...group }) => ({ ...group, outcome: shown.outcomeJson(outcome) })),
    },
    text: `${tested.length - failed} as expected, ${failed} otherwise; at most ${shown.grouped(most)} fuel`,
  };
}
