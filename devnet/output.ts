import { stripVTControlCharacters } from 'node:util';
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

/** What stands in the last line of the terminal, without a line end. */
let bottom = '';

/** Progress and notes: to stderr, so that stdout stays the answer alone. They come above what is drawn at the bottom. */
export function note(text: string): void {
  process.stderr.write(bottom === '' ? `${text}\n` : `${CLEAR_LINE}${text}\n${bottom}`);
}

/** Replaces the last line of the terminal; only where stderr is one. */
export function drawBottom(text: string): void {
  if (text === bottom) return;
  bottom = text;
  process.stderr.write(`${CLEAR_LINE}${text}`);
}

const CLEAR_LINE = '\r\u001b[K';

/** One JSON value; amounts become decimal strings. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item));

/**
 * A borderless table without trailing spaces; numbers are aligned to the right. A head without words is left out. Where
 * a terminal is too narrow for it, each row is a paragraph with a line for each column.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
  columns: number | undefined = process.stdout.isTTY ? process.stdout.columns : undefined,
): string {
  const text = tableText(head, rows, right);
  return columns === undefined || rows.length === 0 || widthOf(text) <= columns
    ? text
    : paragraphs(head, rows);
}

const widthOf = (text: string): number =>
  Math.max(...text.split('\n').map(line => stripVTControlCharacters(line).length));

/** Columns without anything in them are left out. */
function paragraphs(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = Math.max(...head.map(name => name.length));
  return rows
    .map(row =>
      row
        .flatMap((cell, column) => {
          const name = head[column] ?? '';
          const label = width === 0 ? '' : `${colors.dim(name.padEnd(width))}  `;
          return cell === '' ? [] : [`${label}${cell}`];
        })
        .join('\n'),
    )
    .join('\n\n');
}

function tableText(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[],
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
