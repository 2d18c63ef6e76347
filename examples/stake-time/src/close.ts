/** The end of an epoch: one division for all locks together. */
import { type BlockInfo, event, more, type Outcome, ok, struct, u53, u64, type View } from 'devnet/consensus';
import { FRACTION } from './reward.ts';
import { Draft, rulesOf } from './rows.ts';

const Rewarded = struct({ epoch: u53, minted: u64, stake: u64 });
export const closeEvents = { rewarded: Rewarded };

/** Epochs whose close did not happen (it failed, or was given up) that one block passes over. */
const PASSED_PER_BLOCK = 256;

export function closeEpoch(block: BlockInfo, view: View, closing: number): Outcome {
  const rules = rulesOf(view);
  const draft = new Draft(view, rules);
  const first = draft.totals.epoch;
  // Nobody has ever locked, or a lock of this block's own epoch came before the close of an older one.
  if (first === null || first > closing) return ok();
  if (first < closing) {
    for (let epoch = first; epoch < Math.min(closing, first + PASSED_PER_BLOCK); epoch++)
      begin(draft, epoch + 1, 0n, rules.vestEpochs);
    return more(draft.ops());
  }
  const { active } = draft.totals;
  const minted = active > 0n && draft.totals.mintedIn !== block.epoch ? rules.rewardPerEpoch : 0n;
  if (minted > 0n) {
    draft.mint(minted);
    draft.totals = { ...draft.totals, mintedIn: block.epoch, pool: draft.totals.pool + (minted << FRACTION) };
  }
  begin(draft, closing + 1, share(draft), rules.vestEpochs);
  return ok(
    draft.ops(),
    active > 0n ? [event('rewarded', Rewarded, { epoch: closing, minted, stake: active })] : [],
  );
}

/** Takes what each unit of active stake gets out of the pool; the remainder of the division stays there. */
function share(draft: Draft): bigint {
  const { active, pool } = draft.totals;
  if (active === 0n) return 0n;
  const each = pool / active;
  draft.totals = { ...draft.totals, pool: pool - each * active };
  return each;
}

/** Epoch `next` begins, after one in which a unit of stake got `each`. */
function begin(draft: Draft, next: number, each: bigint, vestEpochs: number): void {
  const before = draft.at(next - 1);
  const a = before.a + each;
  draft.change(next, () => ({ a, b: before.b + a }));
  const { joining, leaving } = draft.at(next);
  draft.totals = { ...draft.totals, epoch: next, active: draft.totals.active + joining - leaving };
  const outdated = next - vestEpochs - 1;
  if (outdated >= 0) draft.touch(outdated);
}
