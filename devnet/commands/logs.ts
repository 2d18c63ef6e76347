import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import { colors } from '../colors.ts';
import { CliError, EXIT } from '../errors.ts';
import { printable } from '../output.ts';
import { readChainFile } from '../supervisor/chainFile.ts';
import { createTail } from '../supervisor/tail.ts';

export interface LogsOptions {
  /** null for all nodes. */
  readonly node: number | null;
  readonly follow: boolean;
  readonly lines: number;
  /** One JSON value a line. */
  readonly json: boolean;
}

const COLOURS = [colors.cyan, colors.yellow, colors.green, colors.magenta, colors.blue];

/** `devnet logs`: the last lines of the nodes' logs, each with its node in front, in the order of the nodes. */
export async function logs(directory: string, { node, follow, lines, json }: LogsOptions): Promise<void> {
  const chain = readChainFile(directory);
  const nodes = chain.nodes + chain.added.length;
  if (node !== null && node >= nodes)
    throw new CliError('UNKNOWN_NODE', `there is no node ${node}`, `nodes are 0 to ${nodes - 1}`);
  const chosen = node === null ? Array.from({ length: nodes }, (_, index) => index) : [node];
  const tails = chosen.map(index => {
    const file = join(directory, 'nodes', `${index}`, 'node.log');
    if (!existsSync(file))
      throw new CliError(
        'NO_LOG',
        `node ${index} has not been started yet: there is no ${file}`,
        'devnet up starts the nodes',
        EXIT.notReady,
      );
    return tail(file, json ? jsonOf(index) : readableOf(index));
  });
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

function tail(file: string, write: (line: string) => string): Tail {
  const end = createTail(file, MOST_BYTES);
  const show = (parts: readonly string[]): void => {
    for (const line of parts) process.stdout.write(`${write(line)}\n`);
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

/** For programs: the fields of the line and the index of its node; what is no log line is its `text`. */
const jsonOf = (index: number) => (line: string) =>
  JSON.stringify({ ...(entryOf(line) ?? { text: line }), index });

/** For people: with the node in front. */
function readableOf(node: number): (line: string) => string {
  const paint = COLOURS[node % COLOURS.length] ?? colors.white;
  const prefix = paint(`node ${node} | `);
  return line => `${prefix}${readable(line)}`;
}

/** null for what is no log line, as the last words of a crash, or one that it cut short. */
function entryOf(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

/** A JSON log line as text: time, level, message, and the other fields. Anything else stays as it is. */
function readable(line: string): string {
  const entry = entryOf(line);
  if (entry === null) return printable(line);
  const { time, level, msg, pid: _, hostname: __, name: ___, node: ____, ...fields } = entry;
  const clock = typeof time === 'number' ? new Date(time).toISOString().slice(11, 23) : '';
  const extra = Object.entries(fields).map(
    ([key, value]) =>
      `${colors.dim(`${key}=`)}${typeof value === 'object' ? JSON.stringify(value) : printable(String(value))}`,
  );
  return [clock, levelName(level), printable(String(msg ?? '')), ...extra].join(' ');
}

const levelName = (level: unknown): string => {
  if (level === 50 || level === 'error' || level === 60) return colors.red('error');
  if (level === 40 || level === 'warn') return colors.yellow('warn ');
  return level === 20 || level === 'debug' ? colors.dim('debug') : 'info ';
};
