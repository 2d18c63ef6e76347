/** Hostile argument bytes, the same ones in every run. */
import { type Codec, CodecError, encode } from '../interface/index.ts';
import { arbitraryOf, type Random } from './arbitrary.ts';

/** A linear congruential generator: uniform enough to break decoders, and exactly repeatable. */
export function generator(seed: number): Random {
  let state = seed >>> 0;
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
}

/**
 * Random values of the type, random bytes, and damaged copies of good ones: flipped, cut, doubled, spliced, with
 * swollen lengths.
 */
export function* garbage(
  codec: Codec<unknown>,
  good: readonly Uint8Array[],
  count: number,
  seed = 1,
): Generator<Uint8Array> {
  const random = generator(seed);
  for (let made = 0; made < count; made++) {
    if (random(2) === 0) {
      const typed = typedBytes(codec, random);
      if (typed !== undefined) yield typed;
      continue;
    }
    const base = good[random(good.length + 1)];
    yield base === undefined ? noise(random) : damaged(base, random);
  }
}

/** undefined for a value that the codec itself refuses. */
function typedBytes(codec: Codec<unknown>, random: Random): Uint8Array | undefined {
  try {
    return encode(codec, arbitraryOf(codec.schema, random));
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

function noise(random: Random): Uint8Array {
  return Uint8Array.from({ length: random(200) }, () => random(256));
}

function damaged(base: Uint8Array, random: Random): Uint8Array {
  const bytes = base.slice();
  const at = random(bytes.length + 1);
  switch (random(5)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return Uint8Array.from([...bytes, ...bytes.slice(at)]);
    case 2:
      return Uint8Array.from([...bytes.slice(0, at), random(256), ...bytes.slice(at)]);
    default:
      for (let changes = 1 + random(4); changes > 0; changes--) bytes[random(bytes.length)] = random(256);
      return bytes;
  }
}
