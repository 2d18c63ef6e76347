import type { Account, Amount } from '../../../consensus/interface/index.ts';
import { chainError } from '../../errors.ts';
import { MAX_CLOCK_AHEAD_MS } from '../../format/limits.ts';
import type { Transaction } from '../../format/transaction.ts';
import type { DevCall } from '../act.ts';
import { type BlockContext, type CallContext, emit } from '../context.ts';
import { getAccount, getClockAhead } from '../getters.ts';
import { abandonLoad, addLoadPart, askLoad } from '../loads.ts';
import { burnSupply, credit, mintSupply, putAccount } from '../money.ts';
import { askRevert, takeSnapshot } from '../snapshots.ts';
import { clocks, epochs } from '../tables.ts';

/** Throws NOT_DEV_AUTHORITY for the powers of a devnet in other hands than the genesis put them into. */
export function requireDevAuthority({ parameters }: BlockContext, { sender, call }: Transaction): void {
  if (call.kind === 'dev' && sender !== parameters.devAuthority) throw chainError('NOT_DEV_AUTHORITY');
}

/** Test-only powers of the account that the genesis names. All new and destroyed money is declared in the supply. */
export function dev(context: CallContext, { operation }: DevCall): void {
  switch (operation.kind) {
    case 'setBalance':
      setBalance(context, operation.account, operation.free);
      break;
    case 'mint':
      mintSupply(context.draft, operation.amount);
      credit(context.draft, operation.account, operation.amount);
      emit(context, 'DevMinted', { account: operation.account, amount: operation.amount });
      break;
    case 'advanceEpoch':
      epochs.put(context.draft, { ...context.epoch, endsNow: true });
      emit(context, 'DevEpochAdvanced', { epoch: context.epoch.number });
      break;
    case 'increaseTime':
      increaseTime(context, operation.ms);
      break;
    case 'snapshot':
      takeSnapshot(context, operation.name);
      break;
    case 'revert':
      askRevert(context, operation.name);
      break;
    case 'loadPart':
      addLoadPart(context, operation);
      break;
    case 'load':
      askLoad(context, operation.dump);
      break;
    case 'abandonLoad':
      abandonLoad(context);
      break;
  }
}

function setBalance(context: CallContext, id: Account, free: Amount): void {
  const account = getAccount(context.draft, id);
  if (free >= account.free) mintSupply(context.draft, free - account.free);
  else burnSupply(context.draft, account.free - free);
  putAccount(context.draft, id, { ...account, free });
  emit(context, 'DevBalanceSet', { account: id, free });
}

/** Time only grows: {@link validateHeader} wants each block later than its parent. */
function increaseTime(context: CallContext, ms: number): void {
  const ahead = getClockAhead(context.draft) + ms;
  if (ahead > MAX_CLOCK_AHEAD_MS) throw chainError('CLOCK_TOO_FAR', { ahead, max: MAX_CLOCK_AHEAD_MS });
  clocks.put(context.draft, { aheadMs: ahead });
  emit(context, 'DevTimeIncreased', { ms, ahead });
}
