export {
  type CheckedGroup,
  type CheckedInput,
  type CheckedOperation,
  type CheckedOutput,
  checkGroup,
} from './checker.ts';
export { DataError, type DataErrorCode, decodeData, encodeData, type SystemData } from './data.ts';
export * from './format.ts';
export { SPACE_CODE } from './genesis.ts';
export { cells, createCells, defaultParams } from './module.ts';
export { type SystemGroup, systemGroup } from './moduleRules.ts';
export { type Payment, withPayment } from './payment.ts';
export type { CellInfo } from './queries.ts';
export { Refusal } from './refusal.ts';
export { type FindCell, type Resolved, resolve, type Spent } from './resolve.ts';
export { occupied } from './storage.ts';
export { digestOf, lockOf, NOBODY, proofBytes, transactionId, unlockMessage } from './unlock.ts';
