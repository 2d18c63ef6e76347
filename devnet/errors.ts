/** Exit codes of the CLI (interface page). */
export const EXIT = { ok: 0, failed: 1, usage: 2, notReady: 3, inUse: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What a person reads when a command fails: what happened, and what to do about it. */
export class CliError extends Error {
  override readonly name: string;
  readonly exit: ExitCode;
  readonly hint: string;
  constructor(name: string, message: string, hint: string, exit: ExitCode = EXIT.failed) {
    super(message);
    this.name = name;
    this.hint = hint;
    this.exit = exit;
  }
}

/** Without a hint the one who is mistaken is pointed to the help of the command. */
export const usageError = (message: string, hint = ''): CliError =>
  new CliError('USAGE', message, hint, EXIT.usage);
