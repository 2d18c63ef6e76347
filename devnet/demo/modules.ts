/** The modules of the demo: a router with two replicas, and a lab whose three writers compete. */
import { TOKEN } from '../../chain/format/limits.ts';
import {
  createReplicaSet,
  createSubnet,
  defineFunction,
  type FunctionDefinition,
  type Json,
  type Router,
} from '../../module/index.ts';

export interface DemoModule {
  readonly alias: string;
  readonly functions: { readonly [name: string]: FunctionDefinition };
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
const STYLES = ['dry', 'bold', 'baroque'];

/** Children serve their parents for nothing: they are paid by their share of the parent's revenue. */
const FOR_PARENTS = { price: 0n, allow: 'parents' } as const;

const textOf = (params: unknown): string => (params as { readonly text?: string }).text ?? '';

const upper = defineFunction({
  description: 'the text in capitals',
  ...FOR_PARENTS,
  run: params => ({ text: textOf(params).toUpperCase() }),
});

const write = (style: string): FunctionDefinition =>
  defineFunction({
    description: `a line in the style ${style}`,
    ...FOR_PARENTS,
    run: params => ({ text: `${textOf(params)}, ${style}` }),
  });

/** Many different letters make a good line. */
const letters = (answer: Json): number => Math.min(new Set(textOf(answer)).size * 400, 10_000);

const replicas = createReplicaSet();
const labs = createReplicaSet({ kind: 'custom' });
const writers = createSubnet({ score: letters, ask: 2 });

/** What follows the links; told to look when they hold. */
export const ROUTERS: readonly Router[] = [replicas, labs, writers];

export const MODULES: readonly DemoModule[] = [
  {
    alias: 'router',
    functions: {
      ask: replicas.serve({ description: 'answered by one of two replicas', price: CENT, fn: 'upper' }),
      compose: labs.serve({
        description: 'answered by the lab, where three writers compete',
        price: 3n * CENT,
        fn: 'best',
      }),
    },
  },
  ...REPLICAS.map((alias): DemoModule => ({ alias, functions: { upper } })),
  {
    alias: 'lab',
    functions: {
      best: writers.serve({ description: 'the best of two, for the router', ...FOR_PARENTS, fn: 'write' }),
      compete: writers.serve({ description: 'the best of two', price: 2n * CENT, fn: 'write' }),
    },
  },
  ...WRITERS.map((alias, i): DemoModule => ({ alias, functions: { write: write(STYLES[i] ?? '') } })),
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
