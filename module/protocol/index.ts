export * from './blob.ts';
export { canonicalJson, type Json, MAX_DEPTH, nestingOf } from './json.ts';
export { CALL_LIMITS } from './limits.ts';
export * from './records.ts';
export { hasSeed0Auth, parseSeed0Auth, type Seed0Auth, seed0Hashes } from './seed0.ts';
export { verifyCheck } from './verify.ts';
