import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Refusal } from '../../module/index.ts';
import { createSlots, type Place, type SlotLimits, type Slots } from '../../module/server/slots.ts';

const LIMITS: SlotLimits = {
  running: 2,
  perClient: 2,
  waiting: 100,
  waitingPerClient: 50,
  waitMs: 60_000,
  ofFunction: () => undefined,
};

/** Joins and notes when the turn comes. */
function enter(slots: Slots, order: string[], fn: string, client: string, name = client): Place {
  const place = slots.join(fn, client);
  place.turn().then(
    () => void order.push(name),
    (why: Refusal) => void order.push(`${name}: ${why.name}`),
  );
  return place;
}

const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

describe('slots of a module server', () => {
  it('callers take turns, however many calls one of them has', async () => {
    const slots = createSlots({ ...LIMITS, running: 1 });
    const order: string[] = [];
    const places = ['a', 'a', 'a', 'a', 'b', 'c', 'b'].map((client, at) =>
      enter(slots, order, 'f', client, `${client}${at}`),
    );
    for (let turn = 0; turn < places.length; turn++) {
      await settled();
      const at = Number(order.at(-1)?.slice(1));
      places[at]?.leave();
    }
    assert.deepEqual(order, ['a0', 'a1', 'b4', 'c5', 'a2', 'b6', 'a3']);
    assert.deepEqual(slots.counts(), { running: 0, waiting: 0 });
  });

  it('a function that is full does not hold up the others', async () => {
    const slots = createSlots({ ...LIMITS, ofFunction: fn => (fn === 'slow' ? 1 : undefined) });
    const order: string[] = [];
    const first = enter(slots, order, 'slow', 'a', 'slow 1');
    enter(slots, order, 'slow', 'b', 'slow 2');
    const quick = enter(slots, order, 'quick', 'c', 'quick 1');
    enter(slots, order, 'quick', 'd', 'quick 2');
    await settled();
    assert.deepEqual(order, ['slow 1', 'quick 1']);
    quick.leave();
    await settled();
    assert.deepEqual(order, ['slow 1', 'quick 1', 'quick 2']);
    first.leave();
    await settled();
    assert.equal(order.at(-1), 'slow 2');
  });

  it('refuses what finds no place to wait, of all and of one client', () => {
    const slots = createSlots({ ...LIMITS, running: 1, waiting: 3, waitingPerClient: 2 });
    for (let call = 0; call < 3; call++) slots.join('f', 'a').turn().catch(assert.fail);
    assert.throws(() => slots.join('f', 'a'), { name: 'OVERLOADED', status: 503, message: /of this client/ });
    slots.join('f', 'b');
    assert.throws(() => slots.join('f', 'c'), { name: 'OVERLOADED', message: /^3 calls wait/ });
  });

  it('a call that waits too long is refused, and its place is free', async () => {
    const slots = createSlots({ ...LIMITS, running: 1, waitMs: 1 });
    slots.join('f', 'a');
    const waiting = slots.join('f', 'b');
    await assert.rejects(waiting.turn(), { name: 'OVERLOADED', message: 'no turn within 1 ms' });
    waiting.leave();
    assert.deepEqual(slots.counts(), { running: 1, waiting: 0 });
  });

  it('nobody joins after it is shut; what runs and waits hears of an interruption', async () => {
    const slots = createSlots({ ...LIMITS, running: 1 });
    const order: string[] = [];
    const running = enter(slots, order, 'f', 'a');
    const waiting = enter(slots, order, 'f', 'b');
    await settled();
    slots.shut();
    assert.throws(() => slots.join('f', 'c'), { name: 'STOPPING' });
    let told = '';
    running.onInterrupt(({ name }) => {
      told = name;
    });
    slots.interrupt(new Refusal('STOPPING', 'now'));
    await settled();
    assert.deepEqual([order, told], [['a', 'b: STOPPING'], 'STOPPING']);
    let idle = false;
    const done = slots.idle().then(() => {
      idle = true;
    });
    waiting.leave();
    await settled();
    assert.equal(idle, false);
    running.leave();
    running.leave();
    await done;
    assert.deepEqual(slots.counts(), { running: 0, waiting: 0 });
  });

  it('no limit is ever passed, and everybody comes to his turn', async () => {
    const move = fc.record({
      fn: fc.constantFrom('f', 'g', 'h'),
      client: fc.constantFrom('a', 'b', 'c'),
      leaves: fc.nat(20),
      gives: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 60 }), async moves => {
        const limits = {
          ...LIMITS,
          running: 4,
          perClient: 2,
          ofFunction: (fn: string) => (fn === 'f' ? 1 : 3),
        };
        const slots = createSlots(limits);
        const running = new Map<Place, { fn: string; client: string }>();
        const waiting = new Set<Place>();
        const check = (): void => {
          const calls = [...running.values()];
          assert.ok(calls.length <= 4);
          for (const client of ['a', 'b', 'c'])
            assert.ok(calls.filter(call => call.client === client).length <= 2);
          for (const fn of ['f', 'g', 'h'])
            assert.ok(calls.filter(call => call.fn === fn).length <= limits.ofFunction(fn));
          assert.deepEqual(slots.counts(), { running: running.size, waiting: waiting.size });
        };
        for (const { fn, client, leaves, gives } of moves) {
          const place = slots.join(fn, client);
          waiting.add(place);
          place.turn().then(() => {
            waiting.delete(place);
            running.set(place, { fn, client });
          }, assert.fail);
          await settled();
          check();
          const from = gives ? [...waiting] : [...running.keys()];
          const gone = from[leaves % Math.max(1, from.length)];
          if (gone === undefined) continue;
          waiting.delete(gone);
          running.delete(gone);
          gone.leave();
          await settled();
          check();
        }
        while (running.size > 0) {
          for (const place of running.keys()) {
            running.delete(place);
            place.leave();
          }
          await settled();
        }
        assert.equal(waiting.size, 0);
      }),
      { numRuns: 200 },
    );
  });
});
