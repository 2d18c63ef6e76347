import { freshDirectory, removeDirectory, up } from '../e2e/support.ts';
import { megabytes } from './processes.ts';
import { type Figure, median } from './report.ts';

/** Resident memory of each node process of an idle devnet, after some blocks. Linux only. */
export async function memory(): Promise<Figure[]> {
  const directory = freshDirectory();
  const devnet = await up(directory);
  try {
    await devnet.client.mine({ blocks: 20 });
    const sizes = devnet.nodes.map(({ pid }) => megabytes(pid, 'status', 'VmRSS'));
    return [
      { name: 'memory per idle node, median', value: `${Math.round(median(sizes))} MB`, aim: '100 MB' },
    ];
  } finally {
    await devnet.end('SIGTERM');
    removeDirectory(directory);
  }
}
