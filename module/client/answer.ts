/** What came back: a refusal, or a result with a receipt that holds (spec section 4). */
import type { Account } from '../../consensus/interface/index.ts';
import { ModuleError, messageOf } from '../errors.ts';
import {
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
import type { TextResponse } from './http.ts';

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

export interface Answer {
  readonly result: Json;
  readonly receipt: CallReceipt;
  readonly signed: SignedText;
}

/** Throws {@link CallRefused}, or BAD_RESPONSE or BAD_RECEIPT for an answer that proves nothing. */
export function readAnswer(
  response: TextResponse,
  header: CallHeader,
  headerText: string,
  server: Account,
): Answer {
  const json = parse(response.text);
  if (response.status !== 200) throw refusalOf(response.status, json);
  const { signed, receipt } = readReceipt(response.headers.get(RECEIPT_HEADER));
  const held = [
    [verifyCheck(checkOf('receipt', signed, server)), 'the server did not sign it'],
    [receipt.headerHash === textHash(headerText), 'it is for another call'],
    [receipt.cost <= header.maxUsage, `its cost of ${receipt.cost} is above max_usage ${header.maxUsage}`],
    [receipt.resultHash === textHash(canonicalJson(json)), 'it is for another result'],
  ] as const;
  const broken = held.find(([holds]) => !holds);
  if (broken !== undefined) throw badReceipt(broken[1]);
  return { result: json, receipt, signed };
}

function parse(text: string): Json {
  if (nestingOf(text) > MAX_DEPTH) throw badResponse(`nested deeper than ${MAX_DEPTH} levels`);
  try {
    const json: Json = JSON.parse(text);
    canonicalJson(json);
    return json;
  } catch (cause) {
    throw badResponse(messageOf(cause));
  }
}

function refusalOf(status: number, json: unknown): CallRefused {
  const error = (json as { error?: Record<string, unknown> } | null)?.error;
  const { name, message, hint, ...fields } = error ?? {};
  if (status < 400 || typeof name !== 'string' || typeof message !== 'string')
    throw badResponse(`HTTP ${status} without a named error`);
  return new CallRefused(status, { name, message, hint: String(hint ?? '') }, fields);
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
