import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Codec, decode, encode } from '../../consensus/interface/index.ts';
import { valuesOf } from './arbitrary.ts';

/** By name: what is loaded by `import()` has classes of its own under the test runner. */
export const isCodecError = (error: unknown, code?: string): boolean =>
  error instanceof Error &&
  error.name === 'CodecError' &&
  (code === undefined || Object(error).code === code);

/** The bytes of a value, or undefined: some codecs refuse values that their schema cannot rule out. */
export function encoded(codec: Codec<unknown>, value: unknown): Uint8Array | undefined {
  try {
    return encode(codec, value);
  } catch (error) {
    assert.ok(isCodecError(error), String(error));
    return undefined;
  }
}

/** Decodes; if that works the bytes must be exactly those that encoding gives. Any error but CodecError escapes. */
export function assertCanonical(codec: Codec<unknown>, input: Uint8Array): void {
  let value: unknown;
  try {
    value = decode(codec, input);
  } catch (error) {
    assert.ok(isCodecError(error), String(error));
    return;
  }
  assert.deepEqual(encode(codec, value), new Uint8Array(input));
}

export function assertRoundTrips(codec: Codec<unknown>, numRuns: number): void {
  const property = fc.property(valuesOf(codec), value => {
    const bytes = encoded(codec, value);
    if (bytes !== undefined) assert.deepEqual(decode(codec, bytes), value);
  });
  fc.assert(property, { numRuns });
}

/** Feeds a codec with bytes of no meaning, and with its own encodings with a byte changed or the end cut off. */
export function assertSurvivesAttack(codec: Codec<unknown>, numRuns: number): void {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), input => assertCanonical(codec, input)),
    { numRuns },
  );
  const damage = fc.record({ at: fc.nat(), flip: fc.integer({ min: 1, max: 255 }), cut: fc.boolean() });
  const property = fc.property(valuesOf(codec), damage, (value, { at, flip, cut }) => {
    const input = encoded(codec, value);
    if (input === undefined) return;
    const index = at % input.length;
    if (cut) return assertCanonical(codec, input.subarray(0, index));
    input[index] = (input[index] ?? 0) ^ flip;
    assertCanonical(codec, input);
  });
  fc.assert(property, { numRuns });
}
