/** The stream of logs, for as long as the page about them is open. */
import { signal } from '@preact/signals';
import { gap, keepLines, type LogLine, logLine } from './logLines.ts';

export const lines = signal<readonly LogLine[]>([]);
export const isLive = signal(false);

/** In memory, of all nodes together. */
const MOST_LINES = 2_000;
/** The page is drawn anew at most this often. */
const DRAW_MS = 100;

/** A browser tries again by itself after a connection that broke, but not after a refusal. */
const AGAIN_MS = 1_000;

/** Answers with what ends it. Each new connection begins with the end of each log once more. */
export function followLogs(): () => void {
  let waiting: LogLine[] = [];
  let source: EventSource | null = null;
  let again = 0;
  const times = new Map<number, number>();

  function connect(): void {
    const made = new EventSource('/logs');
    source = made;
    made.addEventListener('open', () => {
      lines.value = [];
      waiting = [];
      isLive.value = true;
    });
    made.addEventListener('error', () => {
      isLive.value = false;
      if (made.readyState === EventSource.CLOSED) again = window.setTimeout(connect, AGAIN_MS);
    });
    made.addEventListener('message', ({ data }) => {
      const { node, line } = JSON.parse(data) as { readonly node: number; readonly line: string };
      const read = logLine(node, line, times.get(node) ?? 0);
      times.set(node, read.time);
      waiting.push(read);
    });
    made.addEventListener('lag', ({ data }) => {
      const { dropped } = JSON.parse(data) as { readonly dropped: number };
      waiting.push(gap(dropped, Math.max(0, ...times.values())));
    });
  }

  connect();
  const timer = setInterval(() => {
    if (waiting.length > 0) lines.value = keepLines(lines.value, waiting.splice(0), MOST_LINES);
  }, DRAW_MS);
  return () => {
    clearInterval(timer);
    clearTimeout(again);
    source?.close();
    isLive.value = false;
  };
}
