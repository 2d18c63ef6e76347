export { createEngine } from './engine.ts';
export { MAX_MESSAGE_BYTES } from './messages.ts';
export { proposerAt } from './proposer.ts';
export * from './types.ts';
