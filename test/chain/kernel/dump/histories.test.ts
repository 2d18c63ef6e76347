import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type DumpRow,
  describeRow,
  getEpoch,
  rowValue,
  State,
  selectTransactions,
  TOKEN,
} from '../../../../chain/index.ts';
import { encode } from '../../../../consensus/interface/index.ts';
import { valuesOf } from '../../../support/arbitrary.ts';
import {
  accountOf,
  createTestChain,
  GENESIS_TIME,
  type TestChain,
  VALIDATOR,
} from '../../../support/chain.ts';
import { withProbe } from '../../../support/probe.ts';
import { type Command, greedy, histories, PEOPLE, prelude, transactionsOf } from '../history.ts';
import { dumpOf, load, resealed } from './support.ts';

type History = readonly (readonly Command[])[];

const start = (validators: readonly string[]): TestChain =>
  createTestChain({
    accounts: PEOPLE.filter(name => name !== VALIDATOR),
    ...withProbe(
      greedy,
      { capabilities: ['move_reserves', 'mint', 'read_reserves'], mintCap: 3n * TOKEN },
      {
        epochLength: 3,
        graceEpochs: 1,
        unstakeEpochs: 2,
        validators: validators.map(name => ({ validator: accountOf(name), stake: 100n * TOKEN })),
      },
    ),
  });

/** Without announcing code: no chain that waits for code loads another state. */
function play(chain: TestChain, history: History): void {
  for (const commands of history) {
    const wanted = transactionsOf(
      chain,
      commands.filter(({ kind }) => kind !== 'installConsensus'),
    );
    const input = {
      height: chain.height + 1,
      time: GENESIS_TIME + (chain.height + 1) * 1000,
      proposer: accountOf(VALIDATOR),
      evidence: [],
      transactions: wanted,
    };
    chain.block(selectTransactions(chain.state, input, chain.mechanisms).included);
  }
}

describe('dumps of any history', () => {
  it('load, and the chain goes on in any way', () => {
    let loads = 0;
    fc.assert(
      fc.property(histories, histories, fc.nat(30), (history, after, blocks) => {
        const from = start([VALIDATOR, 'Other']);
        from.block(prelude(from));
        play(from, history);
        const bytes = dumpOf(from);
        const chain = start([VALIDATOR]);
        for (let made = 0; made < blocks; made++) chain.block();
        const { failure } = load(chain, bytes);
        assert.equal(failure, null, failure?.message);
        assert.deepEqual(dumpOf(chain), dumpOf(restarted(chain)), 'the same after a restart');
        loads++;
        play(chain, after);
        assert.ok(chain.epoch > getEpoch(from.state).number);
      }),
      { numRuns: 5 },
    );
    assert.equal(loads, 5);
  });

  it('are refused, or are a state with which a chain can go on, whatever is changed in them', () => {
    const from = start([VALIDATOR, 'Other']);
    from.block(prelude(from));
    fc.assert(
      fc.property(histories, history => play(from, history.slice(0, 10))),
      { numRuns: 5, seed: 7 },
    );
    const bytes = dumpOf(from);
    const seen = { refused: 0, loaded: 0 };
    const change = fc.record({ at: fc.nat(), value: fc.nat(), how: fc.nat(4) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), histories, (changes, after) => {
        const chain = start([VALIDATOR]);
        const changed = resealed(bytes, rows => changes.reduce(hurt, rows));
        const { failure } = load(chain, changed);
        seen[failure === null ? 'loaded' : 'refused']++;
        assert.ok(failure === null || /^(DUMP_|LOAD_|CLOCK_|SUPPLY_)/.test(failure.code), failure?.code);
        if (failure === null) play(chain, after.slice(0, 12));
      }),
      { numRuns: 60 },
    );
    assert.ok(seen.refused > 20 && seen.loaded > 0, JSON.stringify(seen));
  });
});

/** The same rows, read from disk. */
const restarted = ({ state, height }: TestChain): TestChain =>
  ({ state: State.fromRows(state.rows()), height }) as TestChain;

/** A row that is gone, there twice under another key, of another value of its type, or of any bytes. */
function hurt(
  rows: readonly DumpRow[],
  { at, value, how }: { at: number; value: number; how: number },
): readonly DumpRow[] {
  const index = at % rows.length;
  const row = rows[index];
  if (row === undefined) return rows;
  const others = rows.filter((_, place) => place !== index);
  const key = row.key.slice();
  key[1 + (value % (key.length - 1))] = value & 0xff;
  switch (how) {
    case 0:
      return others;
    case 1:
      return [...others, { ...row, key }];
    case 2:
      return [...others.filter(other => Buffer.compare(other.key, key) !== 0), row, { ...row, key }].filter(
        (each, place, all) => all.findIndex(one => Buffer.compare(one.key, each.key) === 0) === place,
      );
    case 3:
      return [...others, { ...row, value: Uint8Array.of(value & 0xff, ...row.value.slice(1)) }];
    default:
      return [...others, { ...row, value: otherValue(row, value) }];
  }
}

function otherValue({ key, value }: DumpRow, seed: number): Uint8Array {
  const described = describeRow(key);
  if (described === null || !('codec' in described)) return Uint8Array.of(seed & 0xff);
  const [made] = fc.sample(valuesOf(described.codec), { numRuns: 1, seed });
  const known = rowValue(described.codec, value);
  const mixed = typeof known === 'object' && typeof made === 'object' ? mix(known, made, seed) : made;
  return encode(described.codec, mixed);
}

/** One field of the other, so that most stays plausible. */
function mix(known: object | null, made: object | null, pick: number): unknown {
  const fields = Object.keys(known ?? {});
  const field = fields[pick % Math.max(1, fields.length)] ?? '';
  return { ...known, [field]: (made as Readonly<Record<string, unknown>> | null)?.[field] };
}
