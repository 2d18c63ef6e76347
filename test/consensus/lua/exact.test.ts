import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createLua, type LuaLimits } from '../../../consensus/lua/index.ts';
import { ATTACKS } from './attacks.ts';
import { codeOf, run, textOf } from './support.ts';

const SMALL: LuaLimits = { fuel: 100_000, memory: 131_072 };
const script = fc.nat({ max: ATTACKS.length - 1 }).map(index => ATTACKS[index]?.code ?? '');
/** Keeps nothing that it read. */
const forgetful = createLua({ kept: 0 });

describe('a check is exact', function () {
  this.timeout(60_000);

  it('whatever ran before, and whether its code was read before', () => {
    fc.assert(
      fc.property(
        fc.array(script, { maxLength: 6 }),
        script,
        fc.nat({ max: 100_000 }),
        (before, code, less) => {
          const limits = { ...SMALL, fuel: SMALL.fuel - less + 1 };
          const expected = textOf(run(code, limits, forgetful));
          const lua = createLua({ kept: 2 });
          for (const earlier of before) run(earlier, SMALL, lua);
          assert.equal(textOf(run(code, limits, lua)), expected);
          assert.equal(textOf(run(code, limits, lua)), expected, 'a second time');
        },
      ),
      { numRuns: 60 },
    );
  });

  // The name of the code lay where names of fields lie: the first check with a piece of code saw other fields than the next.
  it('with arguments, whatever names and texts went in before', () => {
    const name = fc.constantFrom('id', 'cell', 'data', 'lock', 'checker', 't', 'capacity');
    const record = fc.dictionary(name, fc.oneof(fc.integer(), fc.uint8Array({ maxLength: 80 })), {
      noNullPrototype: true,
    });
    const group = fc.array(record, { maxLength: 4 });
    const code = codeOf(`return function(group)
      local parts = {}
      for _, op in ipairs(group) do for k, v in pairs(op) do parts[#parts + 1] = k .. '=' .. v end end
      return table.concat(parts, ',')
    end`);
    fc.assert(
      fc.property(group, fc.array(group, { maxLength: 3 }), (asked, before) => {
        const lua = createLua();
        const first = textOf(lua.check(code, [asked], SMALL));
        for (const other of before) lua.check(code, [other, 'more'], SMALL);
        assert.equal(textOf(lua.check(code, [asked], SMALL)), first);
        assert.equal(textOf(forgetful.check(code, [asked], SMALL)), first);
      }),
      { numRuns: 80 },
    );
  });

  it('in its fuel: with what it takes it ends as it does with more, and with one unit less it does not', () => {
    fc.assert(
      fc.property(script, code => {
        const outcome = run(code, SMALL);
        if (outcome.verdict === 'outOfFuel' || outcome.fuel === 0) return;
        assert.equal(textOf(run(code, { ...SMALL, fuel: outcome.fuel })), textOf(outcome));
        const less = run(code, { ...SMALL, fuel: Math.max(1, outcome.fuel - 1) });
        assert.deepEqual([less.verdict, less.fuel], ['outOfFuel', outcome.fuel - 1]);
      }),
      { numRuns: 150 },
    );
  });

  it('in its memory: with what it takes it ends as it does with more, and with 8 bytes less it does not', () => {
    fc.assert(
      fc.property(script, code => {
        const outcome = run(code, SMALL);
        if (outcome.verdict === 'outOfMemory' || outcome.memory === 0) return;
        assert.equal(textOf(run(code, { ...SMALL, memory: outcome.memory })), textOf(outcome));
        assert.equal(run(code, { ...SMALL, memory: outcome.memory - 8 }).verdict, 'outOfMemory');
      }),
      { numRuns: 150 },
    );
  });

  it('whether what it prints is wanted or there is too much of it', () => {
    const lines = (count: number, length: number) =>
      run(`return function() for i = 1, ${count} do print(("x"):rep(${length})) end return true end`);
    const few = lines(110, 1_000);
    assert.equal(few.prints.length, 100);
    assert.equal(few.prints[0]?.length, 1_000);
    const cost = (lines(130, 1_000).fuel - lines(120, 1_000).fuel) / 10;
    assert.equal((lines(60, 1_000).fuel - lines(50, 1_000).fuel) / 10, cost);
  });

  it('for any bytes as code', () => {
    const word = fc.constantFrom(
      ...['return', 'function', 'end', 'local', 'x', '=', '(', ')', '{', '}', '[', ']', '"', "'", '[[', ']]'],
      ...[
        'for',
        'in',
        'do',
        'while',
        'true',
        'if',
        'then',
        '1',
        '0x',
        '..',
        '...',
        '--',
        '\\',
        '\n',
        'pcall',
        '#',
      ],
      ...[
        'string',
        '.',
        ':',
        'rep',
        'goto',
        '::',
        '<',
        '>',
        '~',
        ',',
        ';',
        'and',
        'not',
        '1e5',
        '/',
        '\0',
        'é',
      ],
    );
    const soup = fc.array(word, { maxLength: 60 }).map(words => Buffer.from(words.join(' '), 'latin1'));
    const mutated = fc
      .tuple(script, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 8 }))
      .map(([code, changes]) => {
        const bytes = Buffer.from(codeOf(code));
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), soup, mutated), code => {
        const limits = { fuel: 20_000, memory: 65_536 };
        const first = textOf(forgetful.check(code, [], limits));
        assert.equal(textOf(forgetful.check(code, [], limits)), first);
      }),
      { numRuns: 600 },
    );
  });
});
