/** Frames of an engine as lines of the author's sources. Runs beside the code that it is about: nobody else reads its map. */
import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';
import { clip } from '../../../chain/kernel/failure.ts';
import { messageOf } from '../../errors.ts';
import { MAX_STACK_LINE } from '../wire.ts';

/** Turns frames of the author's code into `function (file:line:column)`, and leaves out all others. */
export type Locate = (frames: readonly string[]) => readonly string[];

/** As V8 and QuickJS write them; a function may be missing. */
const FRAME = /^at (?:(.*) \()?(.+?):(\d+):(\d+)\)?$/;
const INLINE_MAP =
  /\/\/# sourceMappingURL=data:application\/json;(?:charset=[\w-]+;)?base64,([A-Za-z0-9+/=]+)\s*$/;
/** Directories of a source that are shown. */
const SHOWN_PARTS = 3;

/** `inside`: how the engine names the module. */
export function createLocate(url: string, inside: string = url): Locate {
  // As a path where the process maps its frames itself, which one from sources does.
  const folder = inside.slice(0, inside.lastIndexOf('/') + 1);
  const folders = folder === '' ? [] : [folder, fileURLToPath(folder)];
  let map: SourceMap | null | undefined;
  /** Where a place of the code comes from; itself without a map. */
  function origin(line: number, column: number): string | null {
    // Read once, also where there is none.
    if (map === undefined) map = mapOf(url);
    const entry = map?.findEntry(line - 1, column - 1);
    if (entry === undefined || !('originalSource' in entry)) return null;
    return `${shown(entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  }

  function located(frame: string): readonly string[] {
    const [, name = '', place = '', line = '', column = ''] = FRAME.exec(frame) ?? [];
    const own = place === inside ? folder : folders.find(each => place.startsWith(each));
    if (own === undefined || place.includes('/node_modules/')) return [];
    const from = place === inside ? origin(Number(line), Number(column)) : null;
    const where = from ?? `${shown(place.slice(own.length))}:${line}:${column}`;
    return [clip(name === '' ? where : `${name} (${where})`, MAX_STACK_LINE)];
  }
  return frames => frames.flatMap(located);
}

/** The map at the end of the code; null for none. What is no map is the author's defect, and is said in its place. */
function mapOf(url: string): SourceMap | null {
  const [, encoded] = INLINE_MAP.exec(tailOf(readFileSync(fileURLToPath(url), 'utf8'))) ?? [];
  if (encoded === undefined) return null;
  try {
    return new SourceMap(JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as SourceMapPayload);
  } catch (error) {
    process.stderr.write(`the source map of the code cannot be read: ${messageOf(error)}\n`);
    return null;
  }
}

/** The last line that is not empty: a pattern over all of the code would look at each of its comments. */
function tailOf(code: string): string {
  const text = code.trimEnd();
  return text.slice(text.lastIndexOf('\n') + 1);
}

/** No path of the machine on which it was built: nothing above the folder, and of an absolute path only its end. */
function shown(source: string): string {
  const parts = source.split(/[\\/]/).filter(part => !['', '.', '..'].includes(part));
  return parts.slice(-SHOWN_PARTS).join('/');
}
