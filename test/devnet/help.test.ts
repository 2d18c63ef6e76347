/** Every command, as somebody meets it who knows none: what it does, an example that works, and `--json`. */
import assert from 'node:assert/strict';
import type { Command, Option } from 'commander';
import { allCommands, commandIn, pathOf, whereHelpIs } from '../../devnet/help/describe.ts';
import { EXAMPLES } from '../../devnet/help/examples.ts';
import { createProgram } from '../../devnet/program.ts';

const { program } = await createProgram();
const commands = allCommands(program).filter(command => command.name() !== 'help' && command !== program);

/** What `--help` prints, with what stands behind it. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: part => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

/** Lines of the help that show how a command is used, without what is said about them. */
function examplesIn(help: string): string[] {
  const [, shown = ''] = help.split(/^Examples?:$/m);
  return shown
    .split('\n')
    .map(line => line.trim())
    .filter(line => line.startsWith('devnet '))
    .flatMap(line => (line.split(/ {2,}/)[0] ?? '').split(' && '));
}

/** Words of a line as a shell would read it, up to a redirection. */
const wordsOf = (line: string): string[] =>
  [...(line.split(/ [<>|] /)[0] ?? '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain ?? '',
  );

/** Holds a line against the commands and options that there are. */
function assertUsable(line: string): void {
  const [name, ...words] = wordsOf(line);
  assert.equal(name, 'devnet', line);
  let command: Command = program;
  const given: string[] = [];
  const used = new Set<Option>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (/^--?[a-z]/i.test(word)) {
      const option = optionOf(command, word.split('=', 1)[0] ?? '');
      assert.ok(option !== undefined, `${line}: there is no ${word}`);
      used.add(option);
      if (!option.required && !option.optional) continue;
      do at += 1;
      while (option.variadic && words[at + 1]?.startsWith('-') === false);
      assert.ok(at < words.length, `${line}: ${word} lacks its value`);
      if (option.argChoices !== undefined) assert.ok(option.argChoices.includes(words[at] ?? ''), line);
    } else {
      const next: Command | undefined = command.commands.find(each => each.name() === word);
      if (next === undefined) given.push(word);
      else command = next;
    }
  }
  const { registeredArguments: known } = command;
  const fewest = known.filter(({ required }) => required).length;
  assert.ok(given.length >= fewest, `${line}: ${fewest} arguments are needed`);
  if (command.commands.length === 0 && known.at(-1)?.variadic !== true)
    assert.ok(given.length <= known.length, `${line}: more than ${known.length} arguments`);
  for (const option of command.options)
    if (option.mandatory) assert.ok(used.has(option), `${line}: ${option.flags} is needed`);
}

const optionOf = (command: Command, flag: string): Option | undefined =>
  command.options.find(({ short, long }) => flag === short || flag === long) ??
  (command.parent === null ? undefined : optionOf(command.parent, flag));

describe('help', () => {
  it('walks all commands', () => {
    assert.ok(commands.length > 80);
    const paths = commands.map(pathOf);
    assert.equal(new Set(paths).size, paths.length);
  });

  for (const command of commands)
    it(`devnet ${pathOf(command)}`, () => {
      assert.ok(command.description().length > 10, 'says what it does');
      for (const { flags, description } of command.options)
        assert.ok(description, `${flags} says what it is`);
      const help = helpOf(command);
      assert.match(help, /^ +--json +answer with one JSON value$/m);
      const examples = examplesIn(help);
      assert.ok(
        examples.some(line => line.startsWith(`devnet ${pathOf(command)}`)),
        'shows how it is used',
      );
      for (const line of examples) assertUsable(line);
    });

  it('is pointed to where the mistake was made', () => {
    for (const [line, hint] of [
      ['danse', 'devnet --help lists the commands'],
      ['--json plugin instal x', 'devnet plugin --help lists the commands'],
      ['transfer alice --json', 'devnet transfer --help shows how it is used'],
      ['gov propose set', 'devnet gov propose set --help shows how it is used'],
    ] as const)
      assert.equal(whereHelpIs(commandIn(program, line.split(' '))), hint);
  });

  it('has no examples of commands that are gone', () => {
    const paths = new Set(commands.map(pathOf));
    for (const path of Object.keys(EXAMPLES)) assert.ok(paths.has(path), path);
  });

  it('would notice examples that do not work', () => {
    for (const line of [
      'devnet module register',
      'devnet mine --blocks 3',
      'devnet down now please',
      'devnet module register greeter --from',
      'devnet completion tcsh-no --dir',
    ])
      assert.throws(() => assertUsable(line), line);
  });
});
