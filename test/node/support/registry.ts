/** A cluster on which versions of the ledger are installed: what all its nodes must agree on. */
import assert from 'node:assert/strict';
import { getConsensus, invariants } from '../../../chain/index.ts';
import { decode, encode } from '../../../consensus/interface/index.ts';
import type { Node } from '../../../node/node.ts';
import { callLedger, LEDGER } from '../../support/ledger.ts';
import { Deposited, NoArgs } from '../../support/ledgerModule.ts';
import { alice, type Cluster, signed, untilFinal, untilHeight } from './cluster.ts';
import type { PackedVersion } from './packed.ts';

export const options = (directory: string) => ({
  validators: 4,
  epochLength: 1_000,
  pluginsIn: () => directory,
  sync: { snapshot: 'never' as const },
});

export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>(done => {
    resolve = done;
  });
  return { promise, resolve: value => resolve(value) };
}

/** For matching an error that came another way than thrown. */
export function raise(error: unknown): never {
  throw error;
}

export const devOf = (nodes: readonly Node[]) => firstOf(nodes).dev ?? assert.fail();

export async function startFour(cluster: Cluster): Promise<readonly Node[]> {
  const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
  await Promise.all(nodes.map(node => untilHeight(node, 1)));
  return nodes;
}

export const firstOf = ([node]: readonly Node[]): Node => node ?? assert.fail();

/** Waits until all are where the first one is now. Answers with that height; blocks go on. */
export async function level(nodes: readonly Node[]): Promise<number> {
  const { height } = firstOf(nodes).head().header;
  await Promise.all(nodes.map(node => untilHeight(node, height)));
  return height;
}

/** Announces code, and ends epochs until it is in force. */
export async function install(
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
export function versionOn(nodes: readonly Node[]): string | undefined {
  const [version, ...others] = nodes.map(node => getConsensus(node.state(), LEDGER)?.version);
  for (const other of others) assert.equal(other, version);
  return version;
}

export async function call(
  nodes: readonly Node[],
  nonce: number,
  method: string,
  value = 0n,
): Promise<string> {
  const node = firstOf(nodes);
  const status = await untilFinal(node, await node.submit(signed(alice, nonce, callLedger(method, value))));
  assert.ok(status.status === 'final');
  await level(nodes);
  return status.outcome.failure?.code ?? 'ok';
}

export async function total(nodes: readonly Node[]): Promise<bigint> {
  const query = { name: 'total', args: encode(NoArgs, {}) };
  const answers = await Promise.all(nodes.map(node => node.query(LEDGER, query)));
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  return decode(Deposited, answers[0] ?? assert.fail()).amount;
}

/** A block hash commits to the state root before it. */
export async function sameBlocks(nodes: readonly Node[]): Promise<void> {
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
