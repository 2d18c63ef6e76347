import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  FIRST_HASH,
  type HashRange,
  LAST_HASH,
  RangeProof,
  type Row,
  State,
  sha256,
  verifyRange,
} from '../../../chain/index.ts';
import { decode, encode, fromHex, type Hex, toHex } from '../../../consensus/interface/index.ts';

type RangePart = RangeProof[number];

const key = (index: number): Uint8Array => Buffer.from(`key ${index}`);
const value = (index: number): Uint8Array => Buffer.from(`value ${index}`);
const stateOf = (size: number): State =>
  State.fromRows(Array.from({ length: size }, (_, index) => [key(index), value(index)] as const));
const rowsIn = (state: State, range: HashRange): Row[] => [...state.rowsByHash(range)].map(({ row }) => row);
const ALL: HashRange = { first: FIRST_HASH, last: LAST_HASH };

/** All rows in order of the hash of their key, by the definition. */
const sortedRows = (state: State): { readonly keyHash: Hex; readonly row: Row }[] =>
  Array.from(state.rows(), row => ({ keyHash: sha256(row[0]), row })).sort((a, b) =>
    a.keyHash < b.keyHash ? -1 : 1,
  );

/** A hash near those of the state: one of its keys', one beside it, or any. */
function boundary(state: State): fc.Arbitrary<Hex> {
  const hashes = sortedRows(state).map(({ keyHash }) => keyHash);
  const any = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(bytes => toHex(bytes));
  if (hashes.length === 0) return any;
  const own = fc.constantFrom(...hashes);
  const beside = fc.tuple(own, fc.constantFrom(-1n, 1n)).map(([hash, by]) => moved(hash, by));
  return fc.oneof(any, own, beside, fc.constantFrom(FIRST_HASH, LAST_HASH));
}

function moved(hash: Hex, by: bigint): Hex {
  const wanted = BigInt(hash) + by;
  const clipped = wanted < 0n ? 0n : wanted > BigInt(LAST_HASH) ? BigInt(LAST_HASH) : wanted;
  return `0x${clipped.toString(16).padStart(64, '0')}`;
}

const rangeOf = (a: Hex, b: Hex): HashRange => (a <= b ? { first: a, last: b } : { first: b, last: a });

