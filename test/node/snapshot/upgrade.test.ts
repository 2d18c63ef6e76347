/** Nodes that join by a snapshot while the code of a consensus module changes. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { getConsensus } from '../../../chain/index.ts';
import { writePlugin } from '../../../node/package/index.ts';
import { LEDGER } from '../../support/ledger.ts';
import { blockWhere, untilHeight, withCluster, withDirectory } from '../support/cluster.ts';
import { packLedger } from '../support/packed.ts';
import {
  call,
  deferred,
  devOf,
  firstOf,
  install,
  level,
  raise,
  total,
  versionOn,
} from '../support/registry.ts';

const EMPTY = new Uint8Array();
/** Far enough behind for a snapshot, and for several of them. */
const FAR = 20;

describe('nodes that join by a snapshot', function () {
  this.timeout(60_000);

  it('after an upgrade run its code, or stop and name what they lack; before one that is announced as well', () =>
    withDirectory(async directory => {
      const folderOf = (index: number) => join(directory, index < 3 ? 'with' : `node-${index}`);
      const stopped = new Map([3, 4].map(index => [index, deferred<Error>()]));
      const lacking = {
        validators: 2,
        epochLength: 100_000,
        pluginsIn: folderOf,
        blockMode: { kind: 'auto' as const, emptyMs: 10 },
        sync: { snapshot: 'auto' as const, ahead: 10, every: 4, keep: 4 },
        onFatal: (index: number, error: Error) => {
          const waiting = stopped.get(index);
          assert.ok(waiting, `node ${index}: ${error}`);
          waiting.resolve(error);
        },
      };
      const stopOf = (index: number) => stopped.get(index)?.promise ?? assert.fail();
      const [first, second, third] = [
        await packLedger('1.0.0', 1),
        await packLedger('2.0.0', 2),
        await packLedger('2.1.0', 2),
      ];
      await withCluster(lacking, async cluster => {
        const nodes = await Promise.all([0, 1].map(cluster.start));
        const node = firstOf(nodes);
        await writePlugin(folderOf(0), first.plugin);
        await install(nodes, first, 1);
        assert.equal(await call(nodes, 0, 'deposit', 100n), 'ok');
        await writePlugin(folderOf(0), second.plugin);
        await install(nodes, second, 2, { params: EMPTY });
        assert.equal(versionOn(nodes), '2.0.0');
        await untilHeight(node, node.head().header.height + FAR);

        const joined = await cluster.start(2);
        await untilHeight(joined, FAR);
        assert.ok(joined.base().height > 1, 'it came by blocks');
        const all = [...nodes, joined];
        await level(all);
        assert.equal(versionOn(all), '2.0.0');
        assert.equal(await total(all), 100n);
        assert.equal(await call(all, 1, 'takeOut'), 'ok');
        assert.equal(await total(all), 0n);

        // Only the code before the upgrade lies there.
        await writePlugin(folderOf(3), first.plugin);
        const without = await cluster.start(3);
        const missing = (wanted: typeof second) => ({
          code: 'CONSENSUS_CODE_MISSING',
          message: new RegExp(wanted.installation(0).codeHash),
        });
        const error = await stopOf(3);
        assert.throws(() => raise(error), missing(second));
        await cluster.stop(3);
        await writePlugin(folderOf(3), second.plugin);
        const again = await cluster.start(3);
        await untilHeight(again, node.head().header.height);
        assert.ok(again.base().height > 1);
        assert.equal(await total([...all, again]), 0n);
        assert.ok(without !== again);

        // Announced and not in force: whoever joins now needs it for what is to come.
        await writePlugin(folderOf(0), third.plugin);
        await devOf(nodes).installConsensus(third.installation(3, { params: EMPTY }));
        await untilHeight(node, node.head().header.height + FAR);
        await writePlugin(folderOf(4), second.plugin);
        const early = await cluster.start(4);
        await untilHeight(early, node.head().header.height);
        assert.ok(early.base().height > 1);
        await blockWhere(early, () => early.missingCode().length > 0);
        assert.deepEqual(
          early.missingCode().map(({ version }) => version),
          ['2.1.0'],
        );
        assert.equal(getConsensus(early.state(), LEDGER)?.version, '2.0.0');
        await devOf(nodes).advanceEpoch(1);
        const late = await stopOf(4);
        assert.throws(() => raise(late), missing(third));
        assert.equal(getConsensus(early.state(), LEDGER)?.version, '2.0.0');
        await level(all);
        assert.equal(versionOn(all), '2.1.0');
      });
    }));
});
