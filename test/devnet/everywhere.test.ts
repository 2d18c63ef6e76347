import assert from 'node:assert/strict';
import { Draft } from '../../chain/index.ts';
import * as tables from '../../chain/kernel/tables.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import { untilEverywhere } from '../../devnet/plugins/everywhere.ts';
import { type Client, createClient } from '../../node/client/index.ts';
import { codeHash, type Package, parseManifest } from '../../node/package/index.ts';
import { type Rpc, startRpc } from '../../node/rpc/index.ts';
import { silentLog } from '../node/support/log.ts';
import { createFakeNode, type FakeNode } from '../rpc/fakeNode.ts';

describe('code that is in force', () => {
  const code = new TextEncoder().encode('export default {};\n');
  const source = 'name = "consensus-0"\nversion = "1.0.0"\nentry_point = "index.js"\n';
  const plugin: Package = { manifest: parseManifest(source), source, code };
  const OTHER: Hex = `0x${'22'.repeat(32)}`;
  const open: { close(): unknown }[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map(each => each.close()));
  });

  /** Its consensus id 0 has this code. */
  function running(hash = codeHash(code), node = createFakeNode()): FakeNode {
    const draft = new Draft(node.state());
    const entry = tables.consensusEntries.get(draft, 0);
    assert.ok(entry !== undefined);
    tables.consensusEntries.put(draft, { ...entry, codeHash: hash }, 0);
    const state = node.state().with(draft.changes());
    return Object.assign(node, { state: () => state });
  }

  /** A client of the first node, whose supervisor knows all of these and one that is paused. */
  async function cluster(...nodes: readonly FakeNode[]): Promise<{ client: Client; rpcs: readonly Rpc[] }> {
    const rpcs: Rpc[] = await Promise.all(
      nodes.map(node => startRpc(node, { host: '127.0.0.1', port: 0, log: silentLog })),
    );
    const client = createClient(rpcs[0]?.url ?? '');
    open.push(client, ...rpcs);
    const listed = rpcs.map(({ url }, index) => ({ index, state: 'running', rpc: url }));
    const request = async (method: string, params: never) =>
      method === 'dev_nodeList'
        ? [...listed, { index: 9, state: 'paused', rpc: '' }]
        : client.request(method as 'rpc_methods', params);
    return { client: { ...client, request } as Client, rpcs };
  }
  const signal = (): AbortSignal => new AbortController().signal;

  it('is waited for on every node that runs; those that are away are named', async () => {
    const late = running(OTHER);
    const nodes = [running(), late];
    const { client, rpcs } = await cluster(...nodes);
    // Of another node than these, which is a block ahead.
    const ahead = { ...client, getHead: async () => ({ ...(await client.getHead()), height: 2 }) };
    const all = untilEverywhere(ahead, plugin, 0, signal());
    while (rpcs.some(rpc => rpc.counts().subscriptions === 0)) await new Promise(go => setTimeout(go, 5));
    running(codeHash(code), late);
    for (const node of nodes) node.publish();
    assert.deepEqual(await all, { nodes: [0, 1], away: [{ index: 9, state: 'paused' }], height: 2 });
  });

  it('is waited for no longer than somebody wants', async () => {
    const { client } = await cluster(running());
    const ahead = { ...client, getHead: async () => ({ ...(await client.getHead()), height: 2 }) };
    const saved = new AbortController();
    const all = untilEverywhere(ahead, plugin, 0, saved.signal);
    saved.abort(new Error('saved again'));
    await assert.rejects(all, /saved again/);
  });

  it('is not everywhere where a node has other code, none, or no answer', async () => {
    const without = Object.assign(running(), { mechanisms: () => new Map() });
    const { client } = await cluster(running(), running(OTHER), without);
    await assert.rejects(untilEverywhere(client, plugin, 0, signal()), {
      name: 'NOT_EVERYWHERE',
      message:
        'consensus-0 1.0.0 is in force since block 1, but not on every node: node 1: runs 1.0.0 under the id 0; node 2: does not have the code',
    });
  });
});
