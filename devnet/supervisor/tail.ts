/** The end of a log file that grows, line by line. */
import { type FileHandle, open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';

/** Read at once. */
const CHUNK_BYTES = 256 * 1024;
/** Characters; what is longer comes in pieces. */
const LONGEST_LINE = 16 * 1024;

export interface Tail {
  /** Whole lines that nobody has had yet, in batches, up to what is the end now. None while there is no file. */
  read(): AsyncGenerator<readonly string[], void>;
}

/** Begins so many bytes before the end, with the first line that is whole. A file that became shorter is another one. */
export function createTail(file: string, lastBytes: number): Tail {
  let offset: number | null = null;
  let decoder = new StringDecoder('utf8');
  let rest = '';

  function linesOf(text: string): readonly string[] {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    while (rest.length > LONGEST_LINE) {
      parts.push(rest.slice(0, LONGEST_LINE));
      rest = rest.slice(LONGEST_LINE);
    }
    return parts.flatMap(inPieces);
  }

  async function begin(handle: FileHandle): Promise<boolean> {
    const { size } = await handle.stat();
    if (offset !== null && size >= offset) return false;
    offset = offset === null ? Math.max(0, size - lastBytes) : 0;
    decoder = new StringDecoder('utf8');
    rest = '';
    return offset > 0;
  }

  return {
    async *read() {
      const handle = await openOrNull(file);
      if (handle === null) return;
      try {
        let isCut = await begin(handle);
        const buffer = Buffer.alloc(CHUNK_BYTES);
        for (;;) {
          const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, offset);
          if (bytesRead === 0) return;
          offset = (offset ?? 0) + bytesRead;
          const lines = linesOf(decoder.write(buffer.subarray(0, bytesRead)));
          if (lines.length > 0) yield isCut ? lines.slice(1) : lines;
          isCut &&= lines.length === 0;
        }
      } finally {
        await handle.close();
      }
    },
  };
}

function inPieces(line: string): readonly string[] {
  if (line.length <= LONGEST_LINE) return [line];
  const count = Math.ceil(line.length / LONGEST_LINE);
  return Array.from({ length: count }, (_, i) => line.slice(i * LONGEST_LINE, (i + 1) * LONGEST_LINE));
}

async function openOrNull(file: string): Promise<FileHandle | null> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
