import { ChainError } from '../errors.ts';
import type { Failure } from '../format/block.ts';
import { LIMITS } from '../format/limits.ts';

/** A consensus module said no: `code` and `message` are its own. */
export class ModuleRefusal extends Error {
  override readonly name = 'ModuleRefusal';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** What a failed call says in its outcome; undefined for a thrown thing that is no answer. */
export function failureOf(thrown: unknown): Failure | undefined {
  if (!(thrown instanceof ChainError) && !(thrown instanceof ModuleRefusal)) return undefined;
  return { code: clip(thrown.code, LIMITS.errorCode), message: clip(thrown.message, LIMITS.errorMessage) };
}

/** The longest beginning of a text that fits into `max` bytes of UTF-8. A lone surrogate becomes U+FFFD. */
export function clip(text: string, max: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= max) return new TextDecoder().decode(bytes);
  let end = max;
  // 0b10xxxxxx continues a character; the cut must not stand before one.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return new TextDecoder().decode(bytes.subarray(0, end));
}
