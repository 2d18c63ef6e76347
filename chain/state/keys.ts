/**
 * Keys inside the state are latin1 strings, one character per byte: they compare in byte order with `<`, can be looked
 * up in maps, and take a third of the memory of byte arrays.
 */

// Keys pass through here: a small array has no buffer of its own until somebody asks for it, which is slow.
const passage = Buffer.alloc(1024);

export function toKeyString(key: Uint8Array): string {
  if (key.length > passage.length) return Buffer.from(key).toString('latin1');
  passage.set(key);
  return passage.toString('latin1', 0, key.length);
}

export function fromKeyString(key: string): Uint8Array {
  const bytes = new Uint8Array(key.length);
  for (let index = 0; index < key.length; index++) bytes[index] = key.charCodeAt(index);
  return bytes;
}

export const compareKeys = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
