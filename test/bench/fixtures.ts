/**
 * A chain that is made clean, as before each test, in the built package: against a transfer that becomes final on the same
 * nodes, and in time of the processor, which says the same on a machine that does other work.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { StartedChain } from '../../devnet/testing/index.ts';
import { ROOT } from '../tidy/sources.ts';
import { type Figure, median, milliseconds, seconds, timed } from './report.ts';

const WARM = 100;
const ROUNDS = 200;

export async function fixtures(): Promise<Figure[]> {
  const built: typeof import('../../devnet/testing/index.ts') = await import(
    pathToFileURL(join(ROOT, 'dist/testing.js')).href
  );
  const figures: Figure[] = [];
  for (const nodes of [1, 4]) {
    const { ms, result: chain } = await timed(() => built.startChain({ nodes }));
    try {
      figures.push(
        { name: `${nodes} nodes: start`, value: seconds(ms), aim: '' },
        ...(await measure(nodes, chain)),
      );
    } finally {
      await chain.stop();
    }
  }
  return figures;
}

async function measure(nodes: number, chain: StartedChain): Promise<Figure[]> {
  const transfers: number[] = [];
  const cleans: number[] = [];
  let processor = 0;
  for (let round = 0; round < WARM + ROUNDS; round++) {
    const transfer = await timed(() => chain.transfer('alice', 'bob', 1n));
    const before = process.cpuUsage();
    const clean = await timed(() => chain.clean());
    const { user, system } = process.cpuUsage(before);
    if (round < WARM) continue;
    transfers.push(transfer.ms);
    cleans.push(clean.ms);
    processor += (user + system) / 1_000;
  }
  return [
    {
      name: `${nodes} nodes: clean, median`,
      value: milliseconds(median(cleans)),
      aim: 'below 20 ms on an idle machine',
    },
    { name: `${nodes} nodes: clean, least`, value: milliseconds(Math.min(...cleans)), aim: '' },
    { name: `${nodes} nodes: processor per clean`, value: milliseconds(processor / ROUNDS), aim: '' },
    {
      name: `${nodes} nodes: clean / transfer`,
      value: (median(cleans) / median(transfers)).toFixed(2),
      aim: 'about 1: a block each',
    },
  ];
}
