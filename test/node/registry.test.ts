/** Code that is installed on a chain of four validators while it runs: found by its hash, run in processes. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { getConsensus } from '../../chain/index.ts';
import { writePlugin } from '../../node/package/index.ts';
import { LEDGER } from '../support/ledger.ts';
import { withCluster, withDirectory } from './support/cluster.ts';
import { silentLog } from './support/log.ts';
import { type PackedVersion, packLedger } from './support/packed.ts';
import {
  call,
  deferred,
  devOf,
  firstOf,
  install,
  level,
  options,
  raise,
  sameBlocks,
  startFour,
  total,
  versionOn,
} from './support/registry.ts';

const EMPTY = new Uint8Array();

describe('consensus modules that are installed on a cluster', function () {
  this.timeout(20_000);
  let first: PackedVersion;
  let second: PackedVersion;
  before(async () => {
    first = await packLedger('1.0.0', 1);
    second = await packLedger('2.0.0', 2);
  });

  it('come into force in the same block on all nodes, and an upgrade takes their rows over', () =>
    withDirectory(directory =>
      withCluster(options(directory), async cluster => {
        const nodes = await startFour(cluster);
        await writePlugin(directory, first.plugin);
        await install(nodes, first, 1);
        assert.equal(versionOn(nodes), '1.0.0');
        assert.equal(await call(nodes, 0, 'deposit', 100n), 'ok');
        assert.equal(await total(nodes), 100n);

        // The folder holds one version; nodes that run keep the other one by its hash.
        await writePlugin(directory, second.plugin);
        await install(nodes, second, 2, { params: EMPTY });
        assert.equal(versionOn(nodes), '2.0.0');
        assert.equal(await total(nodes), 100n);
        assert.equal(await call(nodes, 1, 'takeOut'), 'ok');
        assert.equal(await total(nodes), 0n);

        // Whoever comes late executes every block by the code of its time, also when a folder no longer has it.
        const all = [...nodes, await cluster.start(4)];
        await sameBlocks(all);
        assert.equal(versionOn(all), '2.0.0');
      }),
    ));

  it('stop a node that lacks the code before the first block that needs it, until the code is there', () =>
    withDirectory(async directory => {
      const warned = deferred<Record<string, unknown>>();
      const stopped = deferred<Error>();
      const folderOf = (index: number) => join(directory, index < 3 ? 'with' : 'without');
      const late = deferred<Error>();
      const lacking = {
        ...options(directory),
        pluginsIn: folderOf,
        log: { ...silentLog, error: (fields: object) => warned.resolve({ ...fields }) },
        onFatal: (index: number, error: Error) => {
          assert.ok(index >= 3, `node ${index}: ${error}`);
          (index === 3 ? stopped : late).resolve(error);
        },
      };
      await withCluster(lacking, async cluster => {
        const all = await startFour(cluster);
        const others = all.slice(0, 3);
        const node = cluster.node(3);
        await writePlugin(folderOf(0), first.plugin);
        const { codeHash } = first.installation(1);
        const missing = { code: 'CONSENSUS_CODE_MISSING', message: new RegExp(codeHash) };

        await devOf(others).installConsensus(first.installation(1));
        const { err, hint, epoch } = await warned.promise;
        assert.throws(() => raise(err), missing);
        assert.equal(epoch, 1);
        assert.ok(String(hint).includes(join(folderOf(3), 'ledger')), String(hint));
        await level(all);
        assert.equal(getConsensus(node.state(), LEDGER), undefined);

        await devOf(others).advanceEpoch(1);
        const error = await stopped.promise;
        assert.throws(() => raise(error), missing);
        assert.equal(getConsensus(node.state(), LEDGER), undefined);
        assert.equal(await call(others, 0, 'deposit', 100n), 'ok');
        assert.equal(await total(others), 100n);

        const { height } = node.head().header;
        await cluster.stop(3);
        await assert.rejects(cluster.start(3), missing);
        // One that executes the same blocks later stops at the same one.
        const follower = await cluster.start(4);
        const lateError = await late.promise;
        assert.throws(() => raise(lateError), missing);
        assert.equal(follower.head().header.height, height);
        await cluster.stop(4);
        await writePlugin(folderOf(3), first.plugin);
        const again = [...others, await cluster.start(3)];
        const epochs = await Promise.all([height, height + 1].map(at => firstOf(others).block(at)));
        assert.deepEqual(
          epochs.map(block => block?.block.header.epoch),
          [0, 1],
        );
        await sameBlocks(again);
        assert.equal(versionOn(again), '1.0.0');
        assert.equal(await total(again), 100n);
      });
    }));
});
