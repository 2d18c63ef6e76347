/** What came back: a refusal, or a result with a receipt that holds (spec section 4). */
import { createHash } from 'node:crypto';
import type { Account, Hex } from '../../consensus/interface/index.ts';
import { ModuleError, messageOf } from '../errors.ts';
import {
  CALL_LIMITS,
  type CallHeader,
  type CallReceipt,
  canonicalJson,
  checkOf,
  decodeBlob,
  type Json,
  MAX_DEPTH,
  nestingOf,
  parseReceipt,
  RECEIPT_HEADER,
  RecordError,
  type SignedText,
  textHash,
  verifyCheck,
} from '../protocol/index.ts';
import { type HttpAnswer, readLines, readText } from './http.ts';
import { plainText } from './plain.ts';

/** The server says that it did not serve the call, so it costs nothing. `name` is the server's word for why. */
export class CallRefused extends Error {
  override readonly name: string;
  readonly status: number;
  readonly hint: string;
  /** What the server sent along, e.g. the current epoch. */
  readonly fields: Readonly<Record<string, unknown>>;
  constructor(
    status: number,
    error: { name: string; message: string; hint: string },
    fields: Record<string, unknown>,
  ) {
    super(error.message);
    this.name = error.name;
    this.status = status;
    this.hint = error.hint;
    this.fields = fields;
  }
}

/** What the receipt of a call must agree with. */
export interface Asked {
  readonly header: CallHeader;
  /** JCS text of the header. */
  readonly text: string;
  readonly server: Account;
}

export interface Served {
  readonly receipt: CallReceipt;
  readonly signed: SignedText;
}

export const isStream = ({ status, headers }: HttpAnswer): boolean =>
  status === 200 && /^application\/x-ndjson\s*(;|$)/i.test(headers.get('content-type') ?? '');

/** Throws {@link CallRefused}, or BAD_RESPONSE or BAD_RECEIPT for an answer that proves nothing. */
export async function readAnswer(
  answer: HttpAnswer,
  asked: Asked,
): Promise<Served & { readonly result: Json }> {
  const result = parse(await readText(answer), MAX_DEPTH);
  if (answer.status !== 200) throw refusalOf(answer.status, result);
  const blob = answer.headers.get(RECEIPT_HEADER);
  return { result, ...holds(asked, blob, textHash(canonicalJson(result))) };
}

/**
 * The chunks of a result that streams; returns when the receipt at its end holds. Throws as {@link readAnswer} does, and
 * LOST for an answer that was cut off.
 */
export async function* readChunks(answer: HttpAnswer, asked: Asked): AsyncGenerator<Json, Served> {
  const hash = createHash('sha256').update('[');
  let separator = '';
  for await (const line of readLines(answer, CALL_LIMITS.stream)) {
    // The object around the chunk.
    const entry = entryOf(parse(line, MAX_DEPTH));
    if ('error' in entry) throw refusalOf(500, entry);
    if ('receipt' in entry) {
      const digest = hash.update(']').digest('hex');
      return holds(asked, typeof entry.receipt === 'string' ? entry.receipt : null, `0x${digest}`);
    }
    const chunk = entry.chunk ?? null;
    hash.update(separator).update(canonicalJson(chunk));
    separator = ',';
    yield chunk;
  }
  throw new ModuleError('LOST', 'the answer was cut off before its receipt', 'the call may have been served');
}

/** A line of a stream: an object with one of the three members. */
function entryOf(line: Json): Readonly<Record<string, Json>> {
  const entry = typeof line === 'object' && line !== null && !Array.isArray(line) ? line : {};
  const [name = '', ...rest] = Object.keys(entry);
  if (rest.length > 0 || !['chunk', 'receipt', 'error'].includes(name))
    throw badResponse('a line is none of chunk, receipt and error');
  return entry as Readonly<Record<string, Json>>;
}

function holds({ header, text, server }: Asked, blob: string | null, resultHash: Hex): Served {
  const { signed, receipt } = readReceipt(blob);
  const checks = [
    [verifyCheck(checkOf('receipt', signed, server)), 'the server did not sign it'],
    [receipt.headerHash === textHash(text), 'it is for another call'],
    [receipt.cost <= header.maxUsage, `its cost of ${receipt.cost} is above max_usage ${header.maxUsage}`],
    [receipt.resultHash === resultHash, 'it is for another result'],
    // A server takes headers within this of its own clock, so an honest one cannot be further off.
    [receipt.time >= header.time - CALL_LIMITS.clockSkew, 'it was signed before the call'],
    [receipt.time <= Date.now() + CALL_LIMITS.clockSkew, 'it was signed in the future'],
  ] as const;
  const broken = checks.find(([right]) => !right);
  if (broken !== undefined) throw badReceipt(broken[1]);
  return { receipt, signed };
}

function parse(text: string, maxDepth: number): Json {
  if (nestingOf(text) > maxDepth) throw badResponse(`nested deeper than ${maxDepth} levels`);
  try {
    const json: Json = JSON.parse(text);
    canonicalJson(json);
    return json;
  } catch (cause) {
    throw badResponse(plainText(messageOf(cause), 200));
  }
}

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

function refusalOf(status: number, json: unknown): CallRefused {
  const error = (json as { error?: Record<string, unknown> } | null)?.error;
  const { name, message, hint, ...fields } = error ?? {};
  if (status < 400 || typeof name !== 'string' || !NAME.test(name) || typeof message !== 'string')
    throw badResponse(`HTTP ${status} without a named error`);
  return new CallRefused(
    status,
    { name, message: plainText(message), hint: plainText(typeof hint === 'string' ? hint : '') },
    fields,
  );
}

function readReceipt(blob: string | null): { signed: SignedText; receipt: CallReceipt } {
  if (blob === null) throw badReceipt('there is none');
  try {
    const signed = decodeBlob(blob);
    return { signed, receipt: parseReceipt(signed.text) };
  } catch (error) {
    if (error instanceof ModuleError || error instanceof RecordError) throw badReceipt(error.message);
    throw error;
  }
}

const badResponse = (reason: string): ModuleError =>
  new ModuleError(
    'BAD_RESPONSE',
    `the answer is not that of a module: ${reason}`,
    'the call may have been served',
  );

const badReceipt = (reason: string): ModuleError =>
  new ModuleError(
    'BAD_RECEIPT',
    `the receipt does not hold: ${reason}`,
    'do not call this server again; it is not tallied',
  );
