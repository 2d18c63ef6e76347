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
    const examples = EXAMPLES[pathOf(command)];
    if (examples !== undefined) command.addHelpText('after', exampleText(examples));
  }
}

function exampleText(examples: readonly string[]): string {
  const split = examples.map(example => example.split('  ', 2) as [string, string?]);
  const width = Math.max(...split.map(([line]) => line.length)) + 4;
  const lines = split.map(([line, what]) => (what === undefined ? line : `${line.padEnd(width)}${what}`));
  return ['', 'Examples:', ...lines.map(line => `  ${line}`)].join('\n');
}
