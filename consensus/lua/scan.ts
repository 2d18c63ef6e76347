/**
 * Looks through code for what would bring other numbers than whole ones: `/`, `^`, numerals with a point or an exponent, and
 * numerals that do not fit 64 bits, which Lua would read as floats. Floats have to go because the sign of what is no number
 * shows in a text, and processors do not agree on it. `<close>` goes too.
 *
 * Tokens are cut as in Lua 5.4 (manual 3.1, `llex.c`). Where Lua itself will find a mistake this ends without a word: Lua
 * stops at the same place and says it better.
 */

export interface ScanProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

const MAX_INTEGER = 2n ** 63n - 1n;

export function scan(code: Uint8Array): ScanProblem | null {
  let at = 0;
  // How much of `<close>` stands before.
  let closing = 0;
  while (at < code.length) {
    const start = at;
    const next = tokenEnd(code, at);
    // A text or a comment without an end.
    if (next === null) return null;
    at = next.end;
    if (next.kind === 'skipped') continue;
    closing = closes(code, start, next, closing);
    const message = closing === 3 ? 'variables with <close> are not there' : problemOf(code, start, next);
    if (message !== null) return { line: lineAt(code, start), message };
  }
  return null;
}

export type Kind = 'skipped' | 'text' | 'numeral' | 'name' | 'other';
export interface Token {
  readonly kind: Kind;
  readonly end: number;
}

/** Past the end there is no byte, which belongs to no set. */
type ByteSet = (byte: number | undefined) => boolean;
function is(characters: string): ByteSet {
  const set = new Uint8Array(256);
  for (const byte of Buffer.from(characters, 'latin1')) set[byte] = 1;
  return byte => byte !== undefined && set[byte] === 1;
}
const isSpace = is(' \t\n\v\f\r');
const isLineEnd = is('\n\r');
const isDigit = is('0123456789');
const isHex = is('0123456789abcdefABCDEF');
const isQuote = is('"\'');
const isSign = is('+-');
const isEquals = is('=');
const isDot = is('.');
const isX = is('xX');
const isPower = is('pP');
const isTenth = is('eE');
const isLetter = is('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_');
const isWord = is('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789');
const [DASH, OPEN, CLOSE, BACKSLASH, SLASH, DOT, ZERO, Z, LESS, MORE, EQUALS, POWER] = [
  ...'-[]\\/.0z<>=^',
].map(character => character.charCodeAt(0));

/** Where the token ends that begins here; null where there is no end. */
export function tokenEnd(code: Uint8Array, at: number): Token | null {
  const byte = code[at];
  const following = code[at + 1];
  if (isSpace(byte)) return { kind: 'skipped', end: at + 1 };
  if (byte === DASH && following === DASH) return commentEnd(code, at + 2);
  if (byte === OPEN) return longEnd(code, at, 'text') ?? { kind: 'other', end: at + 1 };
  if (isQuote(byte)) return textEnd(code, at);
  if (isDigit(byte) || (byte === DOT && isDigit(following)))
    return { kind: 'numeral', end: numeralEnd(code, at) };
  if (isLetter(byte)) return { kind: 'name', end: skip(code, at, isWord) };
  if (byte === SLASH && following === SLASH) return { kind: 'other', end: at + 2 };
  if ((byte === LESS || byte === MORE) && (following === byte || following === EQUALS))
    return { kind: 'other', end: at + 2 };
  if (byte === DOT) return { kind: 'other', end: Math.min(skip(code, at, isDot), at + 3) };
  return { kind: 'other', end: at + 1 };
}

function skip(code: Uint8Array, from: number, what: ByteSet): number {
  let at = from;
  while (what(code[at])) at++;
  return at;
}

function commentEnd(code: Uint8Array, at: number): Token | null {
  if (code[at] === OPEN) {
    const long = longEnd(code, at, 'skipped');
    if (long !== undefined) return long;
  }
  return { kind: 'skipped', end: skip(code, at, byte => byte !== undefined && !isLineEnd(byte)) };
}

