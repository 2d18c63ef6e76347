/** What a store begins with when its first block is one in the middle of the chain. */
import { getEpoch, getValidators, type Mechanisms, type State } from '../../chain/index.ts';
import type { StoredBlock } from '../api.ts';
import { settlementParts } from '../settlements.ts';
import type { Base } from '../store/formats.ts';
import type { BlockWrite } from '../store/store.ts';

/** A final block and the state after it. */
export interface Snapshot {
  readonly stored: StoredBlock;
  readonly state: State;
}

/**
 * The block of a snapshot as the first one of a store, and what is known from there on. The state is staged already,
 * so the block changes none of it.
 */
export function baseOf({ stored, state }: Snapshot, mechanisms: Mechanisms): [write: BlockWrite, base: Base] {
  const { block, commit, outcomes, hash, transactionHashes } = stored;
  const { height } = block.header;
  const epoch = getEpoch(state);
  const execution = {
    changes: [],
    outcomes,
    validators: getValidators(state, 0),
    nextValidators: getValidators(state, 1),
  };
  const settlements = settlementParts(epoch.number, outcomes, mechanisms);
  const write = { hash, block, certificate: commit, execution, transactionHashes, epoch, settlements };
  const settlementsFrom = epoch.startHeight >= height ? epoch.number : epoch.number + 1;
  return [write, { height, epoch: epoch.number, settlementsFrom }];
}
