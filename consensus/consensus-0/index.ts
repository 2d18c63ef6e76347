export { largestRemainder } from './amount.ts';
export * from './format.ts';
export { type CallHeader, headerHash, headerSigningBytes, headerText, parseHeader } from './header.ts';
export { consensus0 } from './module.ts';
export { type CallReceipt, parseReceipt, receiptHash, receiptSigningBytes, receiptText } from './receipt.ts';
export { PROTOCOL, RecordError, type RecordErrorCode } from './record.ts';
