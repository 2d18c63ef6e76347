import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  bool,
  bytes,
  type Codec,
  CodecError,
  type CodecErrorCode,
  decode,
  encode,
  fixed,
  fromHex,
  hash,
  list,
  oneOf,
  optional,
  struct,
  type TypeOf,
  text,
  toHex,
  u8,
  u16,
  u32,
  u53,
  u64,
  union,
} from '../../../consensus/interface/index.ts';
import { assertRoundTrips, assertSurvivesAttack } from '../../support/codecs.ts';

const Shape = union({
  circle: [1, struct({ radius: u64, label: optional(text(20)) })],
  polygon: [4, struct({ points: list(struct({ x: u32, y: u53 }), 8), filled: bool })],
  nothing: [200, struct({})],
});
const Everything = struct({
  flag: bool,
  small: u8,
  medium: u16,
  amount: u64,
  id: fixed(5),
  data: bytes(300),
  name: text(400),
  word: oneOf(['one', 'two', 'three']),
  shapes: list(Shape, 10),
  extra: optional(Shape),
});

const refuses = (code: CodecErrorCode, work: () => unknown): void =>
  assert.throws(work, error => error instanceof CodecError && error.code === code);
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('codecs', () => {
  it('decode what they encode', () => assertRoundTrips(Everything as Codec<unknown>, 300));

  it('refuse or reproduce any bytes, and damaged ones', () =>
    assertSurvivesAttack(Everything as Codec<unknown>, 1000));

  it('write exactly these bytes', () => {
    const value: TypeOf<typeof Everything> = {
      flag: true,
      small: 127,
      medium: 0xffff,
      amount: 2n ** 64n - 1n,
      id: '0x0102030405',
      data: Uint8Array.of(9),
      name: 'é',
      word: 'three',
      shapes: [
        { kind: 'circle', radius: 128n, label: null },
        { kind: 'polygon', points: [{ x: 0x1_0000, y: 2 ** 53 - 1 }], filled: false },
      ],
      extra: { kind: 'nothing' },
    };
    const parts = 'c3 7f cdffff cfffffffffffffffff c4050102030405 c40109 a2c3a9 02';
    const shapes = '92 92 01 92 cc80 c0 92 04 92 91 92 ce00010000 cf001fffffffffffff c2';
    assert.deepEqual(encode(Everything, value), bytesOf(`9a ${parts} ${shapes} 92 ccc8 90`));
  });
});

