import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { chooseNodePorts, choosePorts } from '../../devnet/supervisor/ports.ts';

const HOST = '127.0.0.1';

/** Takes a base that is free now, and with it all that follows from it; others may take one in between, so it tries on. */
async function withFreeBase<T>(nodes: number, work: (base: number) => Promise<T>): Promise<T> {
  for (;;) {
    const { gateway: base } = await choosePorts(0, HOST, 0);
    if (base > 65_000) continue;
    try {
      await choosePorts(base, HOST, nodes);
      return await work(base);
    } catch (error) {
      if ((error as Error).name !== 'PORT_IN_USE') throw error;
    }
  }
}

describe('the ports of a devnet', () => {
  it('follow from the first one, at every start', () =>
    withFreeBase(16, async base => {
      const first = await choosePorts(base, HOST, 16);
      assert.deepEqual(first, {
        gateway: base,
        rpc: Array.from({ length: 16 }, (_, index) => base + 10 + 10 * index),
        p2p: Array.from({ length: 16 }, (_, index) => base + 11 + 10 * index),
      });
      assert.deepEqual(await choosePorts(base, HOST, 16), first);
      // A node that is added has those that it has as one of the first.
      const added = await chooseNodePorts(base, HOST, 15);
      assert.deepEqual(added, { rpc: first.rpc[15], p2p: first.p2p[15] });
    }));

  it('are refused by name where somebody has one of them', async () => {
    const server = createServer();
    await new Promise<void>(done => server.listen(0, HOST, done));
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    try {
      await assert.rejects(choosePorts(address.port, HOST, 1), {
        name: 'PORT_IN_USE',
        message: `port ${address.port} on ${HOST} is in use`,
        exit: 4,
      });
    } finally {
      server.close();
    }
  });
});
