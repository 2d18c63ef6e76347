/** Stake-time tokens as the compliance suite sees them; loaded by fresh processes too. */
import type { Sample, Subject } from '../../../consensus/compliance/index.ts';
import { stakeTime } from '../../../examples/stake-time/src/index.ts';
import { alice, bob, call, carol, nextEpoch, params, world } from './people.ts';

const samples: readonly Sample[] = [
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

export const subject: Subject = { module: stakeTime, params, samples };
