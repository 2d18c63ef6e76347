import type { Account, Amount } from '../../../consensus/interface/index.ts';
import { chainError } from '../../errors.ts';
import type { CallOf } from '../../format/transaction.ts';
import { type CallContext, emit } from '../context.ts';
import { getAccount } from '../getters.ts';
import { burnSupply, credit, mintSupply, putAccount } from '../money.ts';
import { epochs } from '../tables.ts';

/** Test-only powers of the account that the genesis names. All new and destroyed money is declared in the supply. */
export function dev(context: CallContext, { operation }: CallOf<'dev'>): void {
  if (context.sender !== context.parameters.devAuthority) throw chainError('NOT_DEV_AUTHORITY');
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
  }
}

function setBalance(context: CallContext, id: Account, free: Amount): void {
  const account = getAccount(context.draft, id);
  if (free >= account.free) mintSupply(context.draft, free - account.free);
  else burnSupply(context.draft, account.free - free);
  putAccount(context.draft, id, { ...account, free });
  emit(context, 'DevBalanceSet', { account: id, free });
}
