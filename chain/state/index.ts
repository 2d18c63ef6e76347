export { Draft, type Mark } from './draft.ts';
export { Proof, verifyProof } from './proof.ts';
export { FIRST_HASH, type HashRange, LAST_HASH, RangeProof, verifyRange } from './range.ts';
export { type Change, type HashedRow, type Row, State, type StateReader } from './state.ts';
