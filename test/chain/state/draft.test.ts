import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Draft, type Mark, type Row, State, type StateReader } from '../../../chain/index.ts';
import { type Model, modelScan, type Step, step, stepsOf } from './model.ts';

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const rowsOf = (rows: Iterable<Row>): string[] =>
  Array.from(
    rows,
    ([key, value]) => `${Buffer.from(key).toString('hex')}=${Buffer.from(value).toString('hex')}`,
  );

function write(draft: Draft, model: Model, { key, value }: Step): void {
  if (value === null) {
    draft.delete(bytes(key));
    model.delete(key);
  } else {
    draft.put(bytes(key), bytes(value));
    model.set(key, value);
  }
}

const modelOf = (steps: readonly Step[]): Model =>
  new Map(steps.flatMap(({ key, value }) => (value === null ? [] : [[key, value]])));
const stateOf = (model: Model): State =>
  State.fromRows([...model].map(([key, value]) => [bytes(key), bytes(value)]));

function assertReads(reader: StateReader, model: Model, steps: readonly Step[]): void {
  for (const { key } of steps) {
    const value = reader.get(bytes(key));
    assert.equal(value && Buffer.from(value).toString('hex'), model.get(key));
  }
  assert.deepEqual(
    rowsOf(reader.scan(new Uint8Array())),
    modelScan(model, '', undefined, Number.POSITIVE_INFINITY),
  );
}

type Command = { readonly kind: 'write'; readonly step: Step } | { readonly kind: 'mark' | 'rollback' };
const commands = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: step().map((written): Command => ({ kind: 'write', step: written })) },
    { weight: 1, arbitrary: fc.constant<Command>({ kind: 'mark' }) },
    { weight: 1, arbitrary: fc.constant<Command>({ kind: 'rollback' }) },
  ),
  { maxLength: 40 },
);

describe('Draft', () => {
  it('reads as its base with the changes, through marks and rollbacks', () => {
    const property = fc.property(stepsOf(10), commands, (start, list) => {
      const base = modelOf(start);
      const state = stateOf(base);
      const draft = new Draft(state);
      let model: Model = new Map(base);
      const marks: { mark: Mark; model: Model }[] = [];
      for (const command of list) {
        if (command.kind === 'write') write(draft, model, command.step);
        else if (command.kind === 'mark') marks.push({ mark: draft.mark(), model: new Map(model) });
        else {
          const last = marks.at(-1);
          if (last === undefined) continue;
          draft.rollback(last.mark);
          model = new Map(last.model);
        }
      }
      const touched = [
        ...start,
        ...list.flatMap(command => (command.kind === 'write' ? [command.step] : [])),
      ];
      assertReads(draft, model, touched);
      assertReads(state, base, touched);
      assert.equal(state.with(draft.changes()).root, stateOf(model).root);
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('scans by prefix, after a key, up to a limit', () => {
    const property = fc.property(
      stepsOf(10),
      stepsOf(10),
      step(),
      step(),
      fc.option(fc.nat(5)),
      (start, steps, under, from, limit) => {
        const model = modelOf(start);
        const draft = new Draft(stateOf(model));
        for (const change of steps) write(draft, model, change);
        const prefix = under.key.slice(0, 2);
        const found = draft.scan(bytes(prefix), {
          after: bytes(from.key),
          ...(limit === null ? {} : { limit }),
        });
        assert.deepEqual(
          rowsOf(found),
          modelScan(model, prefix, from.key, limit ?? Number.POSITIVE_INFINITY),
        );
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it('gives its changes once each, in byte order', () => {
    const draft = new Draft(State.empty);
    for (const key of ['ff', '00', '80', '00']) draft.put(bytes(key), bytes('01'));
    draft.delete(bytes('80'));
    assert.deepEqual(draft.changes(), [
      { key: bytes('00'), value: bytes('01') },
      { key: bytes('80'), value: null },
      { key: bytes('ff'), value: bytes('01') },
    ]);
  });

  it('stands on another draft as on a state', () => {
    const below = new Draft(
      stateOf(
        new Map([
          ['01', 'aa'],
          ['02', 'bb'],
        ]),
      ),
    );
    below.put(bytes('03'), bytes('cc'));
    const above = new Draft(below);
    above.delete(bytes('01'));
    above.put(bytes('0201'), bytes('dd'));
    assert.deepEqual(rowsOf(above.scan(new Uint8Array())), ['02=bb', '0201=dd', '03=cc']);
    assert.deepEqual(rowsOf(below.scan(new Uint8Array())), ['01=aa', '02=bb', '03=cc']);
  });

  it('may be written to while it is scanned', () => {
    const draft = new Draft(
      stateOf(
        new Map([
          ['01', 'aa'],
          ['02', 'bb'],
          ['03', 'cc'],
        ]),
      ),
    );
    draft.put(bytes('04'), bytes('dd'));
    const seen: string[] = [];
    for (const [key] of draft.scan(new Uint8Array())) {
      seen.push(Buffer.from(key).toString('hex'));
      draft.delete(key);
      draft.delete(bytes('03'));
      draft.put(bytes('05'), bytes('ee'));
    }
    assert.deepEqual(seen, ['01', '02', '04']);
    assert.deepEqual(rowsOf(draft.scan(new Uint8Array())), ['05=ee']);
  });

  it('keeps its values when the caller reuses the bytes', () => {
    const draft = new Draft(State.empty);
    const value = Buffer.from([1, 2]);
    draft.put(bytes('00'), value);
    value.fill(9);
    assert.deepEqual(draft.get(bytes('00')), Uint8Array.of(1, 2));
  });

  it('refuses a mark that was rolled back over', () => {
    const draft = new Draft(State.empty);
    const first = draft.mark();
    draft.put(bytes('00'), bytes('01'));
    const second = draft.mark();
    draft.rollback(first);
    assert.throws(() => draft.rollback(second), RangeError);
  });
});
