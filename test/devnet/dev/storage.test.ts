import assert from 'node:assert/strict';
import { storageFate } from '../../../devnet/plugins/dev/storage.ts';

describe('the storage of a plugin under work', () => {
  const before = { version: '1.0.0-dev.1', stateVersion: 2 };
  const fate = (stateVersion: number, migrates: boolean, inForce: typeof before | null = before) =>
    storageFate(inForce, { name: 'mesh', version: '1.0.0-dev.2', stateVersion, migrates });

  it('is new under a new id, kept in the same layout, converted by migrate', () => {
    assert.equal(fate(1, false, null).kept, false);
    assert.deepEqual(fate(2, true), { kept: true, why: 'stateVersion is 2 as before' });
    assert.deepEqual(fate(3, true), {
      kept: true,
      why: 'migrate converted it from stateVersion 2 to 3',
    });
  });

  it('is not touched by code that could not read it', () => {
    const named = (name: string) => ({ name, hint: /--reset-state/ });
    assert.throws(() => fate(3, false), named('NO_MIGRATION'));
    assert.throws(() => fate(1, true), named('STATE_DOWNGRADE'));
  });
});
