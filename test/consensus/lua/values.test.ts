import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type LuaValue,
  MAX_BYTES,
  MAX_CODE,
  MAX_FUEL,
  MAX_MEMORY,
  MAX_NESTING,
} from '../../../consensus/lua/index.ts';
import { codeOf, theLua } from './support.ts';

const LIMITS = { fuel: 10_000_000, memory: 4_194_304 };
const check = (text: string, args: readonly LuaValue[], limits = LIMITS) =>
  theLua().check(codeOf(text), args, limits);
const first = (...args: readonly LuaValue[]): LuaValue | undefined =>
  check('return function(v) return v end', args).value;

describe('values of a check', function () {
  this.timeout(30_000);

  it('come back as they went in: whole numbers of 64 bits, bytes, texts as their UTF-8', () => {
    const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(fc.property(integer, value => assert.equal(first(value), value)));
    fc.assert(fc.property(fc.maxSafeInteger(), value => assert.equal(first(value), BigInt(value))));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), value => {
        const back = first(value);
        assert.ok(back instanceof Uint8Array);
        assert.deepEqual([...back], [...value]);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), value =>
        assert.deepEqual(Buffer.from((first(value) as Uint8Array) ?? []), Buffer.from(value)),
      ),
    );
    for (const value of [null, true, false]) assert.equal(first(value), value);
  });

  it('are what Lua sees of lists and records', () => {
    const write = `
      local function write(v)
        if type(v) ~= 'table' then return type(v) .. ':' .. tostring(v) end
        local parts = {}
        for k, w in pairs(v) do parts[#parts + 1] = tostring(k) .. '=' .. write(w) end
        return '{' .. table.concat(parts, ',') .. '}'
      end
      return function(v) return write(v) end`;
    const expected = (value: LuaValue): string => {
      if (value === null) return 'nil:nil';
      if (typeof value === 'boolean') return `boolean:${value}`;
      if (typeof value === 'bigint' || typeof value === 'number') return `number:${value}`;
      if (typeof value === 'string') return `string:${value}`;
      const entries: (readonly [string, LuaValue])[] = Array.isArray(value)
        ? value.map((entry, index) => [String(index + 1), entry])
        : Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
      const parts = entries
        .filter(([, entry]) => entry !== null)
        .map(([key, entry]) => `${key}=${expected(entry)}`);
      return `{${parts.join(',')}}`;
    };
    const name = fc.string({ unit: fc.constantFrom(...'abcXYZ_'), minLength: 1, maxLength: 6 });
    const { value } = fc.letrec<{ value: LuaValue }>(tie => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.integer(), fc.boolean()),
        fc.constantFrom(null, 'x', 'long'.repeat(20)),
        fc.array(tie('value'), { maxLength: 5 }),
        fc.dictionary(name, tie('value'), { maxKeys: 5, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(value, given => {
        const found = check(write, [given]).value;
        assert.ok(found instanceof Uint8Array);
        assert.equal(Buffer.from(found).toString('utf8'), expected(given));
      }),
      { numRuns: 300 },
    );
  });

  it('refuses what has no place in Lua, before anything runs', () => {
    const nested = (levels: number): LuaValue => (levels === 0 ? 1 : [nested(levels - 1)]);
    assert.equal(check('return function() return true end', [nested(MAX_NESTING)]).verdict, 'allowed');
    const wrong: readonly (readonly LuaValue[])[] = [
      [1.5],
      [Number.NaN],
      [2 ** 53],
      [2n ** 63n],
      [-(2n ** 63n) - 1n],
      [{ 'a b': 1 }],
      [{ '': 1 }],
      [{ 1: 1 }],
      [{ ['a'.repeat(65)]: 1 }],
      [nested(MAX_NESTING + 1)],
      [new Uint8Array(MAX_BYTES)],
      ['é'.repeat(MAX_BYTES / 2)],
      Array.from({ length: 9 }, () => null),
      [undefined as unknown as LuaValue],
      [(() => 1) as unknown as LuaValue],
      [Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`name${index}`, 1]))],
    ];
    for (const args of wrong)
      assert.throws(() => check('return function() return true end', args), TypeError);
    const large = check('return function(s) return #s end', [new Uint8Array(MAX_BYTES - 16)]);
    assert.equal(large.value, BigInt(MAX_BYTES - 16));
  });

  it('refuses limits that are none, and code that is too long', () => {
    for (const fuel of [0, -1, 1.5, MAX_FUEL + 1, Number.NaN])
      assert.throws(() => check('', [], { ...LIMITS, fuel }), RangeError);
    for (const memory of [-1, 0.5, MAX_MEMORY + 1])
      assert.throws(() => check('', [], { ...LIMITS, memory }), RangeError);
    const most = `return function() return true end${' '.repeat(MAX_CODE)}`;
    assert.equal(check(most.slice(0, MAX_CODE), []).verdict, 'allowed');
    const { verdict, fuel } = check(most, []);
    assert.deepEqual([verdict, fuel], ['invalidCode', 0]);
    const full = { fuel: MAX_FUEL, memory: MAX_MEMORY };
    assert.equal(check('return function() return #("x"):rep(4000000) end', [], full).value, 4_000_000n);
  });

  it('says what was returned, why it was refused, and where an error is', () => {
    const refused = check('return function() return nil, "no such cell" end', []);
    assert.deepEqual([refused.verdict, refused.value, refused.reason], ['refused', null, 'no such cell']);
    for (const value of ['1', '"true"', '{}', 'print', 'nil', 'false', ''])
      assert.equal(check(`return function() return ${value} end`, []).verdict, 'refused', value);
    const { error, prints } = check(
      'return function(v)\n  local function inner() return v.x.y end\n  print("a", 1, nil)\n  return inner()\nend',
      [{}],
    );
    assert.equal(error?.message, "checker:2: attempt to index a nil value (field 'x')");
    assert.equal(error.line, 2);
    assert.match(error.traceback, /checker:2: in (upvalue|local|function)/);
    assert.deepEqual(prints, ['a\t1\tnil']);
    const long = check('return function() return nil, ("\\u{e9}"):rep(100000) end', []);
    assert.equal(long.reason, 'é'.repeat(500));
    const loud = check('return function() error(("x"):rep(100000)) end', []).error;
    assert.deepEqual([loud?.message.length, loud?.line], [1_000, 1]);
    assert.equal(check('\n\nlocal = 1', []).error?.line, 3);
    assert.equal(check('\n\nreturn 1 / 1', []).error?.line, 3);
    assert.equal(check('\nerror({})', []).error?.line, 2);
  });
});
