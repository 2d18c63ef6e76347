import { readFileSync } from 'node:fs';
import { freshDirectory, removeDirectory, up } from '../e2e/support.ts';
import { type Figure, median } from './report.ts';

/** Resident memory of each node process of an idle devnet, after some blocks. Linux only. */
export async function memory(): Promise<Figure[]> {
  const directory = freshDirectory();
  const devnet = await up(directory);
  try {
    await devnet.client.mine({ blocks: 20 });
    const sizes = devnet.nodes.map(({ pid }) => residentMegabytes(pid));
    return [
      { name: 'memory per idle node, median', value: `${Math.round(median(sizes))} MB`, aim: '130 MB' },
    ];
  } finally {
    await devnet.end('SIGTERM');
    removeDirectory(directory);
  }
}

function residentMegabytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error(`no VmRSS for process ${pid}`);
  return Number(kilobytes) / 1024;
}
