import { z } from 'zod';
import { Account, accountKey, getAccount, listReserves, type State, stakesOf } from '../../../chain/index.ts';
import type { Account as AccountId } from '../../../consensus/interface/index.ts';
import type { Wire } from '../../client/wire.ts';
import { toAccount } from '../addresses.ts';
import { perState } from '../memo.ts';
import { prove } from '../proofs.ts';
import { method } from '../schema.ts';
import * as s from '../schemas.ts';
import { sumStakes } from './stake.ts';

const params = z.strictObject({ address: s.address });

export const accountMethods = [
  method('account_get', {
    description: 'Balances and nonce of an account after the last block; zeros for one that was never used.',
    params,
    result: s.account,
    run({ api }, { address }) {
      const account = toAccount(address);
      return { address, nextNonce: api.nextNonce(account), ...sumsOf(api.state(), account) };
    },
  }),
  method('account_proof', {
    description: 'Balance and nonce of an account, or its absence, with a proof.',
    params,
    result: s.proof,
    run: ({ api }, { address }) => prove(api, accountKey(toAccount(address)), Account),
  }),
];

type Sums = Omit<Wire['Account'], 'address' | 'nextNonce'>;

const sumsOf = perState((state: State, account: AccountId): Sums => {
  const { nonce, free } = getAccount(state, account);
  const { staked, thawing } = sumStakes(stakesOf(state, account));
  const reserves = listReserves(state, { client: account });
  const reserved = reserves.reduce((sum, { reserve }) => sum + reserve.amount + reserve.thawing, 0n);
  return {
    nonce,
    free: String(free),
    staked: String(staked),
    thawing: String(thawing),
    reserved: String(reserved),
  };
});
