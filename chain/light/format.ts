import { struct, type TypeOf } from '../../consensus/interface/index.ts';
import { Commit, Header } from '../format/block.ts';
import { ValidatorSet } from '../format/entities.ts';

/** A header with the proof that it is final, who voted on it, and who votes at the next height. */
export const LightBlock = struct({
  header: Header,
  commit: Commit,
  validators: ValidatorSet,
  nextValidators: ValidatorSet,
});
export type LightBlock = TypeOf<typeof LightBlock>;
