import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECK_MEMORY, checkGroup } from '../../../consensus/cells/index.ts';
import { createLua } from '../../../consensus/lua/index.ts';
import { parseGroups } from '../../../devnet/checkers/groups.ts';
import { refusalLine } from '../../../devnet/checkers/returns.ts';
import { ROOT } from '../../tidy/sources.ts';

const LIMITS = { fuel: 100_000_000, memory: 16_000_000 };
const lua = createLua();
const lineOf = (code: string, ...args: readonly (number | string)[]) =>
  refusalLine(Buffer.from(code), with_ => lua.check(with_, args, LIMITS));

describe('the line of a refusal', () => {
  it('is that of the return that ran, and of the one whose value it was', () => {
    const code = `local function owned(a)
  return a > 1
end
local function sum(...)
  local n = 0
  for _, each in ipairs({...}) do n = n + each end
  return n
end
return function(a, b)
  if a == 0 then return end
  if a == 1 then return owned(a) end
  if a == 2 then
    return sum(a, b) == sum(b) -- return 1, end
  elseif a == 3 then return false, 'three' else
    local f = function() return (function() if b then return { [1] = 'end' }, nil; end end)() end
    return f()[1] == b and
      true
  end
end`;
    assert.deepEqual(lineOf(code, 0, 0), { line: 10, from: 10 });
    assert.deepEqual(lineOf(code, 1, 0), { line: 11, from: 2 });
    assert.deepEqual(lineOf(code, 2, 5), { line: 13, from: 13 });
    assert.deepEqual(lineOf(code, 3, 5), { line: 14, from: 14 });
    assert.deepEqual(lineOf(code, 4, 5), { line: 16, from: 16 });
    assert.equal(lineOf(code, 4, 'end'), null, 'it was allowed');
  });

  it('is none where there is no return, or other code than Lua', () => {
    assert.equal(lineOf('return function() end'), null);
    assert.equal(lineOf('return function() error("returned 1 1") end'), null);
    assert.equal(lineOf('return function( return'), null);
    assert.equal(lineOf('return "function'), null);
    assert.equal(lineOf(''), null);
    assert.deepEqual(lineOf('return function() return'), null);
  });

  it('comes of code that decides as before, on all groups of the examples', () => {
    const folder = join(ROOT, 'examples/checkers');
    const names = readdirSync(folder).filter(name => !name.endsWith('.md'));
    for (const name of names) {
      const code = readFileSync(join(folder, name, 'checker.lua'));
      for (const { expect, group } of parseGroups(
        readFileSync(join(folder, name, 'groups.json'), 'utf8'),
        'groups.json',
      )) {
        const found = refusalLine(code, with_ =>
          checkGroup(lua, with_, group, { fuel: 100_000_000, memory: CHECK_MEMORY }),
        );
        assert.equal(found !== null, expect === 'refused');
        if (found === null) continue;
        const line = code.toString('utf8').split('\n')[found.line - 1] ?? '';
        assert.match(line, /return false, 'no rule for /);
      }
    }
  });
});
