/** What a checker said, as people read it: the verdict, what it took, what it printed, and the line of its code. */

import { toHex } from '../../consensus/interface/index.ts';
import type { LuaOutcome } from '../../consensus/lua/index.ts';
import { colors } from '../colors.ts';
import { printable } from '../output.ts';
import type { RefusalLine } from './returns.ts';

/** The code of a checker, with the name under which its author knows it. */
export interface Source {
  readonly name: string;
  readonly code: Uint8Array;
}

/** `refused: the sums differ, 1,204 fuel, 980 bytes`. */
export function verdictWords({ verdict, reason, fuel, memory }: LuaOutcome): string {
  const why = reason === undefined ? '' : `: ${oneLine(reason)}`;
  return `${verdict}${why}, ${grouped(fuel)} fuel, ${grouped(memory)} bytes`;
}

/** Where it went wrong, with the line itself; then what was called by whom. */
export function errorLines({ error }: LuaOutcome, source: Source): string[] {
  if (error === undefined) return [];
  const { message, line, traceback } = error;
  // Lua's own place, which is told in the name of the file.
  const said = oneLine(message.replace(/^checker:\d+: /, ''));
  if (line === null) return [`${source.name}: ${said}`];
  const calls = traceback.split('\n');
  // `error(…, 2)` blames who called it.
  const blamed = calls.findIndex(call => call.startsWith(`checker:${line}:`));
  const callers = calls.slice(blamed + 1).filter(call => call.startsWith('checker:'));
  return [
    `${source.name}:${line}: ${said}`,
    sourceLine(source, line),
    ...callers.map(call => called(call, source)),
  ];
}

/** The line that refused, and where its value came from. */
export function refusalLines(refusal: RefusalLine | null, source: Source): string[] {
  if (refusal === null) return [];
  const { line, from } = refusal;
  const origin = from === line ? [] : [`  from ${source.name}:${from}`, sourceLine(source, from)];
  return [`${source.name}:${line}`, sourceLine(source, line), ...origin];
}

/** ` 12 | if op.input == nil then`. */
export function sourceLine({ code }: Source, line: number): string {
  const lines = Buffer.from(code)
    .toString('utf8')
    .split(/\r\n|\n\r|\n|\r/);
  return `${String(line).padStart(4)} | ${oneLine(lines[line - 1] ?? '').slice(0, MAX_SHOWN)}`;
}

/** For programs: what a checker returned as bytes is hex. */
export const outcomeJson = ({ value, ...outcome }: LuaOutcome) => ({
  ...outcome,
  ...(value === undefined ? {} : { value: value instanceof Uint8Array ? toHex(value) : value }),
});

const MAX_SHOWN = 160;

export const printLines = ({ prints }: LuaOutcome): string[] =>
  prints.map(line => colors.dim(`print ${oneLine(line)}`));

const called = (call: string, { name }: Source): string =>
  `  by ${oneLine(call).replace(/\bchecker:(?=\d)/g, `${name}:`)}`;

/** What code says is a stranger's: it cannot move the cursor. */
const oneLine = (text: string): string => printable(text).replaceAll('\n', ' ');

export const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
