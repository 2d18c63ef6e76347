/** The time lock as the compliance suite sees it; loaded by fresh processes too. */
import type { Sample, Step, Subject } from '../../consensus/compliance/index.ts';
import type { Account } from '../../consensus/interface/index.ts';
import { timeLock } from '../../examples/timeLock.ts';

export const alice: Account = `0x${'aa'.repeat(32)}`;
export const bob: Account = `0x${'bb'.repeat(32)}`;

export const world = {
  chainId: 'test',
  consensus: 7,
  graceEpochs: 2,
  balances: [{ account: alice, amount: 1000n }],
};

/** Locking again locks more: that is what it is for, so it is repeatable. */
const lock = (epoch: number, value: bigint, expect = 'ok'): Step => ({
  kind: 'call',
  sender: alice,
  method: 'lock',
  args: { to: bob, epoch },
  value,
  expect,
  repeatable: true,
});
const nextEpoch: Step = { kind: 'epoch' };

const samples: readonly Sample[] = [
  {
    name: 'locks and releases',
    world,
    steps: [lock(2, 100n), lock(2, 20n), lock(3, 5n), nextEpoch, nextEpoch],
  },
  {
    name: 'refuses what it cannot keep',
    world,
    steps: [lock(2, 0n, 'NO_VALUE'), lock(0, 5n, 'TOO_EARLY'), lock(11, 5n, 'TOO_FAR')],
  },
];

export const subject: Subject = { module: timeLock, params: { maxEpochs: 10 }, samples };
