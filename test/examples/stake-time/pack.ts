/** The plugin as nodes run it: packed, its code in a file, and its entry of a genesis. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Genesis } from '../../../chain/index.ts';
import { encode } from '../../../consensus/interface/index.ts';
import { packPlugin } from '../../../devnet/plugins/package.ts';
import { stakeTime } from '../../../examples/stake-time/src/index.ts';
import type { Params } from '../../../examples/stake-time/src/rows.ts';
import { codeHash } from '../../../node/package/index.ts';
import { ROOT } from '../../tidy/sources.ts';

export const FOLDER = join(ROOT, 'examples/stake-time');

interface Packed {
  readonly file: string;
  readonly entry: Genesis['consensus'][number];
}

export async function withPacked(
  id: number,
  params: Params,
  run: (packed: Packed) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'stake-time-'));
  try {
    const { plugin } = await packPlugin(FOLDER, join(root, 'stake-time.plugin'));
    const file = join(root, 'index.mjs');
    await writeFile(file, plugin.code);
    const { name, version, stateVersion, requires } = stakeTime.info;
    const entry = {
      id,
      name,
      version,
      stateVersion,
      codeHash: codeHash(plugin.code),
      capabilities: requires,
      mintCap: params.rewardPerEpoch,
      params: encode(stakeTime.params, params),
    };
    await run({ file, entry });
  } finally {
    await rm(root, { recursive: true });
  }
}
