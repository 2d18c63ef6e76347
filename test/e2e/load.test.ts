/** A state of another devnet: in a chain that starts with it, and in processes that came later, or were killed meanwhile. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeDump, encodeDump } from '../../chain/index.ts';
import { type Client, createClient } from '../../node/client/index.ts';
import type { NodeStatus } from '../../node/client/wireCluster.ts';
import { ROOT } from '../tidy/sources.ts';
import { cli, eventually, freshDirectory, isRunning, type Running, removeDirectory, up } from './support.ts';

/** Kept since version 1: two nodes, the demo economy, cells. */
const FILE = join(ROOT, 'test/vectors/dump-v1.bin');
const FREE_OF_ALICE = 9_884_835_495_630n;

describe('devnet up --load', function () {
  this.timeout(120_000);
  const directory = freshDirectory();
  let devnet: Running;
  before(async () => {
    devnet = await up(directory, '--load', FILE);
  });
  after(async () => {
    if (isRunning(devnet.process.pid ?? 0)) await devnet.end('SIGKILL');
    removeDirectory(directory);
  });

  const ofAlice = (client: Client): Promise<bigint> =>
    client.getAccount({ address: devnet.accounts[0]?.address ?? '' }).then(({ free }) => free);

  it('has the state when it says that it is ready, on four validators instead of two', async () => {
    assert.equal(devnet.nodes.length, 4);
    assert.match(devnet.notes(), /block \d+ has the state of devnet-8c1f1936 after block 100/);
    assert.equal(await ofAlice(devnet.client), FREE_OF_ALICE);
    const { epoch, length } = await devnet.client.getCurrentEpoch();
    assert.deepEqual([epoch, length], [21, 5]);
    const consensus = await devnet.client.listConsensus();
    assert.deepEqual(
      consensus.map(({ name }) => name),
      ['consensus-0', 'cells'],
      'the built-in modules follow from the dump',
    );
    const tree = await devnet.cli('link', 'tree', 'router');
    assert.match(tree.stdout, /lab {2}custom 30 %/);
    // Epochs end, claims are settled, and people can go on.
    assert.ok((await devnet.client.advanceEpoch({ epochs: 3 })).epoch === 24);
    await devnet.json('transfer', 'alice', 'bob', '1');
  });

  it('loads again while a node is killed; that one and a new one have the state of all', async () => {
    const { peerId: asked } = await devnet.client.getNodeInfo();
    const { index } = devnet.nodes.find(({ peerId }) => peerId !== asked) ?? assert.fail();
    const loading = devnet.json<{ height: number }>('load', FILE);
    await devnet.json('node', 'kill', `${index}`);
    const { height } = await loading;
    const [back, added] = [
      await devnet.json<NodeStatus>('node', 'restart', `${index}`),
      await devnet.json<NodeStatus>('node', 'add'),
    ];
    for (const { rpc } of [back, added]) {
      const client = createClient(rpc);
      await eventually(async () => ((await client.getHead()).height >= height ? true : undefined), 60_000);
      assert.equal(await ofAlice(client), FREE_OF_ALICE);
      const [own, other] = await Promise.all(
        [client, devnet.client].map(each => each.getBlock({ block: height })),
      );
      assert.deepEqual(own?.header, other?.header);
      client.close();
    }
  });

  it('leaves nothing behind where it fails', async () => {
    const refused = await devnet.cli('up', '--load', FILE);
    assert.equal(refused.code, 4, 'it runs already');
    const other = freshDirectory();
    try {
      const { header, rows } = decodeDump(new Uint8Array(readFileSync(FILE)));
      const { tables: _, ...origin } = header;
      // Without the epoch: found out by the chain that is to load it.
      const broken = join(other, 'broken.dump');
      writeFileSync(
        broken,
        encodeDump(
          origin,
          rows.filter(({ key }) => key[0] !== 0x61),
        ),
      );
      const failed = await cli(other, 'up', '--port', '0', '--nodes', '1', '--load', broken);
      assert.equal(failed.code, 1);
      assert.match(failed.stderr, /DUMP_BROKEN/);
      assert.ok(!existsSync(join(other, 'chain.json')));
      const differs = await cli(other, 'up', '--nodes', '1', '--load', FILE, '--consensus', '');
      assert.match(
        differs.stderr,
        /CHAIN_DIFFERS: the dump has the built-in consensus modules cells, not none/,
      );
    } finally {
      removeDirectory(other);
    }
  });
});
