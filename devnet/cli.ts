/** The command line: runs a command, and turns what went wrong into words and an exit code. */
import { CommanderError } from 'commander';
import { EXIT, usageError } from './errors.ts';
import { commandIn, whereHelpIs } from './help/describe.ts';
import { printFailure } from './output.ts';
import { createProgram } from './program.ts';

const { program, globals } = createProgram();

program.parseAsync().catch((error: unknown) => {
  process.exitCode = exitCodeOf(error);
});

function exitCodeOf(error: unknown): number {
  if (!(error instanceof CommanderError)) return printFailure(error, globals().json);
  // Help and version are no failures.
  if (error.exitCode === 0) return EXIT.ok;
  // Commander has told people already; programs get the same as a value. The flag may stand behind the mistake.
  if (process.argv.includes('--json')) {
    const hint = whereHelpIs(commandIn(program, process.argv.slice(2)));
    printFailure(usageError(error.message.replace(/^error: /, ''), hint), true);
  }
  return EXIT.usage;
}
