/** Why a file of somebody's code could not be imported, with its line where that is known. */
import { fileURLToPath } from 'node:url';

/** As esbuild says it, who reads TypeScript here. Its columns begin at 0. */
const SYNTAX = /:(\d+):(\d+): ERROR: (.*)$/m;
/** The end of a line of a stack trace; tsx adds a query to the URL. */
const FRAME = /(?:\?[^:)]*)?:(\d+:\d+)\)?$/;

/** `file` as it was named, `url` as it was imported. */
export function whyNotLoaded(file: string, url: string, error: unknown): string {
  if (!(error instanceof Error)) return `${file} threw ${String(error)}`;
  const [, line, column, reason] = SYNTAX.exec(error.message) ?? [];
  if (reason !== undefined) return `${file}:${line}:${Number(column) + 1}: ${reason}`;
  const path = fileURLToPath(url);
  const lines = (error.stack ?? '').split('\n');
  // Of a syntax error the trace begins with the place, of all else it is in the frames.
  const frame = lines.find(text => text.includes(url) || text.includes(path));
  const place =
    FRAME.exec(frame ?? '')?.[1] ?? (frame === undefined ? undefined : /:(\d+)$/.exec(frame)?.[1]);
  // What follows tells of the loader, not of the code.
  const [said = ''] = error.message.split('\nRequire stack:');
  return `${file}${place === undefined ? '' : `:${place}`}: ${error.name}: ${said}`;
}
