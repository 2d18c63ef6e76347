/** Secrets that people type or pipe in. They are never arguments by default: everybody on a machine can list those. */
import { readFileSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { CliError, usageError } from './errors.ts';

/** Where a secret is typed: a terminal, which would show it, and so is told not to. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly output: { write(text: string): unknown };
}

const TERMINAL: Terminal = { input: process.stdin, output: process.stderr };
/** Bytes of a secret, or of a message that is piped in. */
const MAX_INPUT = 1024 * 1024;

/** The password of an existing key: from DEVNET_PASSWORD, or asked for at a terminal; undefined without either. */
export async function passwordOf(name: string, terminal = TERMINAL): Promise<string | undefined> {
  const given = process.env.DEVNET_PASSWORD;
  if (given !== undefined && given !== '') return given;
  return terminal.input.isTTY === true ? askHidden(`password of ${name}: `, terminal) : undefined;
}

/** A new password: from a flag or DEVNET_PASSWORD, or asked for twice. */
export async function newPassword(given: string | undefined, terminal = TERMINAL): Promise<string> {
  const chosen = given ?? process.env.DEVNET_PASSWORD ?? '';
  if (chosen !== '') return chosen;
  if (terminal.input.isTTY !== true)
    throw usageError(
      'a new key needs a password',
      'set DEVNET_PASSWORD or give --password, or --plain for a key without protection',
    );
  const first = await askHidden('new password: ', terminal);
  if (first === '') throw usageError('an empty password protects nothing', '--plain says that this is meant');
  if ((await askHidden('the same again: ', terminal)) !== first)
    throw usageError('the two differ', 'try again');
  return first;
}

/** A secret from a terminal, unseen, or from standard input without the line end. Spaces may belong to it. */
export const readSecret = (question: string, terminal = TERMINAL): Promise<string> | string =>
  terminal.input.isTTY === true
    ? askHidden(question, terminal)
    : readInput()
        .toString('utf8')
        .replace(/\r?\n$/, '');

/** All of standard input. */
export function readInput(): Buffer {
  const input = readFileSync(0);
  if (input.length > MAX_INPUT) throw usageError(`standard input is over ${MAX_INPUT} bytes`);
  return input;
}

/** A line that is typed without being shown. Throws CANCELLED at Ctrl-C. */
export function askHidden(question: string, { input, output }: Terminal = TERMINAL): Promise<string> {
  output.write(question);
  input.setRawMode?.(true);
  const decoder = new StringDecoder('utf8');
  const typed: string[] = [];
  return new Promise<string>((resolve, reject) => {
    function end(rest: string, finish: () => void): void {
      input.off('data', onData);
      input.off('end', onEnd);
      input.pause();
      input.setRawMode?.(false);
      // What was pasted after the line belongs to the next question.
      if (rest !== '') input.unshift(Buffer.from(rest));
      output.write('\n');
      finish();
    }
    const cancel = (): void =>
      end('', () => reject(new CliError('CANCELLED', 'nothing was entered', 'run the command again')));
    const onEnd = (): void => cancel();
    function onData(data: Buffer | string): void {
      const keys = [...decoder.write(Buffer.from(data))];
      for (const [at, key] of keys.entries()) {
        if (key === '\r' || key === '\n') {
          end(keys.slice(at + 1).join(''), () => resolve(typed.join('')));
          return;
        }
        if (key === CTRL_C || key === CTRL_D) {
          cancel();
          return;
        }
        if (key === BACKSPACE || key === DELETE) typed.pop();
        else if (key >= ' ') typed.push(key);
      }
    }
    input.on('data', onData);
    input.on('end', onEnd);
    input.resume();
  });
}

const [CTRL_C, CTRL_D, BACKSPACE, DELETE] = ['\u0003', '\u0004', '\b', '\u007f'];
