/** What a manifest and an operator demand of a node, and what the node then does with the code. */
import assert from 'node:assert/strict';
import { codeName } from '../../../chain/index.ts';
import type { IsolationReport } from '../../../node/isolation/index.ts';
import { probeIsolation } from '../../../node/isolation/index.ts';
import { codeHash, type Tier, writePlugin } from '../../../node/package/index.ts';
import { type CodeSources, createLoader } from '../../../node/plugins/load.ts';
import { LEDGER } from '../../support/ledger.ts';
import { untilHeight, withCluster, withDirectory } from '../support/cluster.ts';
import { silentLog } from '../support/log.ts';
import { type Packing, packLedger } from '../support/packed.ts';

/** A machine with nothing but what every machine has. */
const poor: IsolationReport = {
  findings: [],
  tiers: ['T1'],
  missing: { T2: 'bubblewrap: bwrap is not installed', T3: 'machine: no such file' },
  remedies: { T2: 'install bubblewrap', T3: 'install the packages again' },
  permission: null,
  rlimits: null,
};

/** Loads the ledger under this manifest: where it runs. */
async function loaded(packing: Packing, sources: Partial<CodeSources> = {}): Promise<Tier | null> {
  const { plugin } = await packLedger('1.0.0', 1, '', packing);
  let tier: Tier | null | undefined;
  await withDirectory(async directory => {
    await writePlugin(directory, plugin);
    const loader = createLoader({ consensus: [], directory, log: silentLog, ...sources });
    const hash = codeHash(plugin.code);
    try {
      await loader.load([{ id: LEDGER, name: 'ledger', version: '1.0.0', codeHash: hash }]);
      assert.equal(loader.refusals.size, 0);
      [tier] = Array.from(loader.plugins, one => one.tier);
    } catch (error) {
      assert.deepEqual([...loader.refusals], [[hash, (error as Error).message]]);
      assert.deepEqual([...loader.plugins], []);
      throw error;
    } finally {
      await loader.close();
    }
  });
  if (tier === undefined) throw new Error('nothing runs');
  return tier;
}

describe('the isolation of a consensus module', function () {
  this.timeout(20_000);
  let best: Tier;
  before(async () => {
    best = (await probeIsolation()).tiers.includes('T2') ? 'T2' : 'T1';
  });

  it('is the strongest that there is, whatever weaker one its author accepts', async () => {
    assert.equal(await loaded({}), best);
    assert.equal(await loaded({}, { isolation: async () => poor }), 'T1');
  });

  it('is the metered machine for who requires it, in the manifest or as the operator', async () => {
    assert.equal(await loaded({ manifest: 'requires = "deterministic"' }), 'T3');
    assert.equal(await loaded({ manifest: 'isolation = "T3"' }), 'T3');
    assert.equal(await loaded({}, { minimum: 'T3' }), 'T3');
    // An option for one id makes it stronger, and never weaker than its manifest.
    const consensus = [{ id: LEDGER, runner: 'process', isolation: 'T1' }] as const;
    assert.equal(await loaded({ manifest: 'isolation = "T3"' }, { consensus: [...consensus] }), 'T3');
  });

  it('that is not there refuses the code, with what is missing and how to get it', async () => {
    const isolation = async () => poor;
    await assert.rejects(loaded({ manifest: 'isolation = "T2"' }, { isolation }), {
      code: 'CONSENSUS_CODE_REFUSED',
      message:
        /^consensus module 9 is ledger@1\.0\.0 with code hash 0x[0-9a-f]{64}: plugin ledger@1\.0\.0 asks for T2 \(isolation = "T2"\), this machine has T1: bubblewrap: bwrap is not installed$/,
      hint: 'install bubblewrap; or run it on another machine',
    });
    await assert.rejects(loaded({}, { isolation, minimum: 'T2' }), /the operator, --plugin-isolation T2/);
    await assert.rejects(
      loaded({ manifest: 'requires = "deterministic"' }, { isolation }),
      /asks for T3 \(requires = "deterministic"\), this machine has T1: machine: no such file/,
    );
  });
});

describe('the capabilities of a manifest', function () {
  this.timeout(20_000);

  it('that are fewer than its code needs refuse the code, and name those that lack', async () => {
    const packing = {
      requires: ['mint', 'read_stake', 'read_links'],
      manifest: 'capabilities = ["mint"]',
    } as const;
    await assert.rejects(loaded(packing), {
      code: 'CONSENSUS_CODE_REFUSED',
      message: /its manifest grants mint, and its code needs read_stake, read_links too$/,
    });
  });

  it('that are more than its code says that it needs do not', async () => {
    const packing = { requires: ['mint'], manifest: 'capabilities = ["mint", "read_stake"]' } as const;
    assert.notEqual(await loaded(packing), null);
  });
});

describe('a node', () => {
  it('tells the tier of what it runs, and why it refuses the rest', async function () {
    this.timeout(20_000);
    const metered = await packLedger('1.0.0', 1, '', { manifest: 'requires = "deterministic"' });
    const greedy = await packLedger('2.0.0', 1, '', { requires: ['mint'] });
    await withDirectory(directory =>
      withCluster({ epochLength: 1_000, pluginsIn: () => directory }, async cluster => {
        const node = await cluster.start(0);
        const { codeHash: hash, ...installed } = metered.installation(1);
        await writePlugin(directory, metered.plugin);
        await node.dev?.installConsensus({ ...installed, codeHash: hash });
        await node.dev?.advanceEpoch(1);
        await untilHeight(node, node.head().header.height + 1);
        const [listed] = await node.plugins().reload();
        assert.deepEqual(
          { name: listed?.name, tier: listed?.tier, state: listed?.state, codeHash: listed?.codeHash },
          { name: 'ledger', tier: 'T3', state: 'running', codeHash: hash },
        );
        assert.match(await node.metrics(), /devnet_plugin_hosted_tier\{[^}]*plugin="ledger"[^}]*\} 3/);

        await writePlugin(directory, greedy.plugin);
        const other = greedy.installation(2);
        await assert.rejects(node.describe({ ...other, id: LEDGER }), {
          code: 'CONSENSUS_CODE_REFUSED',
          message: /grants nothing, and its code needs mint too/,
        });
        const refused = (await node.plugins().reload()).find(one => one.version === '2.0.0');
        assert.equal(refused?.state, 'refused');
        assert.match(refused?.reason ?? '', new RegExp(`is ${codeName(other)} .*its code needs mint too`));
      }),
    );
  });
});
