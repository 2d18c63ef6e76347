/**
 * The line of a refusal. Lua tells the line of an error and not that of a `return`, so for its author a checker that refused
 * runs once more with its lines in it: each `return a, b` becomes `return __returned(12, a, b)`. What that takes and says is
 * no outcome of the chain; where it does not refuse as before, there is no line to tell.
 */
import { type LuaOutcome, MAX_MEMORY } from '../../consensus/lua/index.ts';
import { lineAt, tokenEnd } from '../../consensus/lua/scan.ts';

export interface RefusalLine {
  /** Of the checker's own last `return`, from 1. */
  readonly line: number;
  /** Of the one whose value that was. */
  readonly from: number;
}

/** Counting lines takes more than the check itself did. */
export const ENOUGH = { fuel: 100_000_000, memory: MAX_MEMORY } as const;

/** `check` runs code on what was refused, within {@link ENOUGH}. Null for what cannot be told. */
export function refusalLine(code: Uint8Array, check: (code: Uint8Array) => LuaOutcome): RefusalLine | null {
  const { verdict, error } = check(withLines(code));
  const [, line, from] = (verdict === 'error' && /^returned (\d+) (\d+)$/.exec(error?.message ?? '')) || [];
  return line === undefined || line === '0' ? null : { line: Number(line), from: Number(from) };
}

/** On the first line of the code, so that every line keeps its number. */
const BEFORE = `local __line, __from, __value = 0, 0
local function __returned(line, ...)
  local value = ...
  if __line == 0 or not rawequal(value, __value) then __from = line end
  __line, __value = line, value
  return ...
end
local __checker = (function() `.replaceAll('\n', ' ');
const AFTER = `
end)()
return function(...)
  __line, __from, __value = 0, 0, nil
  if __checker(...) ~= true then error('returned ' .. __line .. ' ' .. __from, 0) end
  return true
end`;

function withLines(code: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [Buffer.from(BEFORE)];
  let copied = 0;
  for (const { at, text } of insertions(code)) {
    pieces.push(code.subarray(copied, at), Buffer.from(text));
    copied = at;
  }
  return Buffer.concat([...pieces, code.subarray(copied), Buffer.from(AFTER)]);
}

interface Insertion {
  readonly at: number;
  readonly text: string;
}

const OPENS: ReadonlySet<string> = new Set(['function', 'if', 'do', 'repeat', '(', '{', '[']);
const CLOSES: ReadonlySet<string> = new Set(['end', 'until', ')', '}', ']']);
/** What can stand behind the values of a `return`. */
const ENDS: ReadonlySet<string> = new Set(['end', 'else', 'elseif', 'until', ';']);

function insertions(code: Uint8Array): readonly Insertion[] {
  const found: Insertion[] = [];
  // Depths at which a `return` waits for its end.
  const open: number[] = [];
  let depth = 0;
  let before: Word | undefined;
  const end = (at: number): void => {
    open.pop();
    found.push({ at, text: ')' });
  };
  for (const word of words(code)) {
    const ends = ENDS.has(word.text);
    if (before?.text === 'return') {
      found.push({ at: before.end, text: ` __returned(${lineAt(code, before.start)}${ends ? '' : ', '}` });
      open.push(depth);
    }
    if (ends && open.at(-1) === depth) end(before?.end ?? 0);
    if (OPENS.has(word.text)) depth++;
    if (CLOSES.has(word.text)) depth--;
    before = word;
  }
  if (before?.text === 'return') {
    found.push({ at: before.end, text: ` __returned(${lineAt(code, before.start)})` });
  } else if (open.length > 0) end(before?.end ?? 0);
  return found;
}

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Texts in quotes count as nothing: their words are none. */
function* words(code: Uint8Array): Generator<Word> {
  const bytes = Buffer.from(code.buffer, code.byteOffset, code.length);
  for (let start = 0; start < code.length; ) {
    const token = tokenEnd(code, start);
    if (token === null) return;
    const { kind, end } = token;
    const text = kind === 'name' || kind === 'other' ? bytes.toString('latin1', start, end) : '';
    if (kind !== 'skipped') yield { text, start, end };
    start = end;
  }
}
