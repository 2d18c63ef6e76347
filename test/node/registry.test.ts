/** Code that is installed on a chain of four validators while it runs: found by its hash, run in processes. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { getConsensus, invariants } from '../../chain/index.ts';
import { decode, encode } from '../../consensus/interface/index.ts';
import type { Node } from '../../node/node.ts';
import { writePlugin } from '../../node/package/index.ts';
import { callLedger, LEDGER } from '../support/ledger.ts';
import { Deposited, NoArgs } from '../support/ledgerModule.ts';
import {
  alice,
  type Cluster,
  signed,
  untilFinal,
  untilHeight,
  withCluster,
  withDirectory,
} from './support/cluster.ts';
import { silentLog } from './support/log.ts';
import { type PackedVersion, packLedger } from './support/packed.ts';

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

const options = (directory: string) => ({
  validators: 4,
  epochLength: 1_000,
  pluginsIn: () => directory,
  sync: { snapshot: 'never' as const },
});

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>(done => {
    resolve = done;
  });
  return { promise, resolve: value => resolve(value) };
}

/** For matching an error that came another way than thrown. */
function raise(error: unknown): never {
  throw error;
}

const devOf = (nodes: readonly Node[]) => firstOf(nodes).dev ?? assert.fail();

async function startFour(cluster: Cluster): Promise<readonly Node[]> {
  const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
  await Promise.all(nodes.map(node => untilHeight(node, 1)));
  return nodes;
}

const firstOf = ([node]: readonly Node[]): Node => node ?? assert.fail();

/** Waits until all are where the first one is now. Answers with that height; blocks go on. */
async function level(nodes: readonly Node[]): Promise<number> {
  const { height } = firstOf(nodes).head().header;
  await Promise.all(nodes.map(node => untilHeight(node, height)));
  return height;
}

/** Announces code, and ends epochs until it is in force. */
async function install(
  nodes: readonly Node[],
  version: PackedVersion,
  epoch: number,
  more: Parameters<PackedVersion['installation']>[1] = {},
): Promise<void> {
  const dev = devOf(nodes);
  await dev.installConsensus(version.installation(epoch, more));
  await dev.advanceEpoch(1);
  await level(nodes);
}

/** What is in force, the same on all. */
function versionOn(nodes: readonly Node[]): string | undefined {
  const [version, ...others] = nodes.map(node => getConsensus(node.state(), LEDGER)?.version);
  for (const other of others) assert.equal(other, version);
  return version;
}

async function call(nodes: readonly Node[], nonce: number, method: string, value = 0n): Promise<string> {
  const node = firstOf(nodes);
  const status = await untilFinal(node, await node.submit(signed(alice, nonce, callLedger(method, value))));
  assert.ok(status.status === 'final');
  await level(nodes);
  return status.outcome.failure?.code ?? 'ok';
}

async function total(nodes: readonly Node[]): Promise<bigint> {
  const query = { name: 'total', args: encode(NoArgs, {}) };
  const answers = await Promise.all(nodes.map(node => node.query(LEDGER, query)));
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  return decode(Deposited, answers[0] ?? assert.fail()).amount;
}

/** A block hash commits to the state root before it. */
async function sameBlocks(nodes: readonly Node[]): Promise<void> {
  const height = await level(nodes);
  for (let at = 1; at <= height; at++) {
    const [here, ...others] = await Promise.all(nodes.map(node => node.block(at)));
    for (const there of others) {
      assert.equal(there?.hash, here?.hash, `block ${at}`);
      assert.equal(there?.block.header.stateRoot, here?.block.header.stateRoot);
      assert.deepEqual(there?.outcomes, here?.outcomes);
    }
  }
  for (const node of nodes) assert.deepEqual(invariants(node.state()), []);
}
