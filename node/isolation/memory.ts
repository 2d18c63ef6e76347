/** What a process and its descendants have in memory, from /proc. */
import { readFile } from 'node:fs/promises';
import { MEGABYTE, PLUGIN_LIMITS } from './limits.ts';

const PAGE = 4096;
/** A wrapper, its helper and the process itself; what starts more is ended for its memory all the same. */
const MAX_PROCESSES = 64;

/** Bytes; null where the process is gone or this system has no /proc. */
export async function residentOf(pid: number): Promise<number | null> {
  let total: number | null = null;
  const waiting = [pid];
  for (let seen = 0; seen < MAX_PROCESSES; seen++) {
    const next = waiting.shift();
    if (next === undefined) break;
    const [statm, children] = await Promise.all([
      read(`/proc/${next}/statm`),
      read(`/proc/${next}/task/${next}/children`),
    ]);
    if (statm !== null) total = (total ?? 0) + Number(statm.split(' ')[1]) * PAGE;
    waiting.push(...(children ?? '').split(' ').filter(Boolean).map(Number));
  }
  return total;
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

/** Looks at the memory of a process until it is told to stop, and says so once when it is too much. */
export function watchMemory(pid: number, tooMuch: (reason: string) => void): () => void {
  const limit = PLUGIN_LIMITS.resident * MEGABYTE;
  const timer = setInterval(() => {
    residentOf(pid).then(
      bytes => {
        if (bytes === null || bytes <= limit) return;
        clearInterval(timer);
        const megabytes = Math.round(bytes / MEGABYTE);
        tooMuch(`its memory of ${megabytes} MB is over the limit of ${PLUGIN_LIMITS.resident} MB`);
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
