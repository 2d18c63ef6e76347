import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLua } from '../../consensus/lua/index.ts';
import { ROOT } from '../tidy/sources.ts';

const TURNS = 1_000;
const lua = createLua();

/** Of one turn with this in it. */
function fuelOf(code: string): number {
  const text = `local data, group, t = ('x'):rep(41), {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {a = 1}
    local f = function(a) return a end
    return function() local n = 0 for i = 1, ${TURNS} do ${code} end return true end`;
  const { verdict, fuel } = lua.check(Buffer.from(text), [], { fuel: 100_000_000, memory: 16_000_000 });
  assert.equal(verdict, 'allowed', code);
  return (fuel - text.length) / TURNS;
}

describe('the reference of Lua', () => {
  it('says what code takes', () => {
    const page = readFileSync(join(ROOT, 'docs/reference/lua.md'), 'utf8');
    const rows = Array.from(page.matchAll(/^\| `(.+)` \| (\d+) \|$/gm));
    assert.ok(rows.length > 15);
    const empty = fuelOf('');
    for (const [, code = '', fuel = ''] of rows)
      assert.equal(Math.round(fuelOf(code) - empty), Number(fuel), code);
  });
});
