/** The command line: runs a command, and turns what went wrong into words and an exit code. */
import { CommanderError } from 'commander';
import { EXIT, usageError } from './errors.ts';
import { commandIn, whereHelpIs } from './help/describe.ts';
import { createProgram, type Program } from './program.ts';

/** Whoever read the answer has read enough, as `head` does: the way of a process that writes into such a pipe. */
const BROKEN_PIPE = 128 + 13;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(BROKEN_PIPE);
});

void main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<void> {
  const made = await createProgram(words);
  try {
    await made.program.parseAsync();
  } catch (error) {
    process.exitCode = await exitCodeOf(error, made);
  }
}

async function exitCodeOf(error: unknown, { program, globals }: Program): Promise<number> {
  // Help and version are no failures.
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  const help = whereHelpIs(commandIn(program, process.argv.slice(2)));
  const { printFailure } = await import('./failure.ts');
  if (!(error instanceof CommanderError)) return printFailure(error, globals().json, help);
  // Commander has told people already; programs get the same as a value. The flag may stand behind the mistake.
  if (process.argv.includes('--json')) {
    const isBare = error.code === 'commander.help';
    printFailure(usageError(isBare ? 'which command?' : error.message.replace(/^error: /, '')), true, help);
  }
  return EXIT.usage;
}
