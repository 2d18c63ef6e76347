export { Draft, type Mark } from './draft.ts';
export { Proof, verifyProof } from './proof.ts';
export { type Change, type Row, State, type StateReader } from './state.ts';
