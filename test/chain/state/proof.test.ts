import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Proof, State, sha256, verifyProof } from '../../../chain/index.ts';
import { decode, encode, type Hex } from '../../../consensus/interface/index.ts';

const key = (index: number): Uint8Array => Buffer.from(`key ${index}`);
const value = (index: number): Uint8Array => Buffer.from(`value ${index}`);
const stateOf = (size: number): State =>
  State.fromRows(Array.from({ length: size }, (_, index) => [key(index), value(index)] as const));
const otherHash = (hash: Hex): Hex => sha256(Buffer.from(hash));

describe('proofs', () => {
  for (const size of [0, 1, 2, 3, 10, 500])
    it(`show presence and absence in a state of ${size} keys`, () => {
      const state = stateOf(size);
      for (let index = 0; index < Math.min(size, 60); index++) {
        const proof = state.prove(key(index));
        assert.ok(verifyProof(state.root, key(index), value(index), proof));
        assert.ok(!verifyProof(state.root, key(index), value(index + 1), proof));
        assert.ok(!verifyProof(state.root, key(index), null, proof));
        assert.ok(!verifyProof(state.root, key(index + 1), value(index), proof));
      }
      for (let index = size; index < size + 60; index++) {
        const proof = state.prove(key(index));
        assert.ok(verifyProof(state.root, key(index), null, proof));
        assert.ok(!verifyProof(state.root, key(index), value(index), proof));
        assert.ok(!verifyProof(state.root, key(index), new Uint8Array(), proof));
      }
    });

  it('fit one root only', () => {
    const [before, after] = [stateOf(20), stateOf(21)];
    assert.ok(!verifyProof(after.root, key(3), value(3), { ...before.prove(key(3)), siblings: [] }));
    assert.ok(!verifyProof(after.root, key(20), null, before.prove(key(20))));
    assert.ok(verifyProof(after.root, key(20), value(20), after.prove(key(20))));
  });

  it('are refused after any change', () => {
    const state = stateOf(200);
    const property = fc.property(fc.nat(400), fc.nat(), (index, at) => {
      const present = index < 200;
      const good = state.prove(key(index));
      const claim = present ? value(index) : null;
      const place = at % good.siblings.length;
      const neighbour = { keyHash: sha256(key(index)), valueHash: sha256(value(index)) };
      const mutants: Proof[] = [
        { ...good, siblings: good.siblings.map((hash, depth) => (depth === place ? otherHash(hash) : hash)) },
        { ...good, siblings: good.siblings.toSpliced(place, 1) },
        { ...good, siblings: good.siblings.toSpliced(place, 0, sha256(new Uint8Array())) },
        { ...good, siblings: [...good.siblings, `0x${'00'.repeat(32)}`] },
        { ...good, neighbour },
      ];
      if (good.neighbour !== null) {
        mutants.push({ ...good, neighbour: null });
        mutants.push({
          ...good,
          neighbour: { ...good.neighbour, valueHash: otherHash(good.neighbour.valueHash) },
        });
        mutants.push({
          ...good,
          neighbour: { ...good.neighbour, keyHash: otherHash(good.neighbour.keyHash) },
        });
      }
      assert.ok(verifyProof(state.root, key(index), claim, good));
      for (const mutant of mutants) assert.ok(!verifyProof(state.root, key(index), claim, mutant));
    });
    fc.assert(property, { numRuns: 150 });
  });

  it('cannot pass an inner node or a neighbour from elsewhere for a leaf', () => {
    const state = stateOf(50);
    const absent = key(77);
    const good = state.prove(absent);
    for (let index = 0; index < 50; index++) {
      const neighbour = { keyHash: sha256(key(index)), valueHash: sha256(value(index)) };
      const proof = { siblings: state.prove(key(index)).siblings, neighbour };
      const honest = encode(Proof, proof).join() === encode(Proof, good).join();
      assert.equal(verifyProof(state.root, absent, null, proof), honest);
    }
  });

  it('have canonical bytes, a few hundred for thousands of keys', () => {
    const state = stateOf(3000);
    const proof = state.prove(key(5));
    const encoded = encode(Proof, proof);
    assert.deepEqual(decode(Proof, encoded), proof);
    assert.ok(encoded.length < 24 * 34, `${encoded.length} bytes`);
  });

  it('follow the definition: a leaf, and a node of two', () => {
    const concat = (tag: string, ...hashes: Hex[]): Hex =>
      sha256(Buffer.from(tag + hashes.map(hash => hash.slice(2)).join(''), 'hex'));
    const leaf = (index: number): Hex => concat('00', sha256(key(index)), sha256(value(index)));
    assert.equal(stateOf(1).root, leaf(0));
    const right = (index: number): boolean => Number.parseInt(sha256(key(index)).slice(2, 3), 16) >= 8;
    const [low, high] = [find(index => !right(index)), find(right)];
    const two = State.fromRows([low, high].map(index => [key(index), value(index)] as const));
    assert.equal(two.root, concat('01', leaf(low), leaf(high)));
  });

  it('never throw on hashes of the wrong size', () => {
    const state = stateOf(3);
    for (const odd of ['0x', '0x00', `0x${'00'.repeat(33)}`, 'zz'] as Hex[]) {
      assert.ok(!verifyProof(state.root, key(1), value(1), { siblings: [odd], neighbour: null }));
      assert.ok(
        !verifyProof(state.root, key(9), null, { siblings: [], neighbour: { keyHash: odd, valueHash: odd } }),
      );
    }
    assert.ok(
      !verifyProof(state.root, key(1), value(1), { siblings: Array(257).fill(state.root), neighbour: null }),
    );
  });
});

function find(test: (index: number) => boolean): number {
  let index = 0;
  while (!test(index)) index++;
  return index;
}
