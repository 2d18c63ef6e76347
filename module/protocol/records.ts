/**
 * The two signed texts of a call. They belong to consensus-0, whose claims rebuild them on chain; this is the one
 * place from which the off-chain side takes them.
 */
import { sha256 } from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import { canonicalJson } from './json.ts';

export { type CallHeader, headerText, parseHeader, type Tally } from '../../consensus/consensus-0/header.ts';
export { type CallReceipt, parseReceipt, receiptText } from '../../consensus/consensus-0/receipt.ts';
export { RecordError } from '../../consensus/consensus-0/record.ts';

/** sha256 of a JCS text: what `header_hash`, `params_hash` and `result_hash` name. */
export const textHash = (text: string): Hex => sha256(Buffer.from(text, 'utf8'));

/** The hash of a value's JCS text. Throws NOT_JSON or TOO_DEEP. */
export const valueHash = (value: unknown): Hex => textHash(canonicalJson(value));
