import assert from 'node:assert/strict';
import { createClient } from '../../node/client/index.ts';
import { eventually, freshDirectory, gone, isRunning, type Running, removeDirectory, up } from './support.ts';

describe('the demo economy', function () {
  this.timeout(180_000);
  let directory: string;
  let devnet: Running;
  before(async () => {
    directory = freshDirectory();
    devnet = await up(directory, '--demo');
  });
  after(async () => {
    if (isRunning(devnet.process.pid ?? 0)) await devnet.end('SIGKILL');
    removeDirectory(directory);
  });

  it('settles: what clients paid is what modules earned, through the links', async () => {
    await devnet.noted(
      /epoch \d+ settled: \d+ paid calls[\s\S]*router +-> lab +30 %[\s\S]*paid ([\d.]+) = earned \1\n/,
    );
  });

  it('killed whole with -9, it goes on with every block and every receipt', async () => {
    const { height, hash } = await devnet.client.getHead();
    const routerId = (await devnet.client.getModule({ module: 'router' })).id;
    await Promise.all(devnet.nodes.map(({ pid }) => process.kill(pid, 'SIGKILL')));
    await devnet.end('SIGKILL');
    await Promise.all(devnet.nodes.map(({ pid }) => gone(pid, 5_000)));

    devnet = await up(directory, '--demo');
    for (const { rpc } of devnet.nodes)
      await eventually(async () => {
        const block = await createClient(rpc).getBlock({ block: height });
        assert.equal(block.hash, hash);
        return true;
      });
    assert.equal((await devnet.client.getModule({ module: 'router' })).id, routerId);
    await devnet.noted(/epoch \d+ settled: \d+ paid calls[\s\S]*paid ([\d.]+) = earned \1\n/);
    assert.doesNotMatch(devnet.notes(), /REPLAY|BAD_SIGNATURE|NOT_ASCENDING|OVER_/);
  });

  it('ends with everything on one signal', async () => {
    const started = Date.now();
    assert.equal(await devnet.end('SIGTERM'), 143);
    await Promise.all(devnet.nodes.map(({ pid }) => gone(pid, Math.max(0, 5_000 - (Date.now() - started)))));
  });
});