describe('range proofs', () => {
  for (const size of [0, 1, 2, 3, 17, 300])
    it(`prove any range of a state of ${size} rows, and nothing else`, () => {
      const state = stateOf(size);
      const all = sortedRows(state);
      const property = fc.property(boundary(state), boundary(state), (a, b) => {
        const range = rangeOf(a, b);
        const rows = rowsIn(state, range);
        const expected = all.filter(({ keyHash }) => keyHash >= range.first && keyHash <= range.last);
        assert.deepEqual(
          rows,
          expected.map(({ row }) => row),
        );
        const proof = state.proveRange(range);
        assert.ok(verifyRange(state.root, range, rows, proof));
        assert.deepEqual(decode(RangeProof, encode(RangeProof, proof)), proof);
        assert.ok(!verifyRange(stateOf(size + 1).root, range, rows, proof));
      });
      fc.assert(property, { numRuns: 100 });
    });

  it('need no proof for everything at once, and few parts for a little', () => {
    const state = stateOf(5000);
    assert.deepEqual(state.proveRange(ALL), []);
    assert.ok(verifyRange(state.root, ALL, rowsIn(state, ALL), []));
    const narrow = { first: sha256(key(7)), last: sha256(key(7)) };
    const proof = state.proveRange(narrow);
    assert.ok(verifyRange(state.root, narrow, [[key(7), value(7)]], proof));
    assert.ok(proof.length < 60, `${proof.length} parts`);
  });

  it('prove that a range is empty', () => {
    const state = stateOf(50);
    const hashes = sortedRows(state).map(({ keyHash }) => keyHash);
    for (const [index, hash] of hashes.entries()) {
      const next = hashes[index + 1] ?? moved(LAST_HASH, 0n);
      const gap = { first: moved(hash, 1n), last: moved(next, -1n) };
      const proof = state.proveRange(gap);
      assert.ok(verifyRange(state.root, gap, [], proof));
      const wider = { first: hash, last: gap.last };
      assert.ok(!verifyRange(state.root, wider, [], proof));
      assert.ok(!verifyRange(state.root, wider, [], state.proveRange(wider)));
    }
  });

  it('refuse a row that is wrong, missing, added, moved or twice', () => {
    const state = stateOf(200);
    const property = fc.property(boundary(state), boundary(state), fc.nat(), (a, b, at) => {
      const range = rangeOf(a, b);
      const rows = rowsIn(state, range);
      const proof = state.proveRange(range);
      const place = rows.length === 0 ? 0 : at % rows.length;
      const stranger: Row = [key(1000 + (at % 1000)), value(0)];
      const mutants: Row[][] = [[...rows, stranger], [stranger, ...rows], rows.toSpliced(place, 0, stranger)];
      const found = rows[place];
      if (found !== undefined) {
        mutants.push(rows.toSpliced(place, 1));
        mutants.push(rows.toSpliced(place, 0, found));
        mutants.push(rows.toSpliced(place, 1, [found[0], value(5000)]));
        mutants.push(rows.toSpliced(place, 1, [stranger[0], found[1]]));
      }
      if (rows.length > 1) mutants.push([...rows].reverse());
      for (const mutant of mutants) assert.ok(!verifyRange(state.root, range, mutant, proof));
    });
    fc.assert(property, { numRuns: 150 });
  });

  it('refuse a proof that was changed, and one of another range that holds other rows', () => {
    const state = stateOf(120);
    const property = fc.property(boundary(state), boundary(state), fc.nat(), (a, b, at) => {
      const range = rangeOf(a, b);
      const rows = rowsIn(state, range);
      const proof = state.proveRange(range);
      const place = at % Math.max(1, proof.length);
      const parts: RangePart[] = [
        { kind: 'cut', hash: sha256(key(at)) },
        { kind: 'cut', hash: FIRST_HASH },
        { kind: 'node' },
        { kind: 'row' },
        { kind: 'other', keyHash: sha256(key(at % 120)), valueHash: sha256(value(at % 120)) },
        { kind: 'other', keyHash: FIRST_HASH, valueHash: FIRST_HASH },
      ];
      const mutants = [
        [...proof, ...parts.slice(0, 1)],
        ...(proof.length > 0 ? [proof.toSpliced(place, 1)] : []),
        ...parts.map(part => proof.toSpliced(place, 0, part)),
        ...parts.map(part => proof.toSpliced(place, 1, part)),
      ];
      for (const mutant of mutants) {
        if (JSON.stringify(mutant) === JSON.stringify(proof)) continue;
        assert.ok(!verifyRange(state.root, range, rows, mutant), JSON.stringify(mutant));
      }
    });
    fc.assert(property, { numRuns: 150 });
  });

  it('cannot hide rows behind a cut, whatever the proof claims', () => {
    // For every way to cut a subtree away that reaches into the range, with the rows under it left out.
    const state = stateOf(40);
    const whole = sortedRows(state);
    const nearlyAll = { first: moved(FIRST_HASH, 1n), last: LAST_HASH };
    assert.ok(verifyRange(state.root, nearlyAll, rowsIn(state, nearlyAll), state.proveRange(nearlyAll)));
    assert.ok(!verifyRange(state.root, nearlyAll, [], [{ kind: 'cut', hash: state.root }]));
    for (let from = 0; from < whole.length; from++) {
      const range = { first: whole[from]?.keyHash ?? FIRST_HASH, last: LAST_HASH };
      const later = { first: moved(range.first, 1n), last: LAST_HASH };
      // The proof of the rows without the first one, passed off as one for all of them.
      assert.ok(!verifyRange(state.root, range, rowsIn(state, later), state.proveRange(later)));
    }
  });

  it('join to the whole state', () => {
    const state = stateOf(500);
    const rows: Row[] = [];
    for (let segment = 0; segment < 16; segment++) {
      const digit = segment.toString(16);
      const range: HashRange = {
        first: `0x${digit.padEnd(64, '0')}`,
        last: `0x${digit.padEnd(64, 'f')}`,
      };
      const part = rowsIn(state, range);
      assert.ok(verifyRange(state.root, range, part, state.proveRange(range)));
      rows.push(...part);
    }
    assert.equal(State.fromRows(rows).root, state.root);
  });

  it('never throw on hashes of the wrong size, ranges upside down or deep nonsense', () => {
    const state = stateOf(3);
    const rows = rowsIn(state, ALL);
    const odd = '0x00' as Hex;
    assert.ok(!verifyRange(state.root, { first: odd, last: LAST_HASH }, rows, []));
    assert.ok(!verifyRange(state.root, { first: LAST_HASH, last: FIRST_HASH }, [], []));
    assert.ok(!verifyRange(state.root, { first: FIRST_HASH, last: odd }, rows, []));
    const narrow = { first: FIRST_HASH, last: FIRST_HASH };
    const deep: RangePart[] = Array.from({ length: 1025 }, () => ({ kind: 'node' }));
    assert.ok(!verifyRange(state.root, narrow, [], deep));
    assert.ok(!verifyRange(state.root, narrow, [], [{ kind: 'cut', hash: odd }]));
    assert.ok(!verifyRange(state.root, narrow, [], [{ kind: 'other', keyHash: odd, valueHash: odd }]));
  });

  it('find rows after any changes of the state', () => {
    const changes = fc.array(fc.tuple(fc.nat(30), fc.option(fc.nat(5))), { maxLength: 60 });
    const property = fc.property(changes, steps => {
      let state = stateOf(10);
      for (const [index, to] of steps)
        state = state.with([{ key: key(index), value: to === null ? null : value(to) }]);
      assert.deepEqual(
        rowsIn(state, ALL),
        sortedRows(state).map(({ row }) => row),
      );
      assert.equal(State.fromRows(rowsIn(state, ALL)).root, state.root);
    });
    fc.assert(property, { numRuns: 60 });
  });

  it('follow the definition for two rows on the two sides', () => {
    const right = (index: number): boolean => (fromHex(sha256(key(index)))[0] ?? 0) >= 0x80;
    let [low, high] = [0, 0];
    while (right(low)) low++;
    while (!right(high)) high++;
    const state = State.fromRows([low, high].map(index => [key(index), value(index)] as const));
    const half = { first: FIRST_HASH, last: `0x7f${'ff'.repeat(31)}` as Hex };
    const concat = sha256(
      Buffer.from(`00${sha256(key(high)).slice(2)}${sha256(value(high)).slice(2)}`, 'hex'),
    );
    assert.deepEqual(state.proveRange(half), [{ kind: 'node' }, { kind: 'cut', hash: concat }]);
  });
});
