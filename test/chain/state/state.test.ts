import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Change, type Row, State } from '../../../chain/index.ts';
import { type Model, modelScan, type Step, sorted, step, stepsOf } from './model.ts';

const apply = (model: Model, { key, value }: Step): void => {
  if (value === null) model.delete(key);
  else model.set(key, value);
};
const changeOf = ({ key, value }: Step): Change => ({
  key: Buffer.from(key, 'hex'),
  value: value === null ? null : Buffer.from(value, 'hex'),
});
const rowsOf = (rows: Iterable<Row>): string[] =>
  Array.from(
    rows,
    ([key, value]) => `${Buffer.from(key).toString('hex')}=${Buffer.from(value).toString('hex')}`,
  );
const stateOf = (model: Model): State =>
  State.fromRows(
    Array.from(model, ([key, value]) => [Buffer.from(key, 'hex'), Buffer.from(value, 'hex')] as const),
  );

describe('State', () => {
  it('holds what a plain map holds, after every batch, in the states before it too', () => {
    const property = fc.property(fc.array(stepsOf(12), { maxLength: 8 }), batches => {
      const model: Model = new Map();
      const history: { state: State; rows: string[] }[] = [];
      let state = State.empty;
      for (const batch of batches) {
        state = state.with(batch.map(changeOf));
        for (const change of batch) apply(model, change);
        history.push({ state, rows: sorted(model) });
      }
      for (const { state: past, rows } of history) {
        assert.deepEqual(rowsOf(past.rows()), rows);
        assert.equal(past.size, rows.length);
      }
      for (const [key, value] of model)
        assert.equal(Buffer.from(state.get(Buffer.from(key, 'hex')) ?? []).toString('hex'), value);
    });
    fc.assert(property, { numRuns: 150 });
  });

  it('has a root that depends on what it holds alone', () => {
    const property = fc.property(fc.array(stepsOf(12), { maxLength: 6 }), fc.integer(), (batches, seed) => {
      const model: Model = new Map();
      let state = State.empty;
      for (const batch of batches) {
        state = state.with(batch.map(changeOf));
        for (const change of batch) apply(model, change);
      }
      const shuffled = [...model].sort(([a], [b]) => hash(a, seed) - hash(b, seed));
      assert.equal(stateOf(new Map(shuffled)).root, state.root);
      const oneByOne = shuffled.reduce(
        (built, [key, value]) => built.with([changeOf({ key, value })]),
        State.empty,
      );
      assert.equal(oneByOne.root, state.root);
    });
    fc.assert(property, { numRuns: 100 });
  });

  it('has another root for every other content', () => {
    const property = fc.property(stepsOf(8), stepsOf(8), (a, b) => {
      const [left, right] = [State.empty.with(a.map(changeOf)), State.empty.with(b.map(changeOf))];
      assert.equal(left.root === right.root, rowsOf(left.rows()).join() === rowsOf(right.rows()).join());
    });
    fc.assert(property, { numRuns: 200 });
  });

  it('keeps its root when nothing changes', () => {
    const state = stateOf(
      new Map([
        ['00', '01'],
        ['01', ''],
        ['ff00', '02'],
      ]),
    );
    assert.equal(state.with([]).root, state.root);
    assert.equal(state.with([{ key: Uint8Array.of(1), value: new Uint8Array() }]).root, state.root);
    assert.equal(state.with([{ key: Uint8Array.of(9), value: null }]).root, state.root);
    const there = state.with([{ key: Uint8Array.of(9), value: Uint8Array.of(9) }]);
    assert.equal(there.with([{ key: Uint8Array.of(9), value: null }]).root, state.root);
  });

  it('starts from the root of 32 zero bytes', () => {
    assert.equal(State.empty.root, `0x${'00'.repeat(32)}`);
    assert.equal(State.fromRows([]).root, State.empty.root);
  });

  it('tells an empty value from none', () => {
    const state = State.empty.with([{ key: new Uint8Array(), value: new Uint8Array() }]);
    assert.notEqual(state.root, State.empty.root);
    assert.deepEqual(state.get(new Uint8Array()), new Uint8Array());
  });

  it('lets the later of two changes of one key count', () => {
    const key = Uint8Array.of(1);
    const state = State.empty.with([
      { key, value: Uint8Array.of(1) },
      { key, value: null },
      { key, value: Uint8Array.of(2) },
    ]);
    assert.equal(state.root, State.fromRows([[key, Uint8Array.of(2)]]).root);
  });

  it('scans by prefix, after a key, up to a limit', () => {
    const property = fc.property(
      stepsOf(20),
      step(),
      step(),
      fc.option(fc.nat(6)),
      (steps, under, from, limit) => {
        const model: Model = new Map();
        for (const change of steps) apply(model, change);
        const prefix = under.key.slice(0, 2);
        for (const after of [undefined, from.key]) {
          const options = {
            ...(after === undefined ? {} : { after: Buffer.from(after, 'hex') }),
            ...(limit === null ? {} : { limit }),
          };
          const found = rowsOf(stateOf(model).scan(Buffer.from(prefix, 'hex'), options));
          assert.deepEqual(found, modelScan(model, prefix, after, limit ?? Number.POSITIVE_INFINITY));
        }
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  it('copes with thousands of keys, and takes them all out again', () => {
    const key = (index: number): Uint8Array => Buffer.from(`account/${index * 7919}`);
    const rows = Array.from({ length: 3000 }, (_, index) => [key(index), key(index * 2)] as const);
    const full = State.fromRows(rows);
    assert.equal(full.size, 3000);
    const half = full.with(rows.slice(0, 1500).map(([at]) => ({ key: at, value: null })));
    assert.equal(half.root, State.fromRows(rows.slice(1500)).root);
    assert.equal(
      half.with(rows.slice(1500).map(([at]) => ({ key: at, value: null }))).root,
      State.empty.root,
    );
    assert.equal(full.size, 3000);
  });
});

/** An order of texts that depends on a seed. */
const hash = (text: string, seed: number): number => {
  let value = seed | 0;
  for (const character of text) value = (Math.imul(value, 31) + character.charCodeAt(0)) | 0;
  return value;
};
