/** Short histories that show what the module does, for `devnet plugin check` and the compliance suite. */

import type { Account } from 'devnet/consensus';
import { accountOf, type Sample, type Step, type World } from 'devnet/testing';
import type { Params } from '../src/rows.ts';

const alice = accountOf('alice');
const bob = accountOf('bob');
const carol = accountOf('charlie');

export const params: Params = {
  curve: { kPpm: 4_000_000, p: 1, tMax: 8, haircutBps: 1_000 },
  vestEpochs: 2,
  rewardPerEpoch: 100n,
  governor: carol,
};

const world: World = {
  chainId: 'check',
  consensus: 7,
  graceEpochs: 2,
  balances: [alice, bob, carol].map(account => ({ account, amount: 1_000_000n })),
  mintCap: 100n,
};

const nextEpoch: Step = { kind: 'epoch' };
const call = (
  sender: Account,
  method: string,
  args: object,
  { value = 0n, expect = 'ok' }: { readonly value?: bigint; readonly expect?: string } = {},
): Step => ({
  kind: 'call',
  sender,
  method,
  args,
  value,
  expect,
  // Locking again makes another lock: that is what it is for.
  repeatable: method === 'lock',
});

export const samples: readonly Sample[] = [
  {
    name: 'locks earn until they end',
    world,
    steps: [
      call(alice, 'lock', { epochs: 4 }, { value: 1_000n }),
      call(bob, 'lock', { epochs: 2 }, { value: 3_000n }),
      nextEpoch,
      nextEpoch,
      call(alice, 'claim', { lock: 1 }),
      call(alice, 'claim', { lock: 1 }, { expect: 'NOTHING_DUE' }),
      call(alice, 'extend', { lock: 1, epochs: 8 }),
      nextEpoch,
      call(bob, 'withdraw', { lock: 2 }),
      ...Array.from({ length: 8 }, () => nextEpoch),
      call(alice, 'withdraw', { lock: 1 }),
      call(bob, 'claim', { lock: 2 }),
    ],
  },
  {
    name: 'leaving early costs',
    world,
    steps: [
      call(alice, 'lock', { epochs: 8 }, { value: 10_000n }),
      call(bob, 'lock', { epochs: 8 }, { value: 10_000n }),
      nextEpoch,
      nextEpoch,
      call(alice, 'exit', { lock: 1 }),
      nextEpoch,
      call(bob, 'claim', { lock: 2 }),
    ],
  },
  {
    name: 'a curve is for later locks',
    world,
    steps: [
      call(alice, 'lock', { epochs: 2 }, { value: 1_000n }),
      call(carol, 'setCurve', { kPpm: 1_000_000, p: 2, tMax: 100, haircutBps: 0 }),
      call(bob, 'lock', { epochs: 100 }, { value: 1_000n }),
      call(alice, 'extend', { lock: 1, epochs: 100 }, { expect: 'BAD_EPOCHS' }),
      nextEpoch,
    ],
  },
  {
    name: 'refuses by name',
    world,
    steps: [
      call(alice, 'lock', { epochs: 2 }, { expect: 'NO_VALUE' }),
      call(alice, 'lock', { epochs: 0 }, { value: 5n, expect: 'BAD_EPOCHS' }),
      call(alice, 'lock', { epochs: 9 }, { value: 5n, expect: 'BAD_EPOCHS' }),
      call(alice, 'lock', { epochs: 1 }, { value: 1n, expect: 'TOO_LITTLE' }),
      call(alice, 'lock', { epochs: 2 }, { value: 1_000n }),
      call(alice, 'extend', { lock: 1, epochs: 2 }, { expect: 'NOT_LONGER' }),
      call(alice, 'extend', { lock: 1, epochs: 3 }, { value: 1n, expect: 'VALUE_REFUSED' }),
      call(alice, 'withdraw', { lock: 1 }, { expect: 'LOCKED' }),
      // Stake is nobody else's: there is no call that moves it, and others do not find it.
      call(bob, 'claim', { lock: 1 }, { expect: 'NO_SUCH_LOCK' }),
      call(bob, 'exit', { lock: 1 }, { expect: 'NO_SUCH_LOCK' }),
      call(bob, 'setCurve', { ...params.curve }, { expect: 'NOT_GOVERNOR' }),
      call(carol, 'setCurve', { ...params.curve, p: 0 }, { expect: 'BAD_CURVE' }),
      nextEpoch,
      nextEpoch,
      nextEpoch,
      call(alice, 'exit', { lock: 1 }, { expect: 'ENDED' }),
      call(alice, 'extend', { lock: 1, epochs: 3 }, { expect: 'ENDED' }),
    ],
  },
];
