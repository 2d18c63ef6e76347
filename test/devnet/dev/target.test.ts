import assert from 'node:assert/strict';
import { targetOf } from '../../../devnet/plugins/dev/target.ts';

type Known = Parameters<typeof targetOf>[1][number];

describe('the id of a plugin under work', () => {
  const entry = (id: number, fields: Partial<Known> = {}): Known => ({
    id,
    name: 'mesh',
    version: '1.0.0',
    stateVersion: 1,
    status: 'active',
    activeFrom: 0,
    upgrade: null,
    ...fields,
  });
  const other = entry(0, { name: 'consensus-0' });
  const target = (known: readonly Known[], id?: number, reset = false) =>
    targetOf('mesh', known, { id, reset });

  it('is a free one for a new name, that of its name, or the one that is wanted', () => {
    assert.deepEqual(target([other]), { id: 1, before: null, announced: null, versions: [] });
    assert.equal(target([other, entry(4)]).id, 4);
    assert.equal(target([other, entry(4), entry(5)], 4).id, 4);
    assert.equal(target([other, entry(4)], 9).before, null);
  });

  it('is the newest where several have the name, and a new one after a reset', () => {
    const known = [
      other,
      entry(1, { activeFrom: 3 }),
      entry(2, { activeFrom: 7 }),
      entry(3, { activeFrom: 5 }),
    ];
    assert.equal(target(known).id, 2);
    assert.deepEqual(target(known, undefined, true), {
      id: 4,
      before: null,
      announced: null,
      versions: ['1.0.0', '1.0.0', '1.0.0'],
    });
  });

  it('takes over from what is in force, not from what is announced', () => {
    const waiting = target([other, entry(1, { status: 'pending' })]);
    assert.deepEqual([waiting.before, waiting.announced], [null, '1.0.0']);
    const upgrade = { version: '1.1.0', stateVersion: 2, codeHash: '0x00', activeFrom: 9 } as const;
    const { before, announced, versions } = target([other, entry(1, { upgrade, status: 'draining' })]);
    assert.deepEqual([before?.version, announced], ['1.0.0', '1.1.0']);
    assert.deepEqual(versions, ['1.0.0', '1.1.0']);
  });

  it('is never one of another name', () => {
    assert.throws(() => target([other], 0), { name: 'USAGE', message: /consensus id 0 is consensus-0/ });
  });
});
