import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type CallContext, type Json, openStore, type Range, STATE_LIMITS } from '../../module/index.ts';
import { openCallState } from '../../module/server/state.ts';
import { callRaw, cleanUp, directory, onEnd, PRICE, setUp } from './support/setup.ts';

type Run = (params: Record<string, Json>, context: CallContext) => unknown;

/** A served function whose code changes from call to call. */
async function served(options: { dir?: string } = {}) {
  let code: Run = () => null;
  const functions = {
    echo: { price: PRICE, run: (params: unknown, context: CallContext) => code(params as never, context) },
  };
  const setup = await setUp({ functions, ...options });
  setup.fake.setReserve((await import('./support/setup.ts')).ALICE.address, setup.server.address, 10n ** 9n);
  let nonce = options.dir === undefined ? 0 : 1_000;
  const call = (run: Run, params: object = {}) => {
    code = run;
    return callRaw(setup.server, { nonce: ++nonce }, params);
  };
  return { ...setup, call };
}

async function entries(state: CallContext['state'], range: Range = {}): Promise<(readonly [string, Json])[]> {
  const found = [];
  for await (const entry of state.range(range)) found.push(entry);
  return found;
}

describe('state of a module', () => {
  afterEach(cleanUp);

  it('keeps values over calls and restarts', async () => {
    const { call, server, dir } = await served();
    await call((_, { state }) => {
      state.put('a', { deep: [1, 'é'] });
      state.put('b', 2);
      state.delete('b');
      state.batch([
        { type: 'put', key: 'c', value: 3 },
        { type: 'delete', key: 'a' },
        { type: 'put', key: 'a', value: { deep: [2] } },
      ]);
    });
    await server.stop();
    const again = await served({ dir });
    const { json } = await again.call(async (_, { state }) => [
      await entries(state),
      (await state.get('b')) ?? null,
    ]);
    assert.deepEqual(json, [
      [
        ['a', { deep: [2] }],
        ['c', 3],
      ],
      null,
    ]);
  });

  it('what a failed call wrote is gone, also later', async () => {
    const { call } = await served();
    let late: CallContext['state'] | undefined;
    const failed = await call((_, { state }) => {
      late = state;
      state.put('a', 1);
      throw new Error('no luck');
    });
    assert.equal(failed.error, 'FUNCTION_FAILED');
    const unserialisable = await call((_, { state }) => {
      state.put('a', 1);
      return 1n;
    });
    assert.equal(unserialisable.error, 'BAD_RESULT');
    assert.throws(() => late?.put('a', 2), TypeError);
    assert.deepEqual((await call(async (_, { state }) => entries(state))).json, []);
  });

  it('a call sees what it has written itself', async () => {
    const { call } = await served();
    await call((_, { state }) => state.put('b', 'old'));
    const { json } = await call(async (_, { state }) => {
      state.put('a', 1);
      state.put('b', 'new');
      state.put('c', 1);
      state.delete('c');
      state.update('a', value => Number(value) + 1);
      state.update('d', value => value ?? 'first');
      return [await state.get('a'), await state.get('d'), await entries(state)];
    });
    assert.deepEqual(json, [
      2,
      'first',
      [
        ['a', 2],
        ['b', 'new'],
        ['d', 'first'],
      ],
    ]);
  });

  it('updates by many calls at once lose nothing', async () => {
    const { call } = await served();
    const add: Run = async (_, { state }) => {
      await new Promise(resolve => setImmediate(resolve));
      state.update('count', value => Number(value ?? 0) + 1);
    };
    const answers = await Promise.all(Array.from({ length: 30 }, () => call(add)));
    const served30 = answers.filter(({ status }) => status === 200).length;
    // Calls that overtake one another on the way are refused as replays; they change nothing.
    assert.ok(served30 > 0 && answers.every(({ status, error }) => status === 200 || error === 'REPLAY'));
    assert.equal((await call((_, { state }) => state.get('count'))).json, served30);
  });

  it('refuses to overwrite what another call changed after it was read', async () => {
    const { call } = await served();
    let read = (): void => undefined;
    const hasRead = new Promise<void>(resolve => {
      read = resolve;
    });
    let go = (): void => undefined;
    const gate = new Promise<void>(resolve => {
      go = resolve;
    });
    const slow = call(async (_, { state }) => {
      const before = await state.get('x');
      const others = await entries(state, { prefix: 'y' });
      read();
      await gate;
      state.put('x', [before ?? null, others.length]);
    });
    await hasRead;
    assert.equal((await call((_, { state }) => state.put('yy', 1))).status, 200);
    go();
    assert.equal((await slow).error, 'STATE_CONFLICT');
    assert.equal((await call(async (_, { state }) => (await state.get('x')) ?? null)).json, null);
  });

  it('two calls that count by reading and writing never both win', async () => {
    const { call } = await served();
    const count: Run = async (_, { state }) => {
      const before = Number((await state.get('n')) ?? 0);
      await new Promise(resolve => setImmediate(resolve));
      state.put('n', before + 1);
    };
    const answers = await Promise.all(Array.from({ length: 20 }, () => call(count)));
    const won = answers.filter(({ status }) => status === 200).length;
    assert.equal((await call((_, { state }) => state.get('n'))).json, won);
  });

  it('has limits, and names what breaks them', async () => {
    const { call } = await served();
    const bad: readonly (readonly [RegExp, Run])[] = [
      [/1 to 512 bytes/, (_, { state }) => state.put('', 1)],
      [/1 to 512 bytes/, (_, { state }) => state.put('é'.repeat(257), 1)],
      [/1 to 512 bytes/, (_, { state }) => state.get('\ud800')],
      [/not a number/, (_, { state }) => state.put(1 as unknown as string, 1)],
      [/over 1048576 bytes/, (_, { state }) => state.put('a', 'x'.repeat(STATE_LIMITS.value))],
      [/no JSON form/, (_, { state }) => state.put('a', 1n as unknown as Json)],
      [
        /10000 keys/,
        (_, { state }) => {
          for (let key = 0; key <= STATE_LIMITS.writes; key++) state.put(`${key}`, key);
        },
      ],
      [
        /8388608 bytes/,
        (_, { state }) => {
          for (let key = 0; key < 9; key++) state.put(`${key}`, 'x'.repeat(1_000_000));
        },
      ],
      [/no number/, (_, { state }) => state.update('a', () => assert.fail('no number'))],
    ];
    for (const [message, run] of bad) {
      const { error, json } = await call(run);
      assert.equal(error, 'FUNCTION_FAILED');
      assert.match((json as { error: { message: string } }).error.message, message);
    }
    assert.deepEqual((await call(async (_, { state }) => entries(state))).json, []);
  });

  it('ranges are those of a sorted list, whatever was written before and in the call', async () => {
    const key = fc.string({
      unit: fc.constantFrom('a', 'b', 'é', '😀', '\uffff'),
      minLength: 1,
      maxLength: 3,
    });
    const bound = fc.option(key, { nil: undefined });
    const change = fc.tuple(key, fc.option(fc.nat(9), { nil: null }));
    const store = await openStore(await directory());
    onEnd(() => store.close());
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 8 }),
        fc.array(change, { maxLength: 8 }),
        fc.record({ gt: bound, gte: bound, lt: bound, lte: bound, prefix: bound, reverse: fc.boolean() }),
        fc.option(fc.nat(5), { nil: undefined }),
        async (before, inCall, bounds, limit) => {
          const range = Object.fromEntries(
            Object.entries({ ...bounds, limit }).filter(([, value]) => value !== undefined),
          ) as Range;
          const clean = openCallState(store.state);
          for (const [old] of await entries(clean)) clean.delete(old);
          const model = new Map<string, Json>();
          const apply = (state: CallContext['state'], changes: typeof before): void => {
            for (const [name, value] of changes) {
              if (value === null) state.delete(name);
              else state.put(name, value);
              if (value === null) model.delete(name);
              else model.set(name, value);
            }
          };
          apply(clean, before);
          const commit = clean.commit();
          if (commit !== null) await store.putState(commit);
          const state = openCallState(store.state);
          apply(state, inCall);
          const order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
          const inside = (name: string): boolean =>
            (range.gt === undefined || order(name, range.gt) > 0) &&
            (range.gte === undefined || order(name, range.gte) >= 0) &&
            (range.lt === undefined || order(name, range.lt) < 0) &&
            (range.lte === undefined || order(name, range.lte) <= 0) &&
            (range.prefix === undefined || name.startsWith(range.prefix));
          const expected = [...model].filter(([name]) => inside(name)).sort(([a], [b]) => order(a, b));
          if (range.reverse) expected.reverse();
          assert.deepEqual(await entries(state, range), expected.slice(0, limit));
        },
      ),
      { numRuns: 150 },
    );
  });
});
