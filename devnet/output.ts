import Table from 'cli-table3';
import { colors } from './colors.ts';

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