/** Of a long bracket `[==[ … ]==]`; null where it has no end, undefined where there is none. */
function longEnd(code: Uint8Array, start: number, kind: Kind): Token | null | undefined {
  const inside = skip(code, start + 1, isEquals);
  if (code[inside] !== OPEN) return undefined;
  const level = inside - start - 1;
  for (let at = code.indexOf(CLOSE ?? 0, inside + 1); at !== -1; at = code.indexOf(CLOSE ?? 0, at + 1)) {
    const end = skip(code, at + 1, isEquals);
    if (end - at - 1 === level && code[end] === CLOSE) return { kind, end: end + 1 };
  }
  return null;
}

function textEnd(code: Uint8Array, start: number): Token | null {
  let at = start + 1;
  while (at < code.length) {
    const byte = code[at];
    if (byte === code[start]) return { kind: 'text', end: at + 1 };
    if (isLineEnd(byte)) return null;
    at = byte === BACKSLASH ? escapeEnd(code, at + 1) : at + 1;
  }
  return null;
}

/** After a backslash: the end of a line may be two characters, and `z` takes all spaces along. */
function escapeEnd(code: Uint8Array, at: number): number {
  const byte = code[at];
  if (byte === Z) return skip(code, at + 1, isSpace);
  const isPair = isLineEnd(byte) && isLineEnd(code[at + 1]) && code[at + 1] !== byte;
  return at + (isPair ? 2 : 1);
}

/** Takes in more than numerals have, as Lua does, which then finds it malformed. */
function numeralEnd(code: Uint8Array, start: number): number {
  const isBase16 = code[start] === ZERO && isX(code[start + 1]);
  const isExponent = isBase16 ? isPower : isTenth;
  let at = start + (isBase16 ? 2 : 1);
  for (;;) {
    if (isExponent(code[at])) at += isSign(code[at + 1]) ? 2 : 1;
    else if (isHex(code[at]) || code[at] === DOT) at++;
    else return skip(code, at, isWord);
  }
}

function closes(code: Uint8Array, start: number, { kind, end }: Token, closing: number): number {
  const byte = kind === 'other' && end === start + 1 ? code[start] : undefined;
  if (byte === LESS) return 1;
  if (closing === 1 && kind === 'name' && latin1(code, start, end) === 'close') return 2;
  return closing === 2 && byte === MORE ? 3 : 0;
}

function problemOf(code: Uint8Array, start: number, { kind, end }: Token): string | null {
  if (kind === 'numeral') return numeralProblem(latin1(code, start, Math.min(end, start + MAX_NUMERAL)));
  if (kind !== 'other' || end !== start + 1) return null;
  if (code[start] === SLASH) return "'/' makes floats: numbers are whole here, and '//' divides them";
  return code[start] === POWER ? "'^' makes floats: numbers are whole here" : null;
}

/** Characters of a numeral that are looked at. Longer ones fit 64 bits only with more zeros before them than anyone needs. */
const MAX_NUMERAL = 64;

function numeralProblem(numeral: string): string | null {
  if (numeral.length === MAX_NUMERAL) return 'a numeral is too long';
  if (/^0[xX][0-9a-fA-F]+$/.test(numeral)) return null;
  if (!/^[0-9]+$/.test(numeral)) return `${numeral} is not a whole number`;
  return BigInt(numeral) > MAX_INTEGER ? `${numeral} does not fit 64 bits` : null;
}

const latin1 = (code: Uint8Array, start: number, end: number): string =>
  Buffer.from(code.buffer, code.byteOffset + start, end - start).toString('latin1');

/** As Lua counts: both orders of carriage return and line feed are one end of a line. */
export const lineAt = (code: Uint8Array, at: number): number =>
  latin1(code, 0, at).split(/\r\n|\n\r|\n|\r/).length;
