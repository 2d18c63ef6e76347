import { type Schema, toHex } from '../interface/index.ts';

/** A whole number from 0 to `below` - 1. */
export type Random = (below: number) => number;

/** Lists grow no longer than this: what matters is the shape. */
const LONGEST = 4;
const WORDS = ['', 'a', '__proto__', 'constructor', 'toString', '\u0000', 'é', '🦀', 'x'.repeat(300)];

/** Some value of a type, the extremes far more often than chance would have them. It can be over a size limit. */
export function arbitraryOf(schema: Schema, random: Random): unknown {
  switch (schema.type) {
    case 'bool':
      return random(2) === 1;
    case 'uint':
      return pick(random, [0, 1, schema.max, Math.max(0, schema.max - 1), random(300), random(schema.max)]);
    case 'u64':
      return pick(random, [0n, 1n, 0xffff_ffff_ffff_ffffn, 1n << 63n, BigInt(random(300))]);
    case 'account':
      return bytesOf(random, 32);
    case 'fixed':
      return bytesOf(random, schema.length);
    case 'bytes':
      return Uint8Array.from({ length: random(Math.min(schema.max, 80) + 1) }, () => random(256));
    case 'text':
      return pick(random, WORDS);
    case 'enum':
      return pick(random, schema.values);
    case 'list':
      return Array.from({ length: random(LONGEST + 1) }, () => arbitraryOf(schema.item, random));
    case 'optional':
      return random(2) === 0 ? null : arbitraryOf(schema.item, random);
    case 'struct':
      return Object.fromEntries(schema.fields.map(field => [field.name, arbitraryOf(field.schema, random)]));
    case 'union': {
      const chosen = pick(random, schema.cases);
      return { kind: chosen.kind, ...(arbitraryOf(chosen.schema, random) as object) };
    }
  }
}

/** Few different ones, so that two of them can be equal. */
const bytesOf = (random: Random, length: number): string => toHex(new Uint8Array(length).fill(random(4)));

function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[random(items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}
