/** Real processes that were away: one that joins a chain of some hundred blocks, and a validator that comes back. */
import assert from 'node:assert/strict';
import { type Client, createClient } from '../../node/client/index.ts';
import type { NodeStatus } from '../../node/client/wireCluster.ts';
import { eventually, freshDirectory, isRunning, type Running, removeDirectory, up } from './support.ts';

const LATE = 300;
const AWAY = 24;

describe('nodes that catch up', function () {
  this.timeout(180_000);
  let devnet: Running;
  before(async () => {
    devnet = await up(freshDirectory());
    await devnet.client.setBlockMode({ mode: { kind: 'manual' } });
  });
  after(async () => {
    if (isRunning(devnet.process.pid ?? 0)) await devnet.end('SIGKILL');
    removeDirectory(devnet.directory);
  });

  const reaches = (client: Client, height: number): Promise<true> =>
    eventually(async () => ((await client.getHead()).height >= height ? true : undefined), 60_000);

  /** Both have the same last block of this height, hence the same state. */
  async function assertSame(client: Client, height: number): Promise<void> {
    const [own, other] = await Promise.all([
      client.getBlock({ block: height }),
      devnet.client.getBlock({ block: height }),
    ]);
    assert.deepEqual(own.header, other.header);
  }

  it('a node that joins late has the whole chain', async () => {
    const { height } = await devnet.client.mine({ blocks: LATE });
    const { rpc } = await devnet.json<NodeStatus>('node', 'add');
    const late = createClient(rpc, { timeoutMs: 5_000 });
    await reaches(late, height);
    for (const at of [1, Math.floor(height / 2), height]) await assertSame(late, at);
    assert.equal((await late.getNodeInfo()).sync, null);
    late.close();
  });

  it('a validator that was away catches up and votes again', async () => {
    const { index, rpc } = devnet.nodes.at(-1) ?? assert.fail();
    const { validator } = await createClient(rpc).getNodeInfo();
    await devnet.json('node', 'kill', `${index}`);
    // Its turns to propose pass with a timeout each.
    const { height } = await devnet.client.mine({ blocks: AWAY });
    const again = await devnet.json<NodeStatus>('node', 'restart', `${index}`);
    const back = createClient(again.rpc, { timeoutMs: 5_000 });
    await reaches(back, height);
    await assertSame(back, height);
    // More than two thirds decide without waiting for the last vote: it is not in every certificate.
    await eventually(async () => {
      const { height: next } = await devnet.client.mine({ blocks: 1 });
      const { commit } = await devnet.client.getBlock({ block: next });
      return commit.signatures.some(signature => signature.validator === validator) ? true : undefined;
    }, 60_000);
    back.close();
  });
});
