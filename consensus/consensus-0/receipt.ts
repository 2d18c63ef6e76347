/** The receipt of a call (spec section 4): what a server signs after it served one. */
import type { Amount, Hex } from '../interface/index.ts';
import {
  hashText,
  PROTOCOL,
  parseJson,
  readAmount,
  readHash,
  readInteger,
  readObject,
  readVersion,
  requireCanonical,
  utf8,
  writeHash,
} from './record.ts';

export interface CallReceipt {
  /** sha256 of the JCS text of the header that it answers. */
  readonly headerHash: Hex;
  /** Base units. */
  readonly cost: Amount;
  /** sha256 of the JCS text of the result. */
  readonly resultHash: Hex;
  /** Milliseconds. */
  readonly time: number;
}

/** The JCS text (RFC 8785) of a receipt. */
export const receiptText = (receipt: CallReceipt): string =>
  `{"cost":"${receipt.cost}","header_hash":"${writeHash(receipt.headerHash)}","result_hash":"${writeHash(receipt.resultHash)}",` +
  `"time":${receipt.time},"v":${PROTOCOL}}`;

/** The receipt of a text; throws {@link RecordError} for anything that {@link receiptText} would not have made. */
export function parseReceipt(text: string): CallReceipt {
  const what = 'the receipt';
  const fields = readObject(parseJson(text, what), what, ['v', 'header_hash', 'cost', 'result_hash', 'time']);
  readVersion(fields.v);
  const receipt: CallReceipt = {
    headerHash: readHash(fields.header_hash, 'header_hash'),
    cost: readAmount(fields.cost, 'cost'),
    resultHash: readHash(fields.result_hash, 'result_hash'),
    time: readInteger(fields.time, 'time'),
  };
  requireCanonical(text, receiptText(receipt), what);
  return receipt;
}

/** The bytes that a server signs for a receipt text. */
export const receiptSigningBytes = (text: string): Uint8Array => utf8(`devnet:receipt:${PROTOCOL}:${text}`);

export const receiptHash = (text: string): Hex => hashText(text);
