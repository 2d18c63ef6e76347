import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { z } from 'zod';
import { paramsOf, signatureOf } from '../../../devnet/params/parse.ts';
import { canonicalJson } from '../../../module/index.ts';

const schema = (type: z.ZodType): object => z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' });
const parse = (type: z.ZodType, ...words: string[]): unknown =>
  JSON.parse(canonicalJson(paramsOf(words, schema(type))));

describe('params of devnet call', () => {
  const place = z.object({ x: z.number(), y: z.number().optional(), name: z.string().optional() });
  const all = z.object({
    name: z.string().optional(),
    count: z.int().optional(),
    ratio: z.number().optional(),
    loud: z.boolean().optional(),
    kind: z.enum(['a', 'b']).optional(),
    level: z.union([z.literal(1), z.literal(2)]).optional(),
    tags: z.array(z.string()).optional(),
    sizes: z.array(z.int()).optional(),
    at: place.optional(),
    either: z.union([z.number(), z.string()]).optional(),
    nothing: z.string().nullable().optional(),
    any: z.any().optional(),
    'dotted.name': z.string().optional(),
    map: z.record(z.string(), z.int()).optional(),
  });

  it('are typed by the schema', () => {
    const cases: readonly [words: string[], params: unknown][] = [
      [['name=12'], { name: '12' }],
      [['name='], { name: '' }],
      [['name=a=b'], { name: 'a=b' }],
      [['count=-3', 'ratio=1e3', 'loud=false'], { count: -3, ratio: 1000, loud: false }],
      [['kind=b', 'level=2'], { kind: 'b', level: 2 }],
      [['tags=a', 'tags=b'], { tags: ['a', 'b'] }],
      [['tags=["a","b"]'], { tags: ['a', 'b'] }],
      [['sizes=1'], { sizes: [1] }],
      [['at.x=1', 'at.y=2', 'at.name=7'], { at: { x: 1, y: 2, name: '7' } }],
      [['at={"x":1}'], { at: { x: 1 } }],
      [['either=1'], { either: 1 }],
      [['either=one'], { either: 'one' }],
      [['nothing=null'], { nothing: null }],
      [['any=[1]'], { any: [1] }],
      [['any=text'], { any: 'text' }],
      [['any=null'], { any: null }],
      [['dotted.name=x'], { 'dotted.name': 'x' }],
      [['map.a=1', 'map.b=2'], { map: { a: 1, b: 2 } }],
      [['name:=12'], { name: 12 }],
      [['tags:=[]'], { tags: [] }],
    ];
    for (const [words, params] of cases) assert.deepEqual(parse(all, ...words), params, words.join(' '));
  });

  it('come from files', () => {
    const dir = mkdtempSync(join(tmpdir(), 'devnet-params-'));
    try {
      const file = join(dir, 'note');
      writeFileSync(file, '[1, 2]');
      assert.deepEqual(parse(all, `name=@${file}`, `sizes=@${file}`), { name: '[1, 2]', sizes: [1, 2] });
      assert.throws(() => parse(all, `name=@${dir}/none`), { name: 'USAGE', message: /name: .*ENOENT/ });
      assert.throws(() => parse(all, `name=@${dir}`), { name: 'USAGE', message: /name: / });
      writeFileSync(file, 'x'.repeat(1024 * 1024 + 1));
      assert.throws(() => parse(all, `name=@${file}`), { message: /over 1048576 bytes/ });
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('are refused by name', () => {
    const cases: readonly [words: string[], message: RegExp][] = [
      [['count=1.5'], /^count: 1.5 is no integer$/],
      [['count=9007199254740993'], /^count: /],
      [['loud=yes'], /^loud: yes is no boolean$/],
      [['kind=c'], /^kind: c is no a\|b$/],
      [['sizes=x'], /^sizes: x is no /],
      [['at.x=left'], /^at.x: left is no number$/],
      [['at=1'], /^at: 1 is no object$/],
      [['at.z=1'], /^there is no parameter at.z$/],
      [['nme=Ada'], /^there is no parameter nme$/],
      [['name=a', 'name=b'], /^name is given twice$/],
      [['at={"x":1}', 'at.y=2'], /^at.y is given as a whole and in parts$/],
      [['any=1', 'any.x=2'], /^any.x is given as a whole and in parts$/],
      [['name'], /^name is not key=value$/],
      [['=x'], /^=x is not key=value$/],
      [['name:=x'], /^name: x is not JSON$/],
    ];
    for (const [words, message] of cases)
      assert.throws(() => parse(all, ...words), { name: 'USAGE', message }, words.join(' '));
    const needed = z.object({ name: z.string(), n: z.int().optional() });
    assert.throws(() => parse(needed, 'n=1'), {
      message: 'name is missing',
      hint: /name=<text> \[n=<integer>\]/,
    });
    assert.equal(signatureOf(schema(needed)), 'name=<text> [n=<integer>]');
  });

  it("a stranger's schema puts nothing on the terminal but words", () => {
    const evil = '\u001b[2J\u202e\u0007';
    const odd = { properties: { [evil]: { enum: [evil] } }, required: [evil] };
    for (const words of [[], ['x=1'], [`${evil}=1`]])
      assert.throws(
        () => paramsOf(words, odd),
        (error: { hint: string }) => !/[\p{Cc}\p{Cf}]/u.test(error.hint),
      );
    assert.throws(
      () => paramsOf([], odd),
      (error: Error) => !/[\p{Cc}\p{Cf}]/u.test(error.message),
    );
  });

  it('never touch a prototype', () => {
    for (const name of ['__proto__.polluted', 'constructor.prototype.polluted', 'a.__proto__.polluted'])
      paramsOf([`${name}=1`], {});
    assert.equal(Reflect.get({}, 'polluted'), undefined);
    assert.throws(() => parse(all, '__proto__=1'), { message: 'there is no parameter __proto__' });
  });

  it('any object that a schema allows can be written, member by member', () => {
    const value = fc.record(
      {
        name: fc
          .string({ unit: 'binary' })
          .filter(text => !text.startsWith('@') && !/\p{Surrogate}/u.test(text)),
        count: fc.maxSafeInteger(),
        loud: fc.boolean(),
        kind: fc.constantFrom('a', 'b'),
        sizes: fc.array(fc.integer(), { minLength: 1 }),
        at: fc.record({ x: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(value, given => {
        const words = Object.entries(given).flatMap(([name, of]) => {
          if (Array.isArray(of)) return of.map(item => `${name}=${item}`);
          if (typeof of === 'object') return [`${name}.x=${JSON.stringify(of.x)}`];
          return [`${name}=${of}`];
        });
        assert.deepEqual(parse(all, ...words), JSON.parse(canonicalJson(given)));
      }),
    );
  });

  it('a schema that is none, refers to itself, or to nothing, lets everything through to the module', () => {
    for (const odd of [
      {},
      { properties: 7 },
      { $ref: '#' },
      { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } },
      {
        anyOf: [{ $ref: '#/$defs/a' }],
        $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }] } },
      },
      { $ref: 'https://example.com/schema' },
      { type: ['object', 7, null], required: 'all' },
    ])
      assert.deepEqual(JSON.parse(canonicalJson(paramsOf(['a=1', 'b.c=x'], odd))), { a: 1, b: { c: 'x' } });
  });
});
