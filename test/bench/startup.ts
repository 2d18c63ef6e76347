import { freshDirectory, removeDirectory, up } from '../e2e/support.ts';
import { type Figure, median, seconds, timed } from './report.ts';

const RUNS = 5;

/** From the start of the `devnet up` process to the line that says it is ready. */
export async function startup(): Promise<Figure[]> {
  return [
    { name: 'devnet up to ready, 4 nodes, new chain', value: await start(4), aim: '0.9 s' },
    { name: 'devnet up to ready, 1 node, new chain', value: await start(1), aim: '0.3 s' },
  ];
}

async function start(nodes: number): Promise<string> {
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const directory = freshDirectory();
    const { ms, result } = await timed(() => up(directory, '--nodes', `${nodes}`));
    times.push(ms);
    await result.end('SIGTERM');
    removeDirectory(directory);
  }
  return `${seconds(median(times))} (${seconds(Math.min(...times))} to ${seconds(Math.max(...times))})`;
}
