import assert from 'node:assert/strict';
import type { Account, Hex } from '../../consensus/interface/index.ts';
import { Signatures } from './witness.ts';

const account = (index: number): Account => `0x${String(index).repeat(64)}`;
const block = (letter: string): Hex => `0x${letter.repeat(64)}`;

describe('the witness of a soak', () => {
  it('names the validator that signs two messages of a kind for one height and round', () => {
    const seen = new Signatures(3);
    seen.add('prevote', account(1), 5, 0, block('a'));
    seen.add('prevote', account(1), 5, 0, block('a'));
    seen.add('prevote', account(1), 5, 1, block('b'));
    seen.add('precommit', account(1), 5, 0, 'null');
    seen.add('prevote', account(2), 5, 0, 'null');
    assert.deepEqual([seen.doubles, seen.count], [[], 4]);
    seen.add('prevote', account(1), 5, 0, 'null');
    assert.equal(seen.doubles.length, 1);
    assert.match(seen.doubles[0] ?? '', /^0x1+ signed two prevotes for height 5, round 0/);
  });

  it('knows a proposal by the round that proves it, too', () => {
    const seen = new Signatures(3);
    seen.add('proposal', account(1), 5, 2, `${block('a')} proved by null`);
    seen.add('proposal', account(1), 5, 2, `${block('a')} proved by 1`);
    assert.equal(seen.doubles.length, 1);
  });

  it('finds a height that is decided twice', () => {
    const seen = new Signatures(3);
    const decisions = [1, 2, 3].map(index => seen.addPrecommit(account(index), 7, 0, block('a')));
    assert.deepEqual(decisions, [false, false, true]);
    assert.equal(seen.decided(7), block('a'));
    for (const index of [2, 3, 4]) seen.addPrecommit(account(index), 7, 1, block('b'));
    assert.match(seen.doubles.join(), /height 7 was decided twice/);
  });

  it('forgets what all have left behind', () => {
    const seen = new Signatures(3);
    for (let height = 1; height <= 100; height++) seen.addPrecommit(account(1), height, 0, block('a'));
    seen.forgetBelow(90);
    assert.equal(seen.size, 11);
    assert.equal(seen.addPrecommit(account(2), 89, 0, block('b')), false);
  });
});
