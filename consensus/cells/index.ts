export {
  type CheckedGroup,
  type CheckedInput,
  type CheckedOperation,
  type CheckedOutput,
  checkGroup,
} from './checker.ts';
export { DataError, type DataErrorCode, decodeData, encodeData, type SystemData } from './data.ts';
export * from './format.ts';
export { occupied } from './storage.ts';
export { digestOf, lockOf, NOBODY, proofBytes, transactionId, unlockMessage } from './unlock.ts';
