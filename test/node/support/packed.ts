/** Versions of the ledger as authors ship them: built into one file, with a manifest, found by its hash. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Installation } from '../../../chain/index.ts';
import type { Capability } from '../../../consensus/interface/index.ts';
import { packPlugin } from '../../../devnet/plugins/package.ts';
import { codeHash, type Package } from '../../../node/package/index.ts';
import { installationOf } from '../../support/ledger.ts';
import { ledger } from '../../support/ledgerModule.ts';
import { ROOT } from '../../tidy/sources.ts';

export interface PackedVersion {
  readonly plugin: Package;
  installation(activationEpoch: number, more?: Partial<Installation>): Installation;
}

export interface Packing {
  /** More of its manifest. */
  readonly manifest?: string;
  /** What its code says that it needs. */
  readonly requires?: readonly Capability[];
}

/** With state version 2 its rows move. `parts` are more properties, as source. */
export async function packLedger(
  version: string,
  stateVersion: 1 | 2,
  parts = '',
  { manifest = '', requires = [] }: Packing = {},
): Promise<PackedVersion> {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-'));
  try {
    const file = JSON.stringify(join(ROOT, 'test/support/ledgerModule.ts'));
    const migrates = stateVersion === 2 ? ', migrate: moveRows' : '';
    const needs = `requires: ${JSON.stringify(requires)}`;
    const made = `{ version: '${version}', stateVersion: ${stateVersion}, ${needs}${migrates}, ${parts} }`;
    await mkdir(join(folder, 'src'));
    await writeFile(
      join(folder, 'src/index.ts'),
      `import { ledger, moveRows } from ${file};\nexport default ledger(${made});\n`,
    );
    await writeFile(
      join(folder, 'module.toml'),
      `name = "ledger"\nversion = "${version}"\nentry_point = "index.js"\n${manifest}\n`,
    );
    const { plugin } = await packPlugin(folder, join(folder, 'ledger.plugin'));
    const hash = codeHash(plugin.code);
    const module = ledger({ version, stateVersion, requires });
    return {
      plugin,
      installation: (epoch, more = {}) => installationOf(module, epoch, { codeHash: hash, ...more }),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
