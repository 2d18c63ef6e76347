/** Short histories that show what the module does; `devnet plugin check` runs them again and again, in every way it knows. */
import { accountOf, type Sample, type Step } from 'devnet/testing';

export const params = { burned: 100 };

const world = {
  chainId: 'check',
  consensus: 1,
  graceEpochs: 2,
  balances: [{ account: accountOf('alice'), amount: 1_000n }],
};

/** The same tip twice is two tips, so it is repeatable. */
const tip = (to: string, value: bigint, expect = 'ok'): Step => ({
  kind: 'call',
  sender: accountOf('alice'),
  method: 'tip',
  args: { to: accountOf(to) },
  value,
  expect,
  repeatable: true,
});
const nextEpoch: Step = { kind: 'epoch' };

export const samples: readonly Sample[] = [
  {
    name: 'pays tips when the epoch ends',
    world,
    steps: [tip('bob', 100n), tip('bob', 20n), tip('charlie', 1n), nextEpoch, nextEpoch],
  },
  { name: 'refuses an empty hand', world, steps: [tip('bob', 0n, 'NO_VALUE')] },
];
