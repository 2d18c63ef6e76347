/**
 * What it costs that the kernel asks consensus modules by yielding: blocks against the same kernel with its generators
 * turned into plain functions that call the module. The sources are turned while they are bundled, so both do the same.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { BlockInput, CheckedTransaction, executeBlock, State } from '../../chain/index.ts';
import { consensus0 } from '../../consensus/index.ts';
import { accountOf, GENESIS_TIME, VALIDATOR } from '../support/chain.ts';
import { ROOT } from '../tidy/sources.ts';
import { checked, claims, economy, servers } from './isolation.ts';
import { type Figure, median, milliseconds } from './report.ts';

type Execute = typeof executeBlock;

const ROUNDS = 40;
const mechanisms = new Map([[0, consensus0]]);

/** The kernel without a generator. A call that fails would leave its traces here: nothing in these blocks does. */
const plainFunctions: Plugin = {
  name: 'plain-functions',
  setup({ onLoad }) {
    onLoad({ filter: /chain[\\/]kernel[\\/].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source
        .replace('const answer = yield question;', 'const answer = answerOf(question, globalThis.benchCode);')
        .replace(/(export function answeredHere.*?\{)/s, '$1 return asking;')
        .replaceAll('function* ', 'function ')
        .replaceAll(/yield\* /g, '');
      if (/\byield\b(?!ing)/.test(contents.replaceAll(/\/\*\*?.*?\*\/|\/\/.*$/gms, '')))
        throw new Error(`${path} still yields`);
      return { contents, loader: 'ts' };
    });
  },
};

async function kernel(directory: string, name: string, plugins: readonly Plugin[]): Promise<Execute> {
  const outfile = join(directory, `${name}.mjs`);
  await build({
    entryPoints: [join(ROOT, 'chain/index.ts')],
    bundle: true,
    outfile,
    format: 'esm',
    platform: 'node',
    packages: 'bundle',
    logLevel: 'silent',
    plugins: [...plugins],
  });
  const loaded = (await import(pathToFileURL(outfile).href)) as { readonly executeBlock: Execute };
  return loaded.executeBlock;
}

interface Compared {
  readonly ratio: number;
  readonly ms: number;
}

/** In turns, so that what one leaves behind burdens both. */
function compare(state: State, input: BlockInput, yielding: Execute, plain: Execute): Compared {
  const ratios: number[] = [];
  const times: number[] = [];
  const run = (execute: Execute): { readonly ms: number; readonly root: string } => {
    const start = performance.now();
    const { state: after } = execute(state, input, mechanisms);
    return { ms: performance.now() - start, root: after.root };
  };
  for (let round = 0; round < ROUNDS; round++) {
    const first = round % 2 === 0 ? yielding : plain;
    const [a, b] = [run(first), run(first === yielding ? plain : yielding)];
    if (a.root !== b.root) throw new Error('the kernels do not give the same state');
    const [y, p] = first === yielding ? [a, b] : [b, a];
    ratios.push(y.ms / p.ms);
    times.push(y.ms);
  }
  return { ratio: median(ratios.slice(4)), ms: median(times.slice(4)) };
}

export async function asking(): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'devnet-bench-'));
  (globalThis as { benchCode?: unknown }).benchCode = mechanisms;
  try {
    const [yielding, plain] = [
      await kernel(directory, 'yielding', []),
      await kernel(directory, 'plain', [plainFunctions]),
    ];
    const { state, height } = economy();
    const block = (transactions: readonly CheckedTransaction[]): BlockInput => ({
      height,
      time: GENESIS_TIME + height * 1000,
      proposer: accountOf(VALIDATOR),
      evidence: [],
      transactions,
    });
    const to = accountOf(VALIDATOR);
    const transfers = servers.flatMap(server =>
      Array.from({ length: 100 }, (_, index) =>
        checked(server, 1 + index, { kind: 'transfer', to, amount: 1n }),
      ),
    );
    const calls = compare(state, block(claims(0, 1)), yielding, plain);
    const moves = compare(state, block(transfers), yielding, plain);
    return [
      { name: '1,000 claims', value: milliseconds(calls.ms), aim: '' },
      { name: '1,000 claims against plain calls', value: calls.ratio.toFixed(3), aim: '1.03' },
      { name: '1,000 transfers against plain calls', value: moves.ratio.toFixed(3), aim: '1.03' },
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
