import type { Command } from 'commander';
import { EXAMPLES } from './examples.ts';

/** The words after `devnet`. */
export const pathOf = (command: Command): string =>
  command.parent === null ? '' : `${pathOf(command.parent)} ${command.name()}`.trim();

/** A command and all below it. */
export const allCommands = (command: Command): readonly Command[] => [
  command,
  ...command.commands.flatMap(allCommands),
];

/** Puts the examples behind the help of their commands, and says everywhere what goes with every command. */
export function describe(program: Command): void {
  for (const command of allCommands(program)) {
    command.configureHelp({ sortSubcommands: false, showGlobalOptions: true });
    command.showHelpAfterError(`(${whereHelpIs(command)})`);
    const examples = EXAMPLES[pathOf(command)];
    if (examples !== undefined) command.addHelpText('after', exampleText(examples));
  }
}

/** What to do after a mistake in a command. */
export const whereHelpIs = (command: Command): string =>
  command.commands.length === 0
    ? `devnet ${pathOf(command)} --help shows how it is used`
    : `devnet ${pathOf(command)} --help lists the commands`.replace('  ', ' ');

/** The command that the words of a line name, as far as they name one; options between them are skipped. */
export function commandIn(program: Command, words: readonly string[]): Command {
  let command = program;
  for (const word of words) command = command.commands.find(each => each.name() === word) ?? command;
  return command;
}

function exampleText(examples: readonly string[]): string {
  const split = examples.map(example => example.split('  ', 2) as [string, string?]);
  const width = Math.max(...split.map(([line]) => line.length)) + 4;
  const lines = split.map(([line, what]) => (what === undefined ? line : `${line.padEnd(width)}${what}`));
  return ['', 'Examples:', ...lines.map(line => `  ${line}`)].join('\n');
}
