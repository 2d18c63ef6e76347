import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { run } from './support.ts';

const page = readFileSync(new URL('../../../docs/reference/lua.md', import.meta.url), 'utf8');

describe('the reference of Lua', () => {
  const rows = [...page.matchAll(/^\| (?:`(\w+)`)? *\| ((?:`\w+` ?)+) *\|$/gm)];
  for (const [, library, names = ''] of rows)
    it(`names all of ${library ?? 'the global functions'}, and nothing else`, () => {
      const written = [...names.matchAll(/\w+/g)].map(([name]) => name);
      const { value } = run(`return function()
        local names = {}
        for name, value in pairs(${library ?? '_G'}) do
          if type(value) ~= 'table' or name == '_G' then names[#names + 1] = name end
        end
        return table.concat(names, ' ')
      end`);
      assert.ok(value instanceof Uint8Array);
      assert.deepEqual(written.sort(), Buffer.from(value).toString().split(' ').sort());
    });

  it('has a row for each library', () => {
    const { value } = run(`return function()
      local count = 0
      for name, value in pairs(_G) do if type(value) == 'table' and name ~= '_G' then count = count + 1 end end
      return count
    end`);
    assert.equal(BigInt(rows.length), (value as bigint) + 1n);
  });
});
