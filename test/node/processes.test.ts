import assert from 'node:assert/strict';
import { toHex } from '../../consensus/interface/index.ts';
import { createClient } from '../../node/client/index.ts';
import { FATAL_EXIT } from '../../node/options.ts';
import { alice, bob, signed, transfer, withDirectory } from './support/cluster.ts';
import { type NodeProcess, startProcess, writeOptions } from './support/processes.ts';

/** Stops what a test left running. */
async function withProcesses(run: (start: (file: string) => NodeProcess) => Promise<void>): Promise<void> {
  const all: NodeProcess[] = [];
  try {
    await run(file => {
      const started = startProcess(file);
      all.push(started);
      return started;
    });
  } finally {
    for (const { child } of all) child.kill('SIGKILL');
    await Promise.all(all.map(({ exited }) => exited));
  }
}

const clientOf = async (node: NodeProcess) => createClient(`http://127.0.0.1:${(await node.ready).rpcPort}`);

describe('node processes', function () {
  this.timeout(60_000);

  it('keep every committed block over kill -9, own their directory, and end cleanly', () =>
    withDirectory(directory =>
      withProcesses(async start => {
        const file = await writeOptions(directory, { blockMode: { kind: 'auto', emptyMs: 10 } });
        const killed = start(file);
        const client = await clientOf(killed);
        const sent = [0, 1, 2, 3].map(nonce =>
          client.submitAndWait({ tx: toHex(signed(alice, nonce, transfer(bob))) }),
        );
        const finals = await Promise.all(sent);
        killed.child.kill('SIGKILL');
        await killed.exited;

        const again = start(file);
        const reader = await clientOf(again);
        for (const { hash, height, ok } of finals) {
          const found = await reader.waitForTransaction({ hash });
          assert.deepEqual([found.height, found.ok], [height, ok]);
        }
        assert.equal((await reader.getAccount({ address: alice.address })).nonce, finals.length);

        const second = start(file);
        await assert.rejects(second.ready, { code: 'DIRECTORY_IN_USE' });
        assert.equal(await second.exited, FATAL_EXIT);
        again.child.kill('SIGTERM');
        assert.equal(await again.exited, 0);
      }),
    ));

  it('end when their parent is gone', () =>
    withDirectory(directory =>
      withProcesses(async start => {
        const node = start(await writeOptions(directory));
        await node.ready;
        node.child.disconnect();
        assert.equal(await node.exited, 0);
      }),
    ));

  it('say by name what is wrong with their options', () =>
    withProcesses(async start => {
      const node = start('/nowhere/options.json');
      await assert.rejects(node.ready, { code: 'OPTIONS_INVALID' });
      assert.equal(await node.exited, FATAL_EXIT);
    }));
});
