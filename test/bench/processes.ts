/** What the system knows of processes. Linux only. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** Milliseconds of one tick of the processor accounts: 100 a second on every Linux that Node runs on. */
const TICK_MS = 10;

/** Milliseconds of processor time, user and system, of a process and of those it has seen end. */
export function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name, which may hold anything: fields 14 to 17 of proc(5) are utime, stime, cutime and cstime.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * TICK_MS;
}

/** Of one line of `/proc/<pid>/<file>`, which says kilobytes. */
export function megabytes(pid: number, file: 'status' | 'smaps_rollup', line: 'VmRSS' | 'Pss'): number {
  const found = new RegExp(`^${line}:\\s+(\\d+) kB$`, 'm').exec(
    readFileSync(`/proc/${pid}/${file}`, 'utf8'),
  )?.[1];
  if (found === undefined) throw new Error(`no ${line} for process ${pid}`);
  return Number(found) / 1024;
}

/** The same for a Node that does nothing: what every process of a devnet takes before it begins. */
export async function bareNode(runs: number): Promise<{ readonly wall: number; readonly processor: number }> {
  const before = processorMs(process.pid);
  const start = performance.now();
  for (let run = 0; run < runs; run++)
    await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  return {
    wall: (performance.now() - start) / runs,
    processor: (processorMs(process.pid) - before) / runs,
  };
}
