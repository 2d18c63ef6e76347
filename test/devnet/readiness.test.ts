import assert from 'node:assert/strict';
import { clusterReadiness, withReadyDeadline } from '../../devnet/supervisor/readiness.ts';
import { startRpc } from '../../node/rpc/index.ts';
import { silentLog } from '../node/support/log.ts';
import { createFakeNode, type FakeNode } from '../rpc/fakeNode.ts';

type Keepers = Parameters<typeof clusterReadiness>[0];

describe('the readiness of a cluster', () => {
  /** What it says while these nodes run, and one more that has not started yet. */
  async function told(...nodes: readonly FakeNode[]) {
    const rpcs = await Promise.all(
      nodes.map(node => startRpc(node, { host: '127.0.0.1', port: 0, log: silentLog })),
    );
    const keepers = rpcs.map(({ port }, index) => ({ index, state: 'running', message: { rpcPort: port } }));
    try {
      return await clusterReadiness(keepers as unknown as Keepers, '127.0.0.1');
    } finally {
      await Promise.all(rpcs.map(rpc => rpc.close()));
    }
  }

  it('is that of all its nodes, with the reasons of each', async () => {
    assert.deepEqual(await told(createFakeNode(), createFakeNode()), { reasons: [], warnings: [] });
    const lacking = { missingCode: () => [{ name: 'mesh', version: '1.0.0', codeHash: '0x01' as const }] };
    const { reasons, warnings } = await told(
      { ...createFakeNode(), ...lacking },
      { ...createFakeNode({ ready: false }), ...lacking, peers: () => [] },
    );
    const code = 'it has no code for mesh@1.0.0 (0x01) and stops before the block that needs it';
    assert.deepEqual(warnings, [`node 0 warns: ${code}`]);
    assert.deepEqual(reasons, [
      `node 1 is not ready: 0 of 1 configured peers are connected; no connection with peer peer-3: chain b, this node is on a; ${code}`,
    ]);
  });

  it('is that of its processes where they do not answer', async () => {
    const keepers = [
      { index: 0, state: 'starting', message: null },
      { index: 1, state: 'running', message: { rpcPort: 1 } },
    ];
    const { reasons } = await clusterReadiness(keepers as unknown as Keepers, '127.0.0.1');
    assert.equal(reasons[0], 'node 0 is starting');
    assert.match(reasons[1] ?? '', /^node 1 does not answer: /);
  });

  it('is told where the work does not end in time', () =>
    assert.rejects(
      withReadyDeadline(new Promise(() => undefined), async () => ['node 0 is starting', 'node 1 too'], 1),
      {
        name: 'NOT_READY',
        message: 'the devnet was not ready within 0.001 s: node 0 is starting; node 1 too',
        exit: 3,
      },
    ));

  it('is not waited for when the work has ended', async () => {
    const missing = async (): Promise<string[]> => assert.fail('nobody asked');
    assert.equal(await withReadyDeadline(Promise.resolve(7), missing), 7);
    await assert.rejects(withReadyDeadline(Promise.reject(new Error('no port')), missing), /no port/);
  });
});
