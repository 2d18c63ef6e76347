import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compiled } from '../../../consensus/lua/compiled.ts';
import { LAYOUT } from '../../../consensus/lua/layout.ts';
import { createMachine } from '../../../consensus/lua/machine.ts';
import { ATTACKS } from './attacks.ts';

describe('the Lua machine', function () {
  this.timeout(60_000);

  it('has the same bytes before each check, wherever the one before it was stopped', () => {
    const { engine, state, bytes, base, image, restore, guarded, unmetered } = createMachine(
      compiled(),
      () => undefined,
    );
    const all = bytes.subarray(0, LAYOUT.arenaEnd);
    restore(base);
    const before = Buffer.from(all);
    fc.assert(
      fc.property(
        fc.nat({ max: ATTACKS.length - 1 }),
        fc.integer({ min: 1_000, max: 100_000 }),
        fc.nat({ max: 200_000 }),
        (index, fuel, memory) => {
          const code = Buffer.from(ATTACKS[index]?.code ?? '', 'latin1');
          bytes.set(code, LAYOUT.code);
          bytes.set(Buffer.from('=checker\0t\0'), LAYOUT.chunk);
          guarded({ fuel, memory }, () => {
            const name = LAYOUT.chunk;
            engine.luaL_loadbufferx(state, LAYOUT.code, code.length, name, name + '=checker'.length + 1);
            engine.lua_pcallk(state, 0, 1, 1, 0, 0);
            engine.lua_pcallk(state, 0, 2, 1, 0, 0);
          });
          assert.notEqual(Buffer.compare(all, before), 0, 'it left no trace at all');
          restore(base);
          assert.equal(Buffer.compare(all, before), 0);
          assert.equal(unmetered(engine.stackSave), LAYOUT.stackTop);
          assert.deepEqual(image().arena.length, base.arena.length);
        },
      ),
      { numRuns: 150 },
    );
  });
});
