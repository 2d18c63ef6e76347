/**
 * How long `devnet up` takes, and what it costs. Others work on the same machine, so that a time says little: processor
 * time of all processes, in units of a Node that does nothing, says more.
 */
import { readFileSync } from 'node:fs';
import { freshDirectory, removeDirectory, up } from '../e2e/support.ts';
import { bareNode, megabytes, processorMs } from './processes.ts';
import { type Figure, median, seconds, timed } from './report.ts';

const SIZES = [
  { nodes: 1, runs: 5, aim: '0.3 s' },
  { nodes: 4, runs: 5, aim: '0.9 s' },
  { nodes: 16, runs: 2, aim: '' },
] as const;
const BARE_RUNS = 20;

/** Milliseconds from the start of a node process to the end of each part of its start (node/main.ts). */
type Took = Readonly<Record<'program' | 'started' | 'answers' | 'joined', number>>;

interface Start {
  /** From the start of the `devnet up` process to the line that says it is ready. */
  readonly wall: number;
  readonly supervisorCpu: number;
  readonly nodesCpu: number;
  /** Of the node that took most. */
  readonly rss: number;
  readonly pss: number;
  /** Of the slowest node. */
  readonly took: Took;
}

export async function startup(): Promise<Figure[]> {
  const bare = await bareNode(BARE_RUNS);
  // The first start of a build keeps its compiled code for the others.
  await start(1);
  const figures: Figure[] = [
    {
      name: 'node -e 0',
      value: `${seconds(bare.wall)}, ${Math.round(bare.processor)} ms of processor`,
      aim: '',
    },
  ];
  for (const { nodes, runs, aim } of SIZES) {
    const starts: Start[] = [];
    for (let run = 0; run < runs; run++) starts.push(await start(nodes));
    figures.push(...figuresOf(nodes, starts, bare.processor, aim));
  }
  return figures;
}

function figuresOf(nodes: number, starts: readonly Start[], unit: number, aim: string): Figure[] {
  const of = (pick: (start: Start) => number): number => median(starts.map(pick));
  const walls = starts.map(({ wall }) => wall);
  const cost = (ms: number): string => `${Math.round(ms)} ms, ${(ms / unit).toFixed(1)} bare nodes`;
  const steps = (['program', 'started', 'answers', 'joined'] as const).map(
    name => `${name} ${Math.round(of(({ took }) => took[name]))}`,
  );
  return [
    {
      name: `devnet up, ${nodes} nodes, new chain`,
      value: `${seconds(median(walls))} (${seconds(Math.min(...walls))} to ${seconds(Math.max(...walls))})`,
      aim,
    },
    { name: '  processor, supervisor', value: cost(of(start => start.supervisorCpu)), aim: '' },
    { name: '  processor, each node', value: cost(of(start => start.nodesCpu) / nodes), aim: '' },
    {
      name: '  memory, largest node',
      value: `${Math.round(of(start => start.rss))} MB, shared fairly ${Math.round(of(start => start.pss))} MB`,
      aim: '100 MB',
    },
    { name: '  steps of the slowest node, ms', value: steps.join(', '), aim: '' },
  ];
}

async function start(nodes: number): Promise<Start> {
  const directory = freshDirectory();
  try {
    const { ms: wall, result: devnet } = await timed(() => up(directory, '--nodes', `${nodes}`));
    const supervisor = devnet.process.pid ?? 0;
    const pids = devnet.nodes.map(({ pid }) => pid);
    const measured = {
      wall,
      supervisorCpu: processorMs(supervisor),
      nodesCpu: pids.reduce((sum, pid) => sum + processorMs(pid), 0),
      rss: Math.max(...pids.map(pid => megabytes(pid, 'status', 'VmRSS'))),
      pss: Math.max(...pids.map(pid => megabytes(pid, 'smaps_rollup', 'Pss'))),
    };
    // Its log is written out when it ends.
    await devnet.end('SIGTERM');
    const took = devnet.nodes.map(({ log }) => tookOf(readFileSync(log, 'utf8')));
    return { ...measured, took: took.reduce((a, b) => (b.joined > a.joined ? b : a)) };
  } finally {
    removeDirectory(directory);
  }
}

function tookOf(log: string): Took {
  const line = log.split('\n').find(text => text.includes('"node ready"'));
  if (line === undefined) throw new Error('a node did not say that it is ready');
  return (JSON.parse(line) as { readonly ms: Took }).ms;
}
