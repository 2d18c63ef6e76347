/** The stream of logs, for as long as the page about them is open. */
import { signal } from '@preact/signals';
import { gap, keepLines, type LogLine, logLine } from './logLines.ts';

export const lines = signal<readonly LogLine[]>([]);
export const isLive = signal(false);

/** In memory, of all nodes together. */
const MOST_LINES = 2_000;
/** The page is drawn anew at most this often. */
const DRAW_MS = 100;

/** Answers with what ends it. A connection that breaks is made again, and begins with the end of each log once more. */
export function followLogs(): () => void {
  let waiting: LogLine[] = [];
  const times = new Map<number, number>();
  const source = new EventSource('/logs');
  source.addEventListener('open', () => {
    lines.value = [];
    waiting = [];
    isLive.value = true;
  });
  source.addEventListener('error', () => {
    isLive.value = false;
  });
  source.addEventListener('message', ({ data }) => {
    const { node, line } = JSON.parse(data) as { readonly node: number; readonly line: string };
    const read = logLine(node, line, times.get(node) ?? 0);
    times.set(node, read.time);
    waiting.push(read);
  });
  source.addEventListener('lag', ({ data }) => {
    const { dropped } = JSON.parse(data) as { readonly dropped: number };
    waiting.push(gap(dropped, Math.max(0, ...times.values())));
  });
  const timer = setInterval(() => {
    if (waiting.length > 0) lines.value = keepLines(lines.value, waiting.splice(0), MOST_LINES);
  }, DRAW_MS);
  return () => {
    clearInterval(timer);
    source.close();
    isLive.value = false;
  };
}
