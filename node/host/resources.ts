/** What a process uses, as far as this system tells. */
import { readFile } from 'node:fs/promises';
import { processTree } from '../isolation/index.ts';

export interface Resources {
  /** Resident bytes. */
  readonly memory: number;
  /** Seconds of CPU since its start. */
  readonly cpu: number;
}

/** Linux counts CPU time for programs in hundredths of a second, whatever its own clock (proc(5), USER_HZ). */
const TICKS_PER_SECOND = 100;
/** Of /proc/<pid>/stat, counted after the name in parentheses, which may contain spaces. */
const UTIME = 11;
const STIME = 12;

/** Of a process and what it started: wrappers stand around most. Null where there is no /proc, or no such process. */
export async function resourcesOf(pid: number): Promise<Resources | null> {
  const all = await Promise.all((await processTree(pid)).map(ownOf));
  const found = all.filter(each => each !== null);
  if (found.length === 0) return null;
  const sum = (of: (each: Resources) => number): number => found.reduce((total, each) => total + of(each), 0);
  return { memory: sum(({ memory }) => memory), cpu: sum(({ cpu }) => cpu) };
}

async function ownOf(pid: number): Promise<Resources | null> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if (kilobytes === undefined) return null;
    return {
      memory: Number(kilobytes) * 1024,
      cpu: (Number(fields[UTIME]) + Number(fields[STIME])) / TICKS_PER_SECOND,
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return null;
    throw error;
  }
}
