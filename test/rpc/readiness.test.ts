import assert from 'node:assert/strict';
import type { NodeApi } from '../../node/api.ts';
import { readinessOf } from '../../node/rpc/readiness.ts';
import { createFakeNode } from './fakeNode.ts';

describe('the readiness of a node', () => {
  const node = (fields: Partial<NodeApi>, ready = true): NodeApi => ({
    ...createFakeNode({ ready }),
    ...fields,
  });
  const atStart = (api: NodeApi): NodeApi['head'] => {
    const { hash, header, commit } = api.head();
    return () => ({ hash, header: { ...header, height: 0 }, commit, transactions: 0 });
  };

  it('is nothing but numbers where all is well', () =>
    assert.deepEqual(readinessOf(node({})), {
      ready: true,
      height: 1,
      peers: 1,
      reasons: [],
      warnings: [],
    }));

  it('names what it waits for: a block, peers, and who does not want it', () => {
    const waiting = node({ configuredPeers: 3 }, false);
    assert.deepEqual(readinessOf({ ...waiting, head: atStart(waiting) }).reasons, [
      'no block is final yet',
      '1 of 3 configured peers are connected',
      'no connection with peer peer-3: chain b, this node is on a',
    ]);
    assert.deepEqual(
      readinessOf(node({ peers: () => [] }, false)).reasons[0],
      '0 of 1 configured peers are connected',
    );
  });

  it('warns of what is wrong while it runs: lost peers, sync, code that is missing, plugins in quarantine', () => {
    const [watcher] = createFakeNode().plugins().list();
    assert.ok(watcher !== undefined);
    const quarantined = { ...watcher, state: 'quarantined', reason: '5 crashes within 60 s' } as const;
    const { ready, reasons, warnings } = readinessOf(
      node({
        configuredPeers: 2,
        sync: () => ({ from: 0, height: 7, to: 90, blocksPerSecond: 100 }),
        missingCode: () => [{ name: 'mesh', version: '1.0.0', codeHash: '0x01' }],
        plugins: () => ({ ...createFakeNode().plugins(), list: () => [watcher, quarantined] }),
      }),
    );
    assert.equal(ready, true);
    assert.deepEqual(reasons, []);
    assert.deepEqual(warnings, [
      '1 of 2 configured peers are connected',
      'it syncs, at block 7 of 90',
      'it has no code for mesh@1.0.0 (0x01) and stops before the block that needs it',
      'the plugin watcher is in quarantine: 5 crashes within 60 s',
    ]);
  });
});
