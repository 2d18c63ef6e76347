/** Whether every node runs the code that the chain has brought into force. */
import type { Client } from '../../node/client/index.ts';
import { codeHash, type Package } from '../../node/package/index.ts';
import { CliError } from '../errors.ts';
import { afterEachBlock } from './blocks.ts';
import { askEach, type Nodes, nodesOf } from './nodes.ts';

/** Milliseconds for the others to come to the block that one node has. */
const DEADLINE = 30_000;

export interface Everywhere extends Pick<Nodes, 'away'> {
  /** Indices of the nodes that run it. */
  readonly nodes: readonly number[];
  /** By which they do. */
  readonly height: number;
}

/**
 * Once it is in force on the node that is asked: waits for the others that run. Throws CliError NOT_EVERYWHERE with the
 * nodes that lack it and why.
 */
export async function untilEverywhere(
  client: Client,
  plugin: Package,
  id: number,
  signal: AbortSignal,
): Promise<Everywhere> {
  const [{ height }, { running, away }] = await Promise.all([client.getHead(), nodesOf(client)]);
  const patience = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE)]);
  const hash = codeHash(plugin.code);
  const told = await askEach(running, async node => {
    const heightOf = async (): Promise<number> => (await node.getHead()).height;
    const isThere = async (): Promise<true | undefined> => (await heightOf()) >= height || undefined;
    try {
      await afterEachBlock(node, isThere, patience);
    } catch (error) {
      if (!patience.aborted || signal.aborted) throw error;
      return `is at block ${await heightOf()}, and the switch was before block ${height + 1}`;
    }
    const entry = (await node.listConsensus()).find(one => one.id === id);
    if (entry?.codeHash !== hash) return `runs ${entry?.version ?? 'nothing'} under the id ${id}`;
    return entry.status === 'missing' ? 'does not have the code' : null;
  });
  signal.throwIfAborted();
  const problems = told.flatMap(each => {
    const problem = each.ok ? each.value : each.reason;
    return problem === null ? [] : [`node ${each.index}: ${problem}`];
  });
  if (problems.length === 0) return { nodes: told.map(({ index }) => index), away, height };
  const { name, version } = plugin.manifest;
  throw new CliError(
    'NOT_EVERYWHERE',
    `${name} ${version} is in force since block ${height}, but not on every node: ${problems.join('; ')}`,
    'devnet status and devnet logs <node> show what the node does; devnet plugin list shows who has which code',
  );
}
