/** Lines of the nodes' logs as they are shown: in order of time, so many of the newest, filtered. */

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

export interface LogLine {
  /** null for a mark of what was dropped. */
  readonly node: number | null;
  /** Milliseconds since 1970; that of the line before where it has none, as the lines of a stack. */
  readonly time: number;
  readonly level: Level;
  readonly text: string;
  /** The other fields, as text. */
  readonly extra: string;
}

/** As pino writes them. */
const OF_NUMBER: Readonly<Record<number, Level>> = {
  10: 'debug',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'error',
};

/** A line of a log file: JSON, or what a process said that had no time for that. */
export function logLine(node: number, line: string, before: number): LogLine {
  const entry = entryOf(line);
  // What is no JSON was not written by the log: the last words of a process.
  if (entry === null) return { node, time: before, level: 'error', text: line, extra: '' };
  const { time, level, msg, node: _, pid: __, hostname: ___, ...fields } = entry;
  const extra = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return {
    node,
    time: typeof time === 'number' ? time : before,
    level: OF_NUMBER[Number(level)] ?? 'info',
    text: typeof msg === 'string' ? msg : '',
    extra: extra.join(' '),
  };
}

export const gap = (dropped: number, time: number): LogLine => ({
  node: null,
  time,
  level: 'warn',
  text: `${dropped} ${dropped === 1 ? 'line was' : 'lines were'} dropped: they came faster than this page reads`,
  extra: '',
});

function entryOf(line: string): Readonly<Record<string, unknown>> | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch (error) {
    // A crash cut it short.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Together in order of time; those of the same time stay as they came. */
export function keepLines(
  known: readonly LogLine[],
  more: readonly LogLine[],
  most: number,
): readonly LogLine[] {
  const last = known.at(-1)?.time ?? 0;
  const all = [...known, ...more];
  const isInOrder = more.every(({ time }, i) => time >= (more[i - 1]?.time ?? last));
  return (isInOrder ? all : all.sort((a, b) => a.time - b.time)).slice(-most);
}

export interface LogFilter {
  /** null for all nodes. */
  readonly node: number | null;
  readonly level: Level;
  readonly text: string;
}

/** Marks of what was dropped pass: it could have been anything. */
export function passes(line: LogLine, { node, level, text }: LogFilter): boolean {
  if (line.node === null) return true;
  if (node !== null && line.node !== node) return false;
  if (LEVELS.indexOf(line.level) < LEVELS.indexOf(level)) return false;
  return `${line.text} ${line.extra}`.toLowerCase().includes(text.trim().toLowerCase());
}
