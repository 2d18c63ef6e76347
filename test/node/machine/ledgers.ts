/** Versions of the ledger that do all that the life of a module has: closes over several blocks, migrations, failures. */
import { type BlockInfo, more, type Outcome, ok, type View } from '../../../consensus/interface/index.ts';
import { ledger, moveRows } from '../../support/ledgerModule.ts';

const LEFT = new TextEncoder().encode('left');
/** Blocks of one close. */
const STEPS = 3;

/** One step in each block, and a row of what is left. */
function closeInSteps(_: BlockInfo, view: View): Outcome {
  const left = (view.get(LEFT)?.[0] ?? STEPS) - 1;
  if (left === 0) return ok([{ op: 'delete', key: LEFT }]);
  return more([{ op: 'put', key: LEFT, value: Uint8Array.of(left) }]);
}

export const first = ledger({ version: '1.0.0', stateVersion: 1, closeEpoch: closeInSteps });
export const second = ledger({
  version: '2.0.0',
  stateVersion: 2,
  closeEpoch: closeInSteps,
  migrate: moveRows,
});

function forEver(): never {
  for (;;);
}
export const endless = ledger({ version: '3.0.0', stateVersion: 3, migrate: forEver });
export const throwing = ledger({
  version: '3.0.1',
  stateVersion: 3,
  migrate() {
    throw new Error('a defect of its migration');
  },
});
export const neverBorn = ledger({ version: '1.0.1', stateVersion: 1, genesis: forEver });
