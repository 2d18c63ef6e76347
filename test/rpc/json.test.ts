import assert from 'node:assert/strict';
import fc from 'fast-check';
import { KernelCall, toAddress } from '../../chain/index.ts';
import { type Codec, type Schema, toHex } from '../../consensus/interface/index.ts';
import { fromJson, JsonError, toJson } from '../../node/rpc/json.ts';
import { alice } from './fakeNode.ts';

const hexOf = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map(bytes => toHex(bytes));
const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'kind2', '__proto__', 'toString'), {
  maxLength: 4,
});

/** A schema with values of it. */
type Typed = readonly [Schema, fc.Arbitrary<unknown>];
const leaf: fc.Arbitrary<Typed> = fc.constantFrom<Typed>(
  [{ type: 'bool' }, fc.boolean()],
  [{ type: 'u64' }, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })],
  [{ type: 'account' }, hexOf(32)],
  [{ type: 'uint', max: 1_000 }, fc.nat(1_000)],
  [{ type: 'fixed', length: 4 }, hexOf(4)],
  [{ type: 'bytes', max: 20 }, fc.uint8Array({ maxLength: 20 })],
  [
    { type: 'text', max: 40 },
    fc.string({ unit: 'grapheme', maxLength: 5 }).filter(t => Buffer.byteLength(t) <= 40),
  ],
  [{ type: 'enum', values: ['one', 'two'] }, fc.constantFrom('one', 'two')],
);

const { typed } = fc.letrec<{ typed: Typed }>(tie => ({
  typed: fc.oneof(
    { maxDepth: 4 },
    leaf,
    tie('typed').map(
      ([item, values]): Typed => [{ type: 'list', item, max: 3 }, fc.array(values, { maxLength: 3 })],
    ),
    // An optional of an optional has two nulls, which no codec of ours has.
    tie('typed')
      .filter(([item]) => item.type !== 'optional')
      .map(([item, values]): Typed => [{ type: 'optional', item }, fc.option(values)]),
    fc
      .tuple(names, fc.array(tie('typed'), { minLength: 4, maxLength: 4 }))
      .map(([fields, all]) => struct(fields, all)),
    fc.tuple(names, fc.array(tie('typed'), { minLength: 4, maxLength: 4 })).map(([fields, all]): Typed => {
      const [schema, values] = struct(fields, all);
      const cases = ['x', 'y'].map((kind, tag) => ({ kind, tag, schema }));
      const chosen = fc.tuple(fc.constantFrom('x', 'y'), values);
      return [{ type: 'union', cases }, chosen.map(([kind, value]) => ({ kind, ...(value as object) }))];
    }),
  ),
}));

function struct(fields: readonly string[], all: readonly Typed[]): Typed {
  const parts = fields.flatMap((name, index) => {
    const part = all[index];
    return part === undefined ? [] : [{ name, schema: part[0], values: part[1] }];
  });
  const values = fc
    .tuple(...parts.map(part => part.values))
    .map(given => Object.fromEntries(parts.map(({ name }, index) => [name, given[index]])));
  return [{ type: 'struct', fields: parts.map(({ name, schema }) => ({ name, schema })) }, values];
}

describe('JSON of codecs', () => {
  it('comes back as the same value, through text', () => {
    const pairs = typed.chain(([schema, values]) => values.map(value => ({ schema, value })));
    fc.assert(
      fc.property(pairs, ({ schema, value }) => {
        const text = JSON.stringify(toJson({ schema }, value));
        assert.deepEqual(fromJson({ schema }, JSON.parse(text)), value);
      }),
      { numRuns: 500 },
    );
  });

  it('refuses any other JSON with an error of its own, never another', () => {
    fc.assert(
      fc.property(typed, fc.jsonValue(), ([schema], json) => {
        try {
          fromJson({ schema }, json);
        } catch (error) {
          if (error instanceof JsonError) return;
          if (error instanceof Error && error.name === 'AddressError') return;
          throw error;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  const call = { kind: 'transfer', to: alice.address, amount: '5' };
  const refuses = (json: unknown, expected: string) =>
    assert.throws(
      () => fromJson(KernelCall, json, 'call'),
      (error: unknown) => error instanceof Error && error.message === expected,
    );

  it('names the path of what it refuses', () => {
    refuses(
      { ...call, amount: 5 },
      'call.amount: expected an amount in base units as a decimal string, e.g. "1000000000", got 5',
    );
    refuses(
      { ...call, amount: '18446744073709551616' },
      'call.amount: 18446744073709551616 does not fit 64 bits',
    );
    refuses({ ...call, more: 1 }, 'call.more: no such field; there are to, amount, kind');
    refuses({ kind: 'transfer', amount: '5' }, 'call.to: is missing');
    refuses('x', 'call: expected an object, got "x"');
    const terms = {
      parent: 1,
      child: 2,
      kind: 'tree',
      shareBps: 1,
      alias: 'a',
      metadata: { kind: 'inline', data: '0x' },
    };
    refuses(
      { kind: 'proposeLink', terms, expires: 1 },
      'call.terms.kind: expected one of replica, subnet, custom, got "tree"',
    );
    const module = {
      kind: 'registerModule',
      alias: 'a',
      url: '',
      consensus: 0,
      maxLinks: 1,
      metadata: { kind: 'inline', data: '0x' },
    };
    refuses(
      { ...module, prices: [{ fn: 'f', price: '01' }] },
      'call.prices[0].price: expected an amount in base units as a decimal string, e.g. "1000000000", got "01"',
    );
    refuses(
      { ...module, prices: [], metadata: { kind: 'inline', data: '0xAB' } },
      'call.metadata.data: expected bytes as lower-case 0x hex, got "0xAB"',
    );
  });

  it('lets optional fields be left out', () => {
    const value = fromJson<KernelCall>(KernelCall as Codec<KernelCall>, {
      kind: 'updateModule',
      module: 3,
      url: 'http://a',
    });
    assert.deepEqual(value, {
      kind: 'updateModule',
      module: 3,
      alias: null,
      url: 'http://a',
      consensus: null,
      prices: null,
      metadata: null,
      maxLinks: null,
    });
  });

  it('refuses addresses of other networks', () => {
    assert.throws(() => fromJson(KernelCall, { ...call, to: toAddress(alice.account, 0) }), {
      code: 'ADDRESS_PREFIX',
    });
  });
});
