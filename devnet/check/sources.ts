/** Whether the code of a plugin reads a clock, randomness or anything else that differs from node to node. */
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Ended, runJob } from './process.ts';
import { type Row, SOURCES } from './protocol.ts';
import { samplesOf } from './samples.ts';

/** Longest time for one call. */
const DEADLINE_MS = 2_000;

/** The one check of `devnet plugin check` for that, in a process of its own. `row`: null where it came to no end. */
export async function checkSources(
  directory: string,
  code: Uint8Array,
): Promise<{ readonly row: Row | null; readonly ended: Ended }> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'devnet-check-')));
  try {
    const file = join(folder, 'plugin.mjs');
    await writeFile(file, code);
    let row: Row | null = null;
    const ended = await runJob(
      {
        mode: 'sources',
        plugin: pathToFileURL(file).href,
        samples: samplesOf(directory, undefined),
        previous: null,
        manifest: null,
        from: 0,
        deadline: DEADLINE_MS,
      },
      line => {
        if (line.kind === 'row' && line.row.name === SOURCES) row = line.row;
      },
    );
    return { row, ended };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
