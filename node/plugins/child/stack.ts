/** Where the code of a plugin threw, as far as it tells: for people alone, since no two engines say the same. */
import { clip } from '../../../chain/kernel/failure.ts';
import { MAX_FRAMES, MAX_STACK_LINE } from '../wire.ts';

/** Characters of a stack that are looked at. */
const MAX_STACK = 16 * 1024;

/** The frames of a thrown thing, innermost first, as the engine writes them. */
export function framesOf(thrown: unknown): readonly string[] {
  return stackOf(thrown)
    .slice(0, MAX_STACK)
    .split('\n')
    .map(line => line.trim())
    .filter(line => line.startsWith('at '))
    .slice(0, MAX_FRAMES)
    .map(line => clip(line, MAX_STACK_LINE));
}

/** What was thrown is the author's: asking it for something may run his code, and throw again. */
function stackOf(thrown: unknown): string {
  try {
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    return typeof stack === 'string' ? stack : '';
  } catch {
    return '';
  }
}
