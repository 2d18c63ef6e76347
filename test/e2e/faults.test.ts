/** Faults on purpose between real processes, as a user makes them. One cluster for all of it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromAddress, keyPairFromUri } from '../../chain/index.ts';
import { type Client, createClient } from '../../node/client/index.ts';
import type { FaultsReport, NodeStatus } from '../../node/client/wireCluster.ts';
import { eventually, freshDirectory, gone, isRunning, type Running, removeDirectory, up } from './support.ts';

const AMOUNT = 1_000_000_000n;

describe('faults on a running cluster', function () {
  this.timeout(120_000);
  let devnet: Running;
  let clients: Client[];
  before(async () => {
    devnet = await up(freshDirectory(), '--epoch-length', '5');
    clients = devnet.nodes.map(({ rpc }) => createClient(rpc, { timeoutMs: 5_000 }));
  });
  after(async () => {
    for (const client of clients) client.close();
    if (isRunning(devnet.process.pid ?? 0)) await devnet.end('SIGKILL');
    removeDirectory(devnet.directory);
  });

  const client = (node: number): Client => {
    const found = clients[node];
    assert.ok(found);
    return found;
  };
  const height = async (node: number): Promise<number> => (await client(node).getHead()).height;
  const nodes = (): Promise<readonly NodeStatus[]> => devnet.client.request('dev_nodeList', {});
  const heal = (): Promise<FaultsReport> => devnet.client.request('dev_heal', {});
  /** Resolves when a node is at this height. */
  const reaches = (node: number, wanted: number): Promise<true> =>
    eventually(async () => ((await height(node)) >= wanted ? true : undefined), 30_000);
  /** All of these show the same block at the height of the first. */
  async function agree(...members: readonly number[]): Promise<void> {
    const top = await height(members[0] ?? 0);
    await Promise.all(members.map(node => reaches(node, top)));
    const hashes = await Promise.all(
      members.map(async node => (await client(node).getBlock({ block: top })).header.stateRoot),
    );
    assert.equal(new Set(hashes).size, 1, `height ${top}: ${hashes.join()}`);
  }
  /** How often a node has tried in vain to reach the other side: time as the network itself feels it. */
  const refusals = async (node: number): Promise<number> =>
    (await client(node).request('dev_getFaults', {})).counters.refused;

  it('two halves: nobody commits; healed, all go on together', async () => {
    const { groups, nodes: told } = await devnet.json<FaultsReport>('partition', '0,1/2,3');
    assert.deepEqual(groups, [
      [0, 1],
      [2, 3],
    ]);
    assert.ok(told.every(({ applied }) => applied));
    // What was decided before the cut may still be on its way inside each half.
    const before = await eventually(async () => {
      const seen = await Promise.all([0, 1, 2, 3].map(height));
      const tries = await refusals(0);
      await eventually(async () => ((await refusals(0)) > tries + 3 ? true : undefined));
      const again = await Promise.all([0, 1, 2, 3].map(height));
      return seen.join() === again.join() ? again : undefined;
    });
    // A transaction asks for a block, which the four would make within milliseconds.
    const paid = pay(client(0));
    const tries = await refusals(0);
    await eventually(async () => ((await refusals(0)) >= tries + 4 ? true : undefined), 30_000);
    assert.deepEqual(await Promise.all([0, 1, 2, 3].map(height)), before);
    assert.deepEqual((await client(0).getPeers()).length, 1);
    await devnet.json('heal');
    await reaches(3, Math.max(...before) + 1);
    await paid;
    await agree(0, 1, 2, 3);
  });

  it('one node alone stands still, the majority goes on and serves clients; healed, it catches up', async () => {
    const { groups } = await devnet.json<FaultsReport>('partition', '0');
    assert.deepEqual(groups, [[0], [1, 2, 3]]);
    const alone = await height(0);
    await pay();
    const { height: top } = await devnet.client.getHead();
    assert.ok(top > alone);
    assert.ok((await height(0)) <= alone + 1);
    await heal();
    await reaches(0, top);
    await agree(0, 1, 2, 3);
  });

  it('latency makes commits slower', async () => {
    const fast = await medianCommit(5);
    await devnet.json('latency', '60', '--jitter', '20');
    const slow = await medianCommit(5);
    const { latency, nodes: told } = await devnet.json<FaultsReport>('faults');
    assert.deepEqual(latency, [{ between: null, ms: 60, jitter: 20 }]);
    assert.ok(told.every(({ counters }) => (counters?.delayed ?? 0) > 0));
    await heal();
    // Three messages in a row (proposal, prevote, precommit) are the least that a block needs.
    assert.ok(slow > fast + 3 * 60 * 0.8, `${fast} ms without, ${slow} ms with latency`);
  });

  it('a fifth of all messages lost: slower, but alive', async () => {
    await devnet.json('loss', '20', '--seed', '11');
    for (let i = 0; i < 3; i++) await pay();
    const { nodes: told } = await devnet.json<FaultsReport>('faults');
    assert.ok(told.every(({ counters }) => (counters?.lost ?? 0) > 0));
    await heal();
    await agree(0, 1, 2, 3);
  });

  it('a paused node is routed around, and goes on where it was; meanwhile it misses the faults', async () => {
    // The longest-serving node answers clients: its pause is the hard case.
    const [first] = await order();
    assert.equal((await devnet.json<NodeStatus>('node', 'pause', `${first}`)).state, 'paused');
    await pay();
    const { height: top } = await devnet.client.getHead();
    const report = await devnet.json<FaultsReport>('latency', '1');
    const paused = report.nodes.find(({ node }) => node === first);
    assert.deepEqual([paused?.applied, paused?.reason], [false, `node ${first} is paused`]);
    const { nodes: rows } = await devnet.json<{ nodes: { index: number; state: string }[] }>('status');
    assert.equal(rows[first]?.state, 'paused');
    await devnet.json('node', 'resume', `${first}`);
    await reaches(first, top);
    await eventually(async () => {
      const { rules } = await client(first).request('dev_getFaults', {});
      return Object.keys(rules.peers).length === 3 ? true : undefined;
    });
    await heal();
    await agree(0, 1, 2, 3);
  });

  it('a request to a node that is paused under way gets a named error', async () => {
    const [first] = await order();
    // Epochs of a devnet take many blocks: this is still under way when the node stops.
    const under = fetch(devnet.rpc, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 4, method: 'dev_advanceEpoch', params: { epochs: 500 } }),
    });
    const epoch = (await client(first).getHead()).epoch;
    await eventually(async () => ((await client(first).getHead()).epoch > epoch ? true : undefined));
    await devnet.json('node', 'pause', `${first}`);
    const answer = (await (await under).json()) as { id: number; error: { data: { name: string } } };
    assert.deepEqual([answer.id, answer.error.data.name], [4, 'NODE_GONE']);
    // What it was asked to do it would go on with.
    await devnet.json('node', 'restart', `${first}`);
    await agree(0, 1, 2, 3);
  });

  it('a killed node stays down until it is started again', async () => {
    const killed = await devnet.json<NodeStatus>('node', 'kill', '2');
    assert.deepEqual([killed.state, killed.pid], ['killed', null]);
    await pay();
    const failure = await devnet.cli('--json', 'node', 'pause', '2');
    assert.equal(failure.code, 1);
    assert.equal(JSON.parse(failure.stdout).name, 'NODE_NOT_RUNNING');
    assert.equal((await devnet.json<NodeStatus>('node', 'restart', '2')).state, 'running');
    await agree(0, 1, 2, 3);
  });

  it('all four killed at once start again by themselves, and nothing is lost', async () => {
    const before = await balance();
    const { height: top } = await devnet.client.getHead();
    const list = await nodes();
    for (const { pid } of list) if (pid !== null) process.kill(pid, 'SIGKILL');
    await devnet.noted(/node 0 was ended by SIGKILL; it starts again in 1 s/);
    await eventually(async () => {
      const now = await nodes();
      const isBack = now.every(({ state, pid }, i) => state === 'running' && pid !== list[i]?.pid);
      return isBack ? true : undefined;
    }, 30_000);
    await pay();
    const after = await balance();
    assert.equal(after - before, AMOUNT);
    assert.ok((await devnet.client.getHead()).height > top);
    await agree(0, 1, 2, 3);
  });

  it('an added validator syncs, votes from the next epoch, and is in run.json', async () => {
    const added = await devnet.json<NodeStatus>('node', 'add', '--validator');
    assert.deepEqual([added.index, added.state], [4, 'running']);
    clients.push(createClient(added.rpc));
    const run = JSON.parse(readFileSync(join(devnet.directory, 'run.json'), 'utf8'));
    const { validator } = run.nodes[4];
    await devnet.json('epoch', 'advance');
    const signer = await eventually(async () => {
      await devnet.client.mine();
      const block = await devnet.client.getBlock({ block: await height(4) });
      return block.commit.signatures.find(signature => signature.validator === validator);
    }, 30_000);
    assert.ok(signer);
    assert.equal((await client(0).getValidators()).length, 5);
    await agree(0, 1, 2, 3, 4);
  });

  it('mistakes are named, with the exit codes of the interface', async () => {
    const cases: readonly [args: string[], code: number, name: string][] = [
      [['partition', '0,1/1'], 1, 'BAD_GROUPS'],
      [['partition', '0/9'], 1, 'UNKNOWN_NODE'],
      [['latency', '5000'], 2, 'USAGE'],
      [['latency', '5', '--between', '1,1'], 1, 'BAD_FAULT'],
      [['loss', '101'], 2, 'USAGE'],
      [['node', 'kill', '9'], 1, 'UNKNOWN_NODE'],
    ];
    const finished = await Promise.all(cases.map(([args]) => devnet.cli('--json', ...args)));
    for (const [i, [args, code, name]] of cases.entries()) {
      const failure = JSON.parse(finished[i]?.stdout ?? '');
      assert.deepEqual([finished[i]?.code, failure.name], [code, name], args.join(' '));
      assert.ok(failure.hint.length > 0);
    }
    const { groups, latency, loss } = await devnet.json<FaultsReport>('faults');
    assert.deepEqual([groups, latency, loss], [[], [], []]);
  });

  it('the gateway lists what it answers itself', async () => {
    const names = await devnet.client.listMethods();
    for (const name of ['chain_head', 'dev_nodeAdd', 'dev_partition', 'dev_faults'])
      assert.ok(names.includes(name), name);
    const document = (await devnet.client.request('rpc.discover', {})) as { methods: { name: string }[] };
    assert.deepEqual(
      document.methods.map(({ name }) => name),
      names,
    );
  });

  it('ends with a paused node and leaves no orphan; the added node is there at the next up', async () => {
    await devnet.client.request('dev_nodePause', { node: 1 });
    const pids = (await nodes()).flatMap(({ pid }) => (pid === null ? [] : [pid]));
    assert.equal(pids.length, 5);
    assert.equal(await devnet.end('SIGTERM'), 143);
    await Promise.all(pids.map(pid => gone(pid, 5_000)));
    devnet = await up(devnet.directory);
    assert.equal(devnet.nodes.length, 5);
    await pay();
    assert.equal((await createClient(devnet.nodes[4]?.rpc ?? '').getValidators()).length, 5);
  });

  it('a node that was paused when its supervisor was killed is no obstacle to the next one', async () => {
    const { pid } = await devnet.client.request('dev_nodePause', { node: 1 });
    await devnet.end('SIGKILL');
    assert.ok(pid !== null && isRunning(pid));
    const before = devnet.nodes.length;
    devnet = await up(devnet.directory);
    assert.ok(!isRunning(pid));
    assert.equal(devnet.nodes.length, before);
    assert.equal(await devnet.end('SIGTERM'), 143);
  });

  /** Nodes in the order in which the gateway asks them: itself tells only the first, by name. */
  async function order(): Promise<readonly [number]> {
    const { name } = await devnet.client.getNodeInfo();
    return [Number(name.replace('node-', ''))];
  }

  /** A transfer from alice to bob, final. */
  async function pay(through = devnet.client): Promise<void> {
    await through.send({
      from: keyPairFromUri(account('alice').uri),
      call: { kind: 'transfer', to: fromAddress(account('bob').address), amount: AMOUNT },
    });
  }

  const balance = async (): Promise<bigint> =>
    (await devnet.client.getAccount({ address: account('bob').address })).free;

  function account(name: string): Running['accounts'][number] {
    const found = devnet.accounts.find(each => each.name === name);
    assert.ok(found);
    return found;
  }

  /** Milliseconds of a block that was asked for. */
  async function medianCommit(rounds: number): Promise<number> {
    const times: number[] = [];
    for (let i = 0; i < rounds; i++) {
      const started = performance.now();
      await client(1).mine();
      times.push(performance.now() - started);
    }
    return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
  }
});
