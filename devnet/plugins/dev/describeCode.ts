/** What built code says of itself, asked in a process of its own as a node asks it: none of it runs here. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConsensusModule } from '../../../consensus/interface/index.ts';
import type { Package } from '../../../node/package/index.ts';
import { pluginOptions } from '../../../node/plugins/consensus.ts';
import { openPlugin } from '../../../node/plugins/plugin.ts';

const nothing = (): void => undefined;
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Throws PluginError where it cannot be started, or is another module than its manifest says. */
export async function describeCode({ manifest, code }: Package, id: number): Promise<ConsensusModule> {
  const folder = await mkdtemp(join(tmpdir(), 'devnet-plugin-'));
  try {
    const file = join(folder, 'index.mjs');
    await writeFile(file, code);
    const { name, version } = manifest;
    const url = pathToFileURL(file).href;
    const options = pluginOptions({
      consensus: id,
      code: { url, exportName: 'default', name, version },
      log: silent,
    });
    const plugin = await openPlugin({ ...options, attempts: 1 });
    await plugin.close();
    return plugin.shell;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