describe('canonical form', () => {
  const cases: readonly (readonly [what: string, codec: Codec<never>, hex: string, code: CodecErrorCode])[] =
    [
      ['5 in two bytes', u32 as Codec<never>, 'cc05', 'NOT_CANONICAL'],
      ['127 in two bytes', u32 as Codec<never>, 'cc7f', 'NOT_CANONICAL'],
      ['255 in three bytes', u32 as Codec<never>, 'cd00ff', 'NOT_CANONICAL'],
      ['65,535 in five bytes', u32 as Codec<never>, 'ce0000ffff', 'NOT_CANONICAL'],
      ['2^32 - 1 in nine bytes', u64 as Codec<never>, 'cf00000000ffffffff', 'NOT_CANONICAL'],
      ['a negative integer', u32 as Codec<never>, 'ff', 'WRONG_TYPE'],
      ['an int64', u64 as Codec<never>, 'd30000000100000000', 'WRONG_TYPE'],
      ['a float', u32 as Codec<never>, 'cb3ff0000000000000', 'WRONG_TYPE'],
      ['2^53 as a number', u53 as Codec<never>, 'cf0020000000000000', 'OUT_OF_RANGE'],
      ['256 as u8', u8 as Codec<never>, 'cd0100', 'OUT_OF_RANGE'],
      ['a long form of a short text', text(99) as Codec<never>, 'd90161', 'NOT_CANONICAL'],
      ['a text length in two bytes', text(99) as Codec<never>, `da0020${'61'.repeat(32)}`, 'NOT_CANONICAL'],
      ['a bytes length in two bytes', bytes(99) as Codec<never>, 'c5000161', 'NOT_CANONICAL'],
      ['a bytes length in four bytes', bytes(99) as Codec<never>, 'c60000000161', 'NOT_CANONICAL'],
      ['an array length in two bytes', list(u8, 99) as Codec<never>, 'dc000101', 'NOT_CANONICAL'],
      ['an array length in four bytes', list(u8, 99) as Codec<never>, 'dd0000000101', 'NOT_CANONICAL'],
      ['text for bytes', bytes(9) as Codec<never>, 'a161', 'WRONG_TYPE'],
      ['bytes for text', text(9) as Codec<never>, 'c40161', 'WRONG_TYPE'],
      ['1 for true', bool as Codec<never>, '01', 'WRONG_TYPE'],
      ['nil where none may be', u8 as Codec<never>, 'c0', 'WRONG_TYPE'],
      ['a map', struct({ a: u8 }) as Codec<never>, '81a16101', 'WRONG_TYPE'],
      ['an extension', bytes(99) as Codec<never>, 'd40000', 'WRONG_TYPE'],
      ['the byte that MessagePack never uses', u8 as Codec<never>, 'c1', 'WRONG_TYPE'],
      ['a struct with a field too few', struct({ a: u8, b: u8 }) as Codec<never>, '9101', 'WRONG_TYPE'],
      ['a struct with a field too many', struct({ a: u8 }) as Codec<never>, '920101', 'TOO_LARGE'],
      ['an unknown tag', Shape as Codec<never>, '920290', 'OUT_OF_RANGE'],
      ['an unknown word', oneOf(['a']) as Codec<never>, '01', 'OUT_OF_RANGE'],
      ['a hash of 31 bytes', hash as Codec<never>, `c41f${'00'.repeat(31)}`, 'WRONG_TYPE'],
      ['a hash of 33 bytes', hash as Codec<never>, `c421${'00'.repeat(33)}`, 'TOO_LARGE'],
      ['UTF-8 in a longer form', text(9) as Codec<never>, 'a2c0af', 'BAD_TEXT'],
      ['a surrogate in UTF-8', text(9) as Codec<never>, 'a3eda080', 'BAD_TEXT'],
      ['a list longer than allowed', list(u8, 2) as Codec<never>, '93010101', 'TOO_LARGE'],
      ['a text longer than allowed', text(2) as Codec<never>, 'a3616161', 'TOO_LARGE'],
      [
        'a list of 2^32 - 1 items in five bytes',
        list(u8, 2 ** 32) as Codec<never>,
        'ddffffffff',
        'TRUNCATED',
      ],
      ['4 GiB of bytes in five bytes', bytes(2 ** 32) as Codec<never>, 'c6ffffffff', 'TRUNCATED'],
      ['no bytes', u8 as Codec<never>, '', 'TRUNCATED'],
    ];
  for (const [what, codec, hex, code] of cases)
    it(`refuses ${what}`, () => refuses(code, () => decode(codec, bytesOf(hex))));

  it('keeps a byte order mark', () => {
    const marked = encode(text(9), '\ufeffa');
    assert.equal(decode(text(9), marked), '\ufeffa');
    assert.notDeepEqual(marked, encode(text(9), 'a'));
  });

  it('refuses a message over its limit before reading it', () => {
    refuses('TOO_LARGE', () => decode(bytes(100), new Uint8Array(11), 10));
  });

  it('is not deeper than its type, however deep the bytes are', () => {
    refuses('WRONG_TYPE', () => decode(list(u8, 1), new Uint8Array(1_000_000).fill(0x91)));
  });
});

