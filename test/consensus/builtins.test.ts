import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { builtinCodeHash, builtinGenesis, builtins, consensus0 } from '../../consensus/index.ts';
import { CAPABILITIES, decode } from '../../consensus/interface/index.ts';

describe('built-in consensus modules', () => {
  it('are found by name and version', () => {
    assert.equal(builtins['consensus-0@1.0.0'], consensus0);
    for (const [name, { info }] of Object.entries(builtins))
      assert.equal(name, `${info.name}@${info.version}`);
  });

  it('are pinned by the hash of name and version', () => {
    const expected = createHash('sha256').update('consensus-0@1.0.0').digest('hex');
    assert.equal(builtinCodeHash(consensus0), `0x${expected}`);
  });

  it('stand in a genesis with what they require and parameters that they can read', () => {
    const [entry, ...others] = builtinGenesis();
    assert.ok(entry);
    assert.deepEqual(others, []);
    assert.equal(entry.id, 0);
    assert.deepEqual(decode(consensus0.params, entry.params), {});
    assert.ok(entry.capabilities.every(capability => CAPABILITIES.includes(capability)));
    assert.deepEqual(consensus0.genesis({}), { ok: true, ops: [], events: [] });
  });
});
