/** What a process and its descendants have in memory, from /proc. */
import { readFile } from 'node:fs/promises';
import { MEGABYTE, PLUGIN_LIMITS } from './limits.ts';

const PAGE = 4096;
/** A wrapper, its helper and the process itself; what starts more is ended for its memory all the same. */
const MAX_PROCESSES = 64;

/** A process and all that came of it, as far as this system tells: whoever is asked for is the first. */
export async function processTree(pid: number): Promise<readonly number[]> {
  const found = [pid];
  for (let at = 0; at < found.length && found.length < MAX_PROCESSES; at++) {
    const each = found[at];
    const children = await read(`/proc/${each}/task/${each}/children`);
    found.push(...(children ?? '').split(' ').filter(Boolean).map(Number));
  }
  return found;
}

/** Bytes; null where the process is gone or this system has no /proc. */
export async function residentOf(pid: number): Promise<number | null> {
  const pages = await Promise.all((await processTree(pid)).map(pagesOf));
  const known = pages.filter(count => count !== null);
  return known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0) * PAGE;
}

async function pagesOf(pid: number): Promise<number | null> {
  const statm = await read(`/proc/${pid}/statm`);
  return statm === null ? null : Number(statm.split(' ')[1]);
}

async function read(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}

/** Looks at the memory of a process until it is told to stop, and says so once when it is more megabytes than that. */
export function watchMemory(pid: number, resident: number, tooMuch: (reason: string) => void): () => void {
  const limit = resident * MEGABYTE;
  const timer = setInterval(() => {
    residentOf(pid).then(
      bytes => {
        if (bytes === null || bytes <= limit) return;
        clearInterval(timer);
        const megabytes = Math.round(bytes / MEGABYTE);
        tooMuch(`its memory of ${megabytes} MB is over the limit of ${resident} MB`);
      },
      (error: unknown) => {
        clearInterval(timer);
        tooMuch(`its memory cannot be looked at: ${String(error)}`);
      },
    );
  }, PLUGIN_LIMITS.watch);
  timer.unref();
  return () => clearInterval(timer);
}
