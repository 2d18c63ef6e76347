/**
 * A call as evidence: one line of JSON that holds both signed texts in the form in which they travelled, so that
 * whoever has it needs nothing else, neither chain nor client, to check who owes what to whom.
 *
 *     {"auth":"<blob of module-auth>","receipt":"<blob of module-receipt>"}
 */
import { toAddress } from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import { ModuleError, messageOf } from '../errors.ts';
import {
  CALL_LIMITS,
  type CallHeader,
  type CallReceipt,
  checkOf,
  decodeBlob,
  encodeBlob,
  parseHeader,
  parseReceipt,
  RecordError,
  textHash,
  verifyCheck,
} from '../protocol/index.ts';
import type { SentCall } from './store.ts';

export interface Evidence {
  /** Hash of the header: names the call. */
  readonly id: Hex;
  readonly header: CallHeader;
  readonly receipt: CallReceipt;
}

const MAX_LINE = 2 * CALL_LIMITS.blob + 64;

/** The line of an answered call. */
export const evidenceLine = (call: SentCall): string =>
  JSON.stringify({
    auth: encodeBlob({ text: call.header, signature: call.headerSignature }),
    receipt: encodeBlob({ text: call.receipt, signature: call.receiptSignature }),
  });

/**
 * The call that a line proves: the client asked for it and promised up to max_usage, and the server answered it at this
 * cost. Throws BAD_EVIDENCE with the first reason why it proves nothing.
 */
export function readEvidence(line: string): Evidence {
  const { auth, receipt: receiptBlob } = blobsOf(line);
  const signedHeader = read('auth', () => decodeBlob(auth));
  const signedReceipt = read('receipt', () => decodeBlob(receiptBlob));
  const header = read('the header', () => parseHeader(signedHeader.text));
  const receipt = read('the receipt', () => parseReceipt(signedReceipt.text));
  const id = textHash(signedHeader.text);
  const checks = [
    [verifyCheck(checkOf('header', signedHeader, header.client)), 'the client did not sign the header'],
    [verifyCheck(checkOf('receipt', signedReceipt, header.server)), 'the server did not sign the receipt'],
    [receipt.headerHash === id, 'the receipt is for another call'],
    [receipt.cost <= header.maxUsage, `the cost of ${receipt.cost} is above max_usage ${header.maxUsage}`],
  ] as const;
  const broken = checks.find(([right]) => !right);
  if (broken === undefined) return { id, header, receipt };
  throw bad(`${broken[1]} (client ${toAddress(header.client)}, server ${toAddress(header.server)})`);
}

function blobsOf(line: string): { readonly auth: string; readonly receipt: string } {
  if (line.length > MAX_LINE) throw bad(`${line.length} characters are over the limit of ${MAX_LINE}`);
  const { auth, receipt } = read('the line', () => Object(JSON.parse(line)) as Record<string, unknown>);
  if (typeof auth !== 'string' || typeof receipt !== 'string') throw bad('it has no auth and receipt');
  return { auth, receipt };
}

function read<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const known =
      cause instanceof ModuleError || cause instanceof RecordError || cause instanceof SyntaxError;
    if (!known) throw cause;
    throw bad(`${what}: ${messageOf(cause)}`);
  }
}

const bad = (reason: string): ModuleError =>
  new ModuleError('BAD_EVIDENCE', `this proves no call: ${reason}`, 'ask for the line again, whole');
