export * from './crypto/index.ts';
export * from './errors.ts';
export * from './format/block.ts';
export * from './format/entities.ts';
export * from './format/genesis.ts';
export * from './format/limits.ts';
export * from './format/transaction.ts';
export type * from './kernel/types.ts';
export * from './state/index.ts';
