/** What went wrong, in words and as an exit code. Loaded when something did. */
import { colors } from './colors.ts';
import { commandHint, commandMessage } from './commandWords.ts';
import { CliError, EXIT, type ExitCode } from './errors.ts';
import { toJson } from './output.ts';

/** Tells what went wrong, in the form that was asked for, and gives the exit code. `help`: where that of the command is. */
export function printFailure(error: unknown, json: boolean, help: string): ExitCode {
  const failure = describeFailure(error, help);
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

interface FileTrouble {
  readonly name: string;
  readonly what: string;
  readonly hint: string;
}

const NO_ACCESS: FileTrouble = {
  name: 'NO_ACCESS',
  what: 'is not open to this user',
  hint: 'ls -ld shows who may read and write it',
};

/** What the operating system says of a path, by its code. Whatever is not here is told in its own words. */
const FILE_TROUBLES: Readonly<Record<string, FileTrouble>> = {
  ENOENT: { name: 'NO_SUCH_FILE', what: 'does not exist', hint: 'is the path right, from this directory?' },
  EEXIST: { name: 'FILE_EXISTS', what: 'exists already', hint: 'name another path' },
  EISDIR: { name: 'NOT_A_FILE', what: 'is a directory', hint: 'name a file' },
  ENOTDIR: { name: 'NOT_A_DIRECTORY', what: 'lies below a file', hint: 'name a path below directories only' },
  EACCES: NO_ACCESS,
  EPERM: NO_ACCESS,
  EROFS: { name: 'NO_ACCESS', what: 'lies where nothing can be written', hint: 'name a path elsewhere' },
  ENAMETOOLONG: { name: 'BAD_PATH', what: 'is longer than a path may be', hint: 'name a shorter one' },
  EMFILE: {
    name: 'TOO_MANY_FILES',
    what: 'could not be opened: this process has too many open',
    hint: 'ulimit -n shows how many are allowed, and raises it',
  },
  ENOSPC: {
    name: 'DISK_FULL',
    what: 'could not be written: the disk is full',
    hint: 'df -h shows the disks',
  },
};

/** Troubles that come without the path of the file: it was open already. */
const PATHLESS: ReadonlySet<string> = new Set(['EMFILE', 'ENOSPC']);

export function describeFailure(error: unknown, help = ''): Failure {
  if (error instanceof CliError)
    return {
      name: error.name,
      message: error.message,
      hint: error.hint === '' && error.exit === EXIT.usage ? help : error.hint,
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
  const isTold = typeof code === 'string' && (typeof path === 'string' || PATHLESS.has(code));
  const known = isTold ? FILE_TROUBLES[code] : undefined;
  if (known !== undefined)
    return {
      name: known.name,
      message: `${typeof path === 'string' ? path : 'a file'} ${known.what}`,
      hint: known.hint,
      code: EXIT.failed,
      exit: EXIT.failed,
      stack,
    };
  const label = typeof code === 'string' ? code : typeof name === 'string' ? name : 'ERROR';
  return {
    name: label,
    message: commandMessage(label, typeof message === 'string' ? message : String(error)),
    hint: hintOf(label, hint, help),
    code: typeof code === 'number' ? code : exitOf(label),
    exit: exitOf(label),
    stack,
  };
}

function hintOf(name: string, hint: unknown, help: string): string {
  // Which parameters a method has is nothing that somebody could act on who gave a command.
  if (name === 'INVALID_PARAMS') return help;
  return typeof hint === 'string' ? commandHint(name, hint) : 'set DEVNET_DEBUG=1 to see where it comes from';
}

/** Errors of others that are no plain failure. */
const EXITS: Readonly<Record<string, ExitCode>> = {
  BAD_PHRASE: EXIT.usage,
  INVALID_PARAMS: EXIT.usage,
  KEY_NAME_INVALID: EXIT.usage,
  UNREACHABLE: EXIT.notReady,
  NO_NODE: EXIT.notReady,
  PORT_IN_USE: EXIT.inUse,
  ADDRESS_IN_USE: EXIT.inUse,
};

const exitOf = (name: string): ExitCode =>
  Object.hasOwn(EXITS, name) ? (EXITS[name] ?? EXIT.failed) : EXIT.failed;
