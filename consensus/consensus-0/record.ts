/** Reading the two signed JSON records of a call, header and receipt, without trusting a byte of them. */

import { hash } from 'node:crypto';
import type { Account, Amount, Hex } from '../interface/index.ts';
import { fromAddress } from './address.ts';

/** Version of the call protocol; version 1 is seed 0's unsigned-budget form. */
export const PROTOCOL = 2;
export const MAX_TEXT_BYTES = 64;
const MAX_RECORD_CHARS = 2048;
const MAX_U64 = 0xffff_ffff_ffff_ffffn;

export type RecordErrorCode = 'TOO_LARGE' | 'BAD_JSON' | 'BAD_FIELD' | 'NOT_CANONICAL';

/** A header or receipt that is not exactly what the call protocol says. `field` names the culprit, if there is one. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
  readonly code: RecordErrorCode;
  readonly hint: string;
  readonly field: string | undefined;
  constructor(code: RecordErrorCode, message: string, hint: string, field?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.field = field;
  }
}

/** The fields of a JSON object with exactly these keys; `optional` ones may be absent. */
export function readObject(
  value: unknown,
  what: string,
  required: readonly string[],
  optional: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RecordError('BAD_FIELD', `${what} is not a JSON object`, `send ${required.join(', ')}`, what);
  for (const key of required)
    if (!Object.hasOwn(value, key))
      throw new RecordError('BAD_FIELD', `${what} has no ${key}`, `send ${required.join(', ')}`, key);
  for (const key of Object.keys(value))
    if (!required.includes(key) && !optional.includes(key))
      throw new RecordError(
        'BAD_FIELD',
        `${what} has the unknown field ${key.slice(0, 64)}`,
        'leave it out',
        key,
      );
  return value as Record<string, unknown>;
}

export function parseJson(text: string, what: string): unknown {
  if (text.length > MAX_RECORD_CHARS)
    throw new RecordError(
      'TOO_LARGE',
      `${what} is over ${MAX_RECORD_CHARS} characters`,
      'shorten its fields',
    );
  try {
    return JSON.parse(text);
  } catch {
    throw new RecordError('BAD_JSON', `${what} is not JSON`, 'send one JSON object in JCS form (RFC 8785)');
  }
}

/** Throws unless the text is the one canonical way to write what was read from it. */
export function requireCanonical(text: string, canonical: string, what: string): void {
  if (text !== canonical)
    throw new RecordError('NOT_CANONICAL', `${what} is not in JCS form`, 'sort keys, no spaces (RFC 8785)');
}

export function readVersion(value: unknown): void {
  if (value !== PROTOCOL) throw bad('v', `the number ${PROTOCOL}`);
}

/** Text of 1 to 64 bytes of UTF-8. */
export function readText(value: unknown, field: string): string {
  const readable = typeof value === 'string' && value.length > 0 && !/\p{Surrogate}/u.test(value);
  if (!readable || utf8(value).length > MAX_TEXT_BYTES)
    throw bad(field, `a text of 1 to ${MAX_TEXT_BYTES} bytes`);
  return value;
}

export function readAccount(value: unknown, field: string, read = fromAddress): Account {
  const account = typeof value === 'string' ? read(value) : undefined;
  if (account === undefined) throw bad(field, 'an SS58 address with prefix 42');
  return account;
}

export function readInteger(value: unknown, field: string, min = 0): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || Object.is(value, -0))
    throw bad(field, `an integer from ${min} to 2^53 - 1`);
  return value;
}

export function readAmount(value: unknown, field: string): Amount {
  if (typeof value !== 'string' || !/^(0|[1-9][0-9]{0,19})$/.test(value) || BigInt(value) > MAX_U64)
    throw bad(field, 'base units as a decimal string that fits u64, never a float');
  return BigInt(value);
}

/** A digest stands in the records as bare hex, as in seed 0's headers; in memory it has its `0x` like all others. */
export function readHash(value: unknown, field: string): Hex {
  if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value))
    throw bad(field, 'a sha256 digest as 64 lower-case hex digits');
  return `0x${value}`;
}

/** What {@link readHash} reads. */
export const writeHash = (digest: Hex): string => digest.slice(2);

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** sha256 of the UTF-8 bytes of a JCS text. */
export const hashText = (text: string): Hex => `0x${hash('sha256', text)}`;

const bad = (field: string, expected: string): RecordError =>
  new RecordError('BAD_FIELD', `${field} must be ${expected}`, `send ${field} as ${expected}`, field);
