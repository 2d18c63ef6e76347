import assert from 'node:assert/strict';
import fc from 'fast-check';
import { scan } from '../../../consensus/lua/scan.ts';
import { codeOf, run } from './support.ts';

const problem = (text: string): string | null => {
  const found = scan(codeOf(text));
  return found === null ? null : `${found.line}: ${found.message}`;
};

describe('numbers that are not whole are found in code', () => {
  const REFUSED: readonly (readonly [code: string, problem: string])[] = [
    ['return 1.5', '1: 1.5 is not a whole number'],
    ['return 1.', '1: 1. is not a whole number'],
    ['\n\r\n\n\rreturn 3e-2', '4: 3e-2 is not a whole number'],
    ['return 0x1p4', '1: 0x1p4 is not a whole number'],
    ['return 3..2', '1: 3..2 is not a whole number'],
    ['return 12ab', '1: 12ab is not a whole number'],
    ['return 9223372036854775808', '1: 9223372036854775808 does not fit 64 bits'],
    [`return ${'0'.repeat(80)}1`, '1: a numeral is too long'],
    ['return a / b', "1: '/' makes floats: numbers are whole here, and '//' divides them"],
    ['return a^b', "1: '^' makes floats: numbers are whole here"],
    ['local a <const>, b <close> = 1, 2', '1: variables with <close> are not there'],
    ['local s = "\\\n" return .5', '2: .5 is not a whole number'],
    ['local s = "\\z  \n  " return .5', '2: .5 is not a whole number'],
    ["local s = '\\'' return .5", '1: .5 is not a whole number'],
    ['--[==[ ]] ]==] return .5', '1: .5 is not a whole number'],
    ['--[=[ return .5', ''],
    ['--[= return .5\nreturn .5', '2: .5 is not a whole number'],
    ['return [[\n]] .. [=[ ]] ]=], .5', '2: .5 is not a whole number'],
  ];
  for (const [code, expected] of REFUSED)
    it(JSON.stringify(code.slice(0, 40)), () => assert.equal(problem(code) ?? '', expected));

  it('and everything else passes', () => {
    for (const code of [
      'return 0xffffffffffffffff, 0XA, 007, 9223372036854775807, 7 // 2, a..b, {...}, a.b.c',
      'return "1.5", \'/\', [[2^3]], [==[ 1e5 ]] 1e5 ]==] -- 1.5\n--[[ / ]] --[=[ ^ ]=]',
      'return 1 <close and 2 << close >> 1, a <= close',
      'goto done ::done::',
      '',
    ])
      assert.equal(problem(code), null, code);
  });

  it('where Lua would read it, and only there', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...[
          '--',
          '[[',
          ']]',
          '[=[',
          ']=]',
          '[==[',
          ']==]',
          '"',
          "'",
          '\\"',
          "\\'",
          '\\\\',
          '\\z',
          '\\\n',
          '\\x41',
        ],
        ...[
          '\n',
          '\r',
          '\r\n',
          ' ',
          '\t',
          '-',
          '[',
          ']',
          '=',
          'a',
          '1',
          '0x',
          '..',
          '.',
          '//',
          '~',
          '<',
          '\\u{41}',
        ],
      ),
      fc.string({ maxLength: 3 }),
    );
    // As arguments of a call that is not made, after which a comment or a text may be open.
    const before = fc.array(piece, { maxLength: 12 }).map(pieces => `local s = {} --${pieces.join('')}`);
    const long = fc.array(piece, { maxLength: 12 }).map(pieces => `local s = [==[${pieces.join('')}`);
    const short = fc
      .array(piece, { maxLength: 8 })
      .map(pieces => `local s = "${pieces.join('')}" ..'${pieces.join('')}'`);
    let compared = 0;
    fc.assert(
      fc.property(fc.oneof(before, long, short), prefix => {
        const tail = '\nreturn function() return true end';
        const found = problem(prefix + tail);
        // What the prefix itself brings along is not asked here.
        if (found !== null || run(prefix + tail).verdict !== 'allowed') return;
        compared++;
        assert.match(problem(`${prefix}\nreturn 1.5`) ?? '', /1\.5 is not a whole number/);
      }),
      { numRuns: 1_500 },
    );
    assert.ok(compared > 300, `only ${compared} had an end`);
  });

  it('so that no code has a float', () => {
    const token = fc.constantFrom(
      ...[
        '1',
        '2',
        '7',
        '-',
        '+',
        '*',
        '//',
        '%',
        '/',
        '^',
        '..',
        '1.5',
        '1e2',
        '.5',
        '0x1p1',
        '(',
        ')',
        '~',
        '&',
      ],
      ...['"3"', "'4.5'", '#', 'math.maxinteger', 'math.abs', 'tonumber', 'math.fmod', ',', '<', '>>'],
    );
    fc.assert(
      fc.property(fc.array(token, { minLength: 1, maxLength: 7 }), tokens => {
        const { error } = run(
          `return function() local v = ${tokens.join(' ')} assert(math.type(v) ~= "float", "a float") end`,
        );
        assert.ok(error?.message !== 'a float', tokens.join(' '));
      }),
      { numRuns: 1_500 },
    );
  });
});
