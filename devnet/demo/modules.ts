/** The modules of the demo: a router with two replicas, and a lab whose three writers compete. */
import { TOKEN } from '../../chain/format/limits.ts';
import { defineFunction, type FunctionDefinition } from '../../module/index.ts';

export type Forward = (child: string, fn: string, params: object) => Promise<unknown>;

export interface DemoModule {
  readonly alias: string;
  readonly functions: (forward: Forward) => { readonly [name: string]: FunctionDefinition };
}

export interface DemoLink {
  readonly parent: string;
  readonly child: string;
  readonly kind: 'replica' | 'subnet' | 'custom';
  readonly shareBps: number;
}

const CENT = TOKEN / 100n;
const REPLICAS = ['replica-1', 'replica-2'];
const WRITERS = ['writer-1', 'writer-2', 'writer-3'];

/** Children serve their parents for nothing: they are paid by their share of the parent's revenue. */
const upper = defineFunction<{ text?: string }>({
  description: 'the text in capitals',
  price: 0n,
  run: ({ text = '' }) => ({ text: text.toUpperCase() }),
});

const write = (style: string): FunctionDefinition<{ text?: string }> =>
  defineFunction<{ text?: string }>({
    description: `a line in the style ${style}`,
    price: 0n,
    run: ({ text = '' }) => ({ text: `${text}, ${style}`, score: (text.length * style.length) % 10 }),
  });

/** Takes turns, so that equal children get equal work. */
function turns(names: readonly string[]): () => string {
  let next = 0;
  return () => names[next++ % names.length] ?? '';
}

export const MODULES: readonly DemoModule[] = [
  {
    alias: 'router',
    functions: forward => {
      const nextReplica = turns(REPLICAS);
      return {
        ask: defineFunction({
          description: 'answered by one of two replicas',
          price: CENT,
          run: params => forward(nextReplica(), 'upper', params as object),
        }),
        compose: defineFunction({
          description: 'answered by the lab, where three writers compete',
          price: 3n * CENT,
          run: params => forward('lab', 'best', params as object),
        }),
      };
    },
  },
  ...REPLICAS.map((alias): DemoModule => ({ alias, functions: () => ({ upper }) })),
  {
    alias: 'lab',
    functions: forward => {
      const best = async (params: unknown): Promise<unknown> => {
        const answers = await Promise.all(WRITERS.map(writer => forward(writer, 'write', params as object)));
        return answers.reduce((top, answer) => (scoreOf(answer) > scoreOf(top) ? answer : top));
      };
      return {
        best: defineFunction({ description: 'the best of three, for the router', price: 0n, run: best }),
        compete: defineFunction({ description: 'the best of three', price: 2n * CENT, run: best }),
      };
    },
  },
  ...WRITERS.map(
    (alias, i): DemoModule => ({
      alias,
      functions: () => ({ write: write(['dry', 'bold', 'baroque'][i] ?? '') }),
    }),
  ),
];

export const LINKS: readonly DemoLink[] = [
  ...REPLICAS.map(child => ({ parent: 'router', child, kind: 'replica', shareBps: 2_000 }) as const),
  { parent: 'router', child: 'lab', kind: 'custom', shareBps: 3_000 },
  ...WRITERS.map(
    (child, i) =>
      ({ parent: 'lab', child, kind: 'subnet', shareBps: [2_500, 2_500, 2_000][i] ?? 0 }) as const,
  ),
];

/** What the paying clients ask for, in turn. */
export const REQUESTS: readonly { readonly module: string; readonly fn: string }[] = [
  { module: 'router', fn: 'ask' },
  { module: 'router', fn: 'ask' },
  { module: 'router', fn: 'compose' },
  { module: 'lab', fn: 'compete' },
];

const scoreOf = (answer: unknown): number => (answer as { score?: number } | null)?.score ?? 0;
