import Table from 'cli-table3';
import { colors } from './colors.ts';
import { CliError, EXIT, type ExitCode } from './errors.ts';

/** What a command answers: one value for programs, one text for people. */
export interface Answer {
  readonly value: unknown;
  readonly text: string;
}

export function printAnswer({ value, text }: Answer, json: boolean): void {
  process.stdout.write(json ? `${toJson(value)}\n` : text === '' ? '' : `${text}\n`);
}

/** Text of a stranger for a terminal: without control and direction characters, but for line ends and tabs. */
export const printable = (text: string): string =>
  text.replace(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');

/** Progress and notes: to stderr, so that stdout stays the answer alone. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** One JSON value; amounts become decimal strings. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item));

/** Tells what went wrong, in the form that was asked for, and gives the exit code. */
export function printFailure(error: unknown, json: boolean): ExitCode {
  const failure = describeFailure(error);
  if (json)
    process.stdout.write(
      `${toJson({ ok: false, code: failure.code, name: failure.name, message: failure.message, hint: failure.hint })}\n`,
    );
  else {
    process.stderr.write(`${colors.red(failure.name)}: ${failure.message}\n`);
    if (failure.hint !== '') process.stderr.write(`${colors.dim(failure.hint)}\n`);
    if (failure.stack !== undefined && process.env.DEVNET_DEBUG) process.stderr.write(`${failure.stack}\n`);
  }
  return failure.exit;
}

export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly hint: string;
  readonly code: number;
  readonly exit: ExitCode;
  readonly stack: string | undefined;
}

/** What the operating system says of a path, by its code. Whatever is not here is told in its own words. */
const FILE_TROUBLES: Readonly<
  Record<string, { readonly name: string; readonly what: string; readonly hint: string }>
> = {
  ENOENT: { name: 'NO_SUCH_FILE', what: 'does not exist', hint: 'is the path right, from this directory?' },
  EEXIST: { name: 'FILE_EXISTS', what: 'exists already', hint: 'name another path' },
  EISDIR: { name: 'NOT_A_FILE', what: 'is a directory', hint: 'name a file' },
  ENOTDIR: { name: 'NOT_A_DIRECTORY', what: 'lies below a file', hint: 'name a path below directories only' },
  EACCES: {
    name: 'NO_ACCESS',
    what: 'is not open to this user',
    hint: 'ls -ld shows who may read and write it',
  },
  EPERM: {
    name: 'NO_ACCESS',
    what: 'is not open to this user',
    hint: 'ls -ld shows who may read and write it',
  },
  EROFS: { name: 'NO_ACCESS', what: 'lies where nothing can be written', hint: 'name a path elsewhere' },
  ENOSPC: {
    name: 'DISK_FULL',
    what: 'could not be written: the disk is full',
    hint: 'df -h shows the disks',
  },
};

export function describeFailure(error: unknown): Failure {
  if (error instanceof CliError)
    return {
      name: error.name,
      message: error.message,
      hint: error.hint,
      code: error.exit,
      exit: error.exit,
      stack: error.stack,
    };
  const { name, message, hint, code, path, stack } = error as {
    name?: unknown;
    message?: unknown;
    hint?: unknown;
    code?: unknown;
    path?: unknown;
    stack?: string;
  };
  const known = typeof code === 'string' && typeof path === 'string' ? FILE_TROUBLES[code] : undefined;
  if (known !== undefined)
    return {
      name: known.name,
      message: `${String(path)} ${known.what}`,
      hint: known.hint,
      code: EXIT.failed,
      exit: EXIT.failed,
      stack,
    };
  const label = typeof code === 'string' ? code : typeof name === 'string' ? name : 'ERROR';
  return {
    name: label,
    message: typeof message === 'string' ? message : String(error),
    hint: typeof hint === 'string' ? hint : 'set DEVNET_DEBUG=1 to see where it comes from',
    code: typeof code === 'number' ? code : EXIT.failed,
    exit: label === 'UNREACHABLE' ? EXIT.notReady : EXIT.failed,
    stack,
  };
}

/** A borderless table without trailing spaces; numbers are aligned to the right. A head without words is left out. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const none = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  };
  const sheet = new Table({
    head: head.every(text => text === '') ? [] : head.map(text => (text === '' ? '' : colors.dim(text))),
    chars: none,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: head.map((_, column) => (right.includes(column) ? 'right' : 'left')),
  });
  sheet.push(...rows.map(row => [...row]));
  return sheet.toString().replace(/ +$/gm, '');
}
