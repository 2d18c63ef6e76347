import assert from 'node:assert/strict';
import type { BlockMode, Clock } from '../../node/ordering/index.ts';
import { createPace, type Pace } from '../../node/ordering/pace.ts';

/** A clock that stands still until it is moved. */
function manualClock(): Clock & { move(ms: number): void } {
  let now = 1000;
  const timers = new Set<{ at: number; run: () => void }>();
  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    move(ms) {
      now += ms;
      for (const timer of [...timers]) if (timer.at <= now && timers.delete(timer)) timer.run();
    },
  };
}

function setup(mode: BlockMode): {
  pace: Pace;
  begun: number[];
  clock: ReturnType<typeof manualClock>;
  work: { waits: boolean };
} {
  const clock = manualClock();
  const begun: number[] = [];
  const work = { waits: false };
  const pace = createPace({ clock, mode, hasWork: () => work.waits, begin: height => begun.push(height) });
  return { pace, begun, clock, work };
}

describe('ordering: when a height begins', () => {
  it('the first at once, in every mode', () => {
    for (const mode of [
      { kind: 'manual' },
      { kind: 'auto', emptyMs: 500 },
      { kind: 'interval', ms: 500 },
    ] as const) {
      const { pace, begun } = setup(mode);
      pace.open(1);
      assert.deepEqual(begun, [1]);
    }
  });

  it('auto: at once with work, else after a while', () => {
    const { pace, begun, clock, work } = setup({ kind: 'auto', emptyMs: 500 });
    pace.open(2);
    clock.move(499);
    assert.deepEqual(begun, []);
    clock.move(1);
    assert.deepEqual(begun, [2]);
    pace.open(3);
    work.waits = true;
    pace.wake();
    pace.wake();
    assert.deepEqual(begun, [2, 3]);
    pace.open(4);
    assert.deepEqual(begun, [2, 3, 4], 'more work: at once');
  });

  it('interval: from begin to begin, work or not', () => {
    const { pace, begun, clock, work } = setup({ kind: 'interval', ms: 100 });
    work.waits = true;
    pace.open(2);
    clock.move(100);
    assert.deepEqual(begun, [2]);
    clock.move(30);
    pace.open(3);
    clock.move(69);
    assert.deepEqual(begun, [2]);
    clock.move(1);
    assert.deepEqual(begun, [2, 3]);
  });

  it('interval: counts from the block of others where they began the height', () => {
    const { pace, begun, clock } = setup({ kind: 'interval', ms: 100 });
    pace.open(2);
    clock.move(99);
    pace.open(3);
    clock.move(50);
    assert.deepEqual(begun, []);
    clock.move(50);
    assert.deepEqual(begun, [3]);
  });

  it('manual: up to the height that was named, and no further', () => {
    const { pace, begun, clock } = setup({ kind: 'manual' });
    pace.open(2);
    clock.move(10_000);
    assert.deepEqual(begun, []);
    assert.equal(pace.mineUntil(3), true);
    assert.equal(pace.mineUntil(3), false, 'no news');
    pace.open(3);
    pace.open(4);
    assert.deepEqual(begun, [2, 3]);
  });

  it('a change of mode holds from the open height on', () => {
    const { pace, begun, clock } = setup({ kind: 'manual' });
    pace.open(2);
    pace.setMode({ kind: 'auto', emptyMs: 10 });
    clock.move(10);
    assert.deepEqual(begun, [2]);
    pace.open(3);
    pace.setMode({ kind: 'manual' });
    clock.move(1000);
    assert.deepEqual(begun, [2]);
  });

  it('is held back while blocks come from sync, and begins nothing once it is closed', () => {
    const { pace, begun, clock, work } = setup({ kind: 'auto', emptyMs: 10 });
    work.waits = true;
    pace.open(2, 500);
    pace.wake();
    clock.move(499);
    assert.deepEqual(begun, []);
    clock.move(1);
    assert.deepEqual(begun, [2]);
    pace.open(3, 500);
    pace.close();
    clock.move(10_000);
    assert.deepEqual(begun, [2]);
  });
});
