import { z } from 'zod';
import { getValidators, listOffences, type Stake, StakeTarget, stakesOf } from '../../../chain/index.ts';
import type { Wire } from '../../client/wire.ts';
import { addressOf, toAccount } from '../addresses.ts';
import { toJson } from '../json.ts';
import { method, noParams } from '../schema.ts';
import * as s from '../schemas.ts';

/** More than these are not listed. */
const MAX_OFFENCES = 1_000;

interface StakeRow {
  readonly target: StakeTarget;
  readonly stake: Stake;
}

/** Base units that an account has staked and that thaw. */
export function sumStakes(rows: readonly StakeRow[]): { readonly staked: bigint; readonly thawing: bigint } {
  let staked = 0n;
  let thawing = 0n;
  for (const { stake } of rows) {
    staked += stake.amount;
    for (const part of stake.thawing) thawing += part.amount;
  }
  return { staked, thawing };
}

export const stakeMethods = [
  method('stake_get', {
    description: 'What an account has staked, and on whom.',
    params: z.strictObject({ address: s.address }),
    result: s.stakes,
    run({ api }, { address }) {
      const rows = stakesOf(api.state(), toAccount(address));
      const { staked, thawing } = sumStakes(rows);
      return { address, staked: String(staked), thawing: String(thawing), stakes: rows.map(stakeJson) };
    },
  }),
  method('stake_validators', {
    description:
      'Who votes on the next block, with which power in whole tokens, and for what it lost stake lately.',
    params: noParams,
    result: z.array(s.voter),
    run({ api }) {
      const offences = listOffences(api.state(), MAX_OFFENCES);
      return getValidators(api.state()).map(({ validator, power }) => ({
        validator: addressOf(validator),
        power,
        offences: offences
          .filter(offence => offence.validator === validator)
          .map(({ kind, height, round }) => ({ kind, height, round })),
      }));
    },
  }),
];

const stakeJson = ({ target, stake }: StakeRow): Wire['Stakes']['stakes'][number] => ({
  target: toJson(StakeTarget, target) as Wire['Stakes']['stakes'][number]['target'],
  amount: String(stake.amount),
  thawing: stake.thawing.map(({ amount, epoch }) => ({ amount: String(amount), epoch })),
});
