import fc from 'fast-check';
import type { Codec, Schema } from '../../consensus/interface/index.ts';

/** Lists are kept short: their limits are tested by themselves. */
const MAX_ITEMS = 4;
const MAX_BYTES = 300;

/** Values of a codec's type, made from its schema: every format can be fuzzed without a generator of its own. */
export const valuesOf = <T>(codec: Codec<T>): fc.Arbitrary<T> => ofSchema(codec.schema) as fc.Arbitrary<T>;

export const hexBytes = (length: number): fc.Arbitrary<`0x${string}`> =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map(bytes => `0x${Buffer.from(bytes).toString('hex')}` as const);

function ofSchema(schema: Schema): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'bool':
      return fc.boolean();
    case 'u64':
      return fc.oneof(fc.bigInt(0n, 0xffff_ffff_ffff_ffffn), fc.bigInt(0n, 0x1_0000_0001n));
    case 'uint':
      return integers(schema.max);
    case 'account':
      return hexBytes(32);
    case 'fixed':
      return hexBytes(schema.length);
    case 'bytes':
      return fc.uint8Array({ maxLength: Math.min(schema.max, MAX_BYTES) });
    case 'text':
      // A code point takes at most four bytes of UTF-8.
      return fc.string({ unit: 'binary', maxLength: Math.min(schema.max >> 2, MAX_BYTES) });
    case 'enum':
      return fc.constantFrom(...schema.values);
    case 'list':
      return fc.array(ofSchema(schema.item), { maxLength: Math.min(schema.max, MAX_ITEMS) });
    case 'optional':
      return fc.option(ofSchema(schema.item));
    case 'struct':
      return ofFields(schema.fields);
    case 'union':
      return fc.oneof(
        ...schema.cases.map(({ kind, schema: inner }) =>
          ofSchema(inner).map(value => ({ kind, ...(value as object) })),
        ),
      );
  }
}

const ofFields = (
  fields: readonly { readonly name: string; readonly schema: Schema }[],
): fc.Arbitrary<object> =>
  fc.record(Object.fromEntries(fields.map(({ name, schema }) => [name, ofSchema(schema)])), {
    noNullPrototype: true,
  });

/** Integers with the edges of each encoded length drawn often. */
function integers(max: number): fc.Arbitrary<number> {
  const edges = [0, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000, max];
  return fc.oneof(fc.integer({ min: 0, max }), fc.constantFrom(...edges.filter(edge => edge <= max)));
}
