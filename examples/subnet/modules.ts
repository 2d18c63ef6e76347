/** A lab whose writers compete: it asks one of them per call, scores the answer, and pays by the scores. */
import { createSubnet, defineModule, type Json, type ModuleDefinition } from '../../module/index.ts';

/** Different words are good, repeated ones are not: 1,000 for each, 10,000 at most. */
export function variety(answer: Json): number {
  const words = String((answer as { readonly line: string }).line).split(' ');
  return Math.min(new Set(words).size * 1_000, 10_000);
}

/** `shares`: at the start of each epoch the writers are offered new shares of the 80 % that are theirs. */
export const lab = createSubnet({
  score: variety,
  ask: 1,
  halfLifeCalls: 8,
  floorBps: 300,
  shares: { totalBps: 8_000, minBps: 500 },
});

export const labModule = defineModule({
  alias: 'lab',
  description: 'One line, by whoever writes best',
  functions: { write: lab.serve({ price: 1_000_000n }) },
});

/** A writer with so many words. It accepts what the lab offers, down to 5 %. */
export const writer = (alias: string, vocabulary: readonly string[]): ModuleDefinition =>
  defineModule({
    alias,
    links: { asChild: { from: ['lab'], minShareBps: 500 } },
    functions: {
      write: {
        price: 0n,
        allow: 'parents',
        run: () => ({
          by: alias,
          line: Array.from({ length: 9 }, (_, word) => vocabulary[word % vocabulary.length]).join(' '),
        }),
      },
    },
  });
