import { watch } from 'node:fs';
import { join } from 'node:path';
import { colors } from '../colors.ts';
import { CliError } from '../errors.ts';
import { readChainFile } from '../supervisor/chainFile.ts';
import { createTail } from '../supervisor/tail.ts';

export interface LogsOptions {
  /** null for all nodes. */
  readonly node: number | null;
  readonly follow: boolean;
  readonly lines: number;
}

const COLOURS = [colors.cyan, colors.yellow, colors.green, colors.magenta, colors.blue];

/** `devnet logs`: the last lines of the nodes' logs, each with its node in front, in the order of the nodes. */
export async function logs(directory: string, { node, follow, lines }: LogsOptions): Promise<void> {
  const chain = readChainFile(directory);
  const nodes = chain.nodes + chain.added.length;
  if (node !== null && node >= nodes)
    throw new CliError('UNKNOWN_NODE', `there is no node ${node}`, `nodes are 0 to ${nodes - 1}`);
  const chosen = node === null ? Array.from({ length: nodes }, (_, index) => index) : [node];
  const tails = chosen.map(index => tail(index, join(directory, 'nodes', `${index}`, 'node.log')));
  for (const { print } of tails) await print(lines);
  if (!follow) return;
  await Promise.all(tails.map(({ follow: go }) => go()));
}

interface Tail {
  print(lines: number): Promise<void>;
  /** Never resolves: the user ends it. */
  follow(): Promise<never>;
}

/** Of the end of a log; what is before is seldom asked for. */
const MOST_BYTES = 4 * 1024 * 1024;

function tail(index: number, file: string): Tail {
  const paint = COLOURS[index % COLOURS.length] ?? colors.white;
  const prefix = paint(`node ${index} | `);
  const end = createTail(file, MOST_BYTES);
  const show = (parts: readonly string[]): void => {
    for (const line of parts) process.stdout.write(`${prefix}${readable(line)}\n`);
  };
  return {
    async print(lines) {
      const found: string[] = [];
      for await (const some of end.read()) found.push(...some);
      show(found.slice(-lines));
    },
    follow: () =>
      new Promise((_, reject) => {
        const readOn = async (): Promise<void> => {
          for await (const some of end.read()) show(some);
        };
        let reading: Promise<void> = Promise.resolve();
        watch(file, () => {
          reading = reading.then(readOn);
          reading.catch(reject);
        });
      }),
  };
}

/** A JSON log line as text: time, level, message, and the other fields. Anything else stays as it is. */
function readable(line: string): string {
  if (!line.startsWith('{')) return line;
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    // A line that a crash cut short.
    return line;
  }
  const { time, level, msg, pid: _, hostname: __, name: ___, ...fields } = entry;
  const clock = typeof time === 'number' ? new Date(time).toISOString().slice(11, 23) : '';
  const extra = Object.entries(fields).map(
    ([key, value]) =>
      `${colors.dim(`${key}=`)}${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  );
  return [clock, levelName(level), String(msg ?? ''), ...extra].join(' ');
}

const levelName = (level: unknown): string => {
  if (level === 50 || level === 'error' || level === 60) return colors.red('error');
  if (level === 40 || level === 'warn') return colors.yellow('warn ');
  return level === 20 || level === 'debug' ? colors.dim('debug') : 'info ';
};
