/** Code that fails when it comes into force, in processes of their own on four validators; and the past of a switch. */
import assert from 'node:assert/strict';
import { getConsensus, listInstallations } from '../../chain/index.ts';
import type { Node } from '../../node/node.ts';
import { writePlugin } from '../../node/package/index.ts';
import { readEvents } from '../support/chain.ts';
import { callLedger, LEDGER } from '../support/ledger.ts';
import {
  alice,
  blockWhere,
  bob,
  signed,
  untilFinal,
  untilHeight,
  withCluster,
  withDirectory,
} from './support/cluster.ts';
import { silentLog } from './support/log.ts';
import { packLedger } from './support/packed.ts';
import {
  call,
  devOf,
  firstOf,
  install,
  level,
  options,
  sameBlocks,
  startFour,
  total,
  versionOn,
} from './support/registry.ts';

const EMPTY = new Uint8Array();

interface Failed {
  readonly version: string;
  readonly code: string;
  readonly message: string;
}

/** The newest failure to come into force that the blocks tell of. */
async function lastFailure(node: Node): Promise<Failed> {
  for (let { height } = node.head().header; height > 0; height--) {
    const stored = await node.block(height);
    const [found] = readEvents(stored?.outcomes.events ?? []).filter(
      ({ name }) => name === 'ConsensusActivationFailed',
    );
    if (found !== undefined) return found.data as Failed;
  }
  return assert.fail('no block tells of one');
}

describe('code that fails when it comes into force on a cluster', function () {
  this.timeout(60_000);

  it('leaves all as it was, on all nodes, which go on and say why', () =>
    withDirectory(async directory => {
      const reasons: string[] = [];
      const log = {
        ...silentLog,
        error: (fields: object, message: string) =>
          void reasons.push(`${message} ${'err' in fields ? String(fields.err) : ''}`),
      };
      await withCluster({ ...options(directory), log }, async cluster => {
        const nodes = await startFour(cluster);
        const throwing = await packLedger('1.0.0', 1, 'genesis() { throw new Error("a bug in genesis") }');
        await writePlugin(directory, throwing.plugin);
        await install(nodes, throwing, 1);
        assert.equal(versionOn(nodes), undefined);
        assert.deepEqual(listInstallations(firstOf(nodes).state()), []);
        assert.equal((await lastFailure(firstOf(nodes))).code, 'ACTIVATION_FAULT');
        assert.ok(
          reasons.some(reason => reason.includes('a bug in genesis')),
          reasons.join('\n'),
        );

        const good = await packLedger('1.0.0', 1);
        await writePlugin(directory, good.plugin);
        await install(nodes, good, 2);
        assert.equal(await call(nodes, 0, 'deposit', 100n), 'ok');

        const dying = await packLedger(
          '2.0.0',
          2,
          'migrate() { return globalThis.process.kill(globalThis.process.pid, 9) }',
        );
        await writePlugin(directory, dying.plugin);
        await install(nodes, dying, 3, { params: EMPTY });
        assert.equal(versionOn(nodes), '1.0.0');
        const { version, code, message } = await lastFailure(firstOf(nodes));
        assert.deepEqual([version, code], ['2.0.0', 'ACTIVATION_FAULT']);
        assert.match(message, /migrate/);
        assert.equal(await call(nodes, 1, 'deposit', 1n), 'ok');
        assert.equal(await total(nodes), 101n);
        await sameBlocks(nodes);
      });
    }));

  it('drains while calls go on, is taken back on the way, and what comes after tells of the past by its code', () =>
    withDirectory(async directory =>
      withCluster({ ...options(directory), blockMode: { kind: 'auto', emptyMs: 20 } }, async cluster => {
        const nodes = await startFour(cluster);
        const node = firstOf(nodes);
        /** The close of epoch 1 goes on for as long as epoch 2 lasts. */
        const slow = `closeEpoch: (block, view, closing) =>
          ({ ok: true, ops: [], ...(closing === 1 && block.epoch === 2 ? { more: true } : {}) })`;
        const old = await packLedger('1.0.0', 1, slow);
        await writePlugin(directory, old.plugin);
        await install(nodes, old, 1);
        const early = await node.submit(signed(alice, 0, callLedger('deposit', 100n)));
        await untilFinal(node, early);

        const first = await packLedger('1.1.0', 1, slow);
        await writePlugin(directory, first.plugin);
        await install(nodes, first, 2, { params: EMPTY });
        assert.equal(versionOn(nodes), '1.0.0');
        assert.equal(await call(nodes, 1, 'deposit', 1n), 'ok');
        await devOf(nodes).cancelConsensus(LEDGER);
        await level(nodes);
        for (const each of nodes) assert.deepEqual(listInstallations(each.state()), []);

        const second = await packLedger('2.0.0', 2);
        await writePlugin(directory, second.plugin);
        await install(nodes, second, 3, { params: EMPTY });
        const runs = (each: Node): boolean => getConsensus(each.state(), LEDGER)?.version === '2.0.0';
        await Promise.all(nodes.map(each => blockWhere(each, () => runs(each))));
        // Long after the processes of the old code are gone.
        await untilHeight(node, node.head().header.height + 5);
        for (let times = 0; times < 2; times++) {
          const { blocks } = await node.trace({ kind: 'transaction', hash: early });
          assert.equal(blocks[0]?.steps[0]?.answer.kind, 'outcome');
          await untilHeight(node, node.head().header.height + 5);
        }
        assert.equal(await call(nodes, 2, 'takeOut'), 'ok');
        const hash = await node.submit(signed(bob, 0, callLedger('deposit', 7n)));
        assert.equal((await untilFinal(node, hash)).status, 'final');
        await level(nodes);
        assert.equal(getConsensus(node.state(), LEDGER)?.pot, 7n);
        await sameBlocks(nodes);
      }),
    ));
});