describe('values outside their type', () => {
  const wrong: readonly (readonly [
    what: string,
    codec: Codec<never>,
    value: unknown,
    code: CodecErrorCode,
  ])[] = [
    ['undefined for a number', u32 as Codec<never>, undefined, 'WRONG_TYPE'],
    ['a text for a number', u32 as Codec<never>, '5', 'WRONG_TYPE'],
    ['-1', u32 as Codec<never>, -1, 'OUT_OF_RANGE'],
    ['1.5', u32 as Codec<never>, 1.5, 'OUT_OF_RANGE'],
    ['NaN', u32 as Codec<never>, Number.NaN, 'OUT_OF_RANGE'],
    ['2^32 as u32', u32 as Codec<never>, 2 ** 32, 'OUT_OF_RANGE'],
    ['2^53', u53 as Codec<never>, 2 ** 53, 'OUT_OF_RANGE'],
    ['a number for an amount', u64 as Codec<never>, 5, 'WRONG_TYPE'],
    ['a negative amount', u64 as Codec<never>, -1n, 'OUT_OF_RANGE'],
    ['2^64', u64 as Codec<never>, 2n ** 64n, 'OUT_OF_RANGE'],
    ['1 for true', bool as Codec<never>, 1, 'WRONG_TYPE'],
    ['undefined for bytes', bytes(9) as Codec<never>, undefined, 'WRONG_TYPE'],
    ['an array for bytes', bytes(9) as Codec<never>, [1], 'WRONG_TYPE'],
    ['undefined for a text', text(9) as Codec<never>, undefined, 'WRONG_TYPE'],
    ['a lone surrogate', text(9) as Codec<never>, '\ud800', 'BAD_TEXT'],
    ['a text too long', text(2) as Codec<never>, 'ää', 'TOO_LARGE'],
    ['upper-case hex', fixed(1) as Codec<never>, '0xFF', 'WRONG_TYPE'],
    ['hex without its prefix', fixed(1) as Codec<never>, 'ff', 'WRONG_TYPE'],
    ['half a byte of hex', fixed(1) as Codec<never>, '0xf', 'WRONG_TYPE'],
    ['null for a struct', struct({}) as Codec<never>, null, 'WRONG_TYPE'],
    ['a struct for a list', list(u8, 9) as Codec<never>, {}, 'WRONG_TYPE'],
    ['a missing field', struct({ a: u8 }) as Codec<never>, {}, 'WRONG_TYPE'],
    ['an unknown kind', Shape as Codec<never>, { kind: 'toString' }, 'OUT_OF_RANGE'],
    ['an unknown word', oneOf(['a']) as Codec<never>, 'b', 'OUT_OF_RANGE'],
  ];
  for (const [what, codec, value, code] of wrong)
    it(`refuses ${what}`, () => refuses(code, () => encode(codec, value as never)));

  it('names the field', () => {
    const value = {
      points: [
        { x: 1, y: 2 },
        { x: 2 ** 32, y: 0 },
      ],
      filled: true,
      kind: 'polygon' as const,
    };
    assert.throws(() => encode(Shape, value), { path: ['polygon', 'points', 1, 'x'] });
    assert.throws(() => decode(Shape, bytesOf('920491 90')), { path: ['polygon'] });
  });
});

describe('decoded values', () => {
  it('share no memory with the message, a Buffer included', () => {
    const message = Buffer.from(encode(bytes(9), Uint8Array.of(1, 2)));
    const value = decode(bytes(9), message);
    message.fill(9);
    assert.deepEqual(value, Uint8Array.of(1, 2));
  });

  it('come from the right part of a larger buffer', () => {
    const inner = encode(u64, 2n ** 63n);
    const outer = new Uint8Array(inner.length + 6).fill(0xc1);
    outer.set(inner, 3);
    assert.equal(decode(u64, outer.subarray(3, 3 + inner.length)), 2n ** 63n);
  });
});

describe('hex', () => {
  it('is there and back again', () => {
    fc.assert(fc.property(fc.uint8Array(), raw => assert.deepEqual(fromHex(toHex(raw)), raw)));
    assert.equal(toHex(Uint8Array.of(0, 10, 255)), '0x000aff');
  });
});
