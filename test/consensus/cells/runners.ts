/** The tests of cells run on its code in this process, and on its code in a process of its own. */
import { cells } from '../../../consensus/cells/index.ts';
import type { ConsensusModule } from '../../../consensus/interface/index.ts';
import { type IsolatedModule, isolatedModule } from '../../support/isolatedModule.ts';

/** One process for all tests, started by the first that asks it something. */
let process: IsolatedModule | null = null;

export function elsewhere(): ConsensusModule {
  const { name, version } = cells.info;
  const url = new URL('../../../consensus/index.ts', import.meta.url).href;
  process ??= isolatedModule(cells, { url, exportName: 'cells', name, version });
  return process.module;
}

after(async () => {
  await process?.close();
  process = null;
});
