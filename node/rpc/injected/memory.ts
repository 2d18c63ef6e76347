/** The last answers to questions, for repeating them when they are old. Bounded, because anybody can ask anything. */
import type { Request } from '../request.ts';

const MOST_QUESTIONS = 1_000;
const LONGEST_QUESTION = 1_024;
const LONGEST_ANSWER = 16_384;
/** Answers kept for one question: as far back as a stale answer reaches. */
const REACH = 4;

export function createMemory() {
  const answers = new Map<string, string[]>();
  const keyOf = ({ method, params }: Request): string => JSON.stringify([method, params]);

  return {
    /** JSON of the result; null if there is none. */
    oldest: (request: Request): string | null => answers.get(keyOf(request))?.[0] ?? null,

    /** Answers that are errors are not repeated. */
    remember(request: Request, answer: unknown): void {
      const result = JSON.stringify((answer as { readonly result?: unknown }).result);
      const key = keyOf(request);
      if (result === undefined || result.length > LONGEST_ANSWER || key.length > LONGEST_QUESTION) return;
      const kept = answers.get(key) ?? [];
      // Asked again, it is the last one to be forgotten.
      answers.delete(key);
      answers.set(key, [...kept, result].slice(-REACH));
      const [first] = answers.keys();
      if (answers.size > MOST_QUESTIONS && first !== undefined) answers.delete(first);
    },
  };
}
