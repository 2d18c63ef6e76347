import assert from 'node:assert/strict';
import { alice, bob, signed, transfer, untilFinal, withCluster } from './support/cluster.ts';

describe('metrics', () => {
  it('tell what a node does, in the format of Prometheus', () =>
    withCluster({ blockMode: { kind: 'auto', emptyMs: 60_000 } }, async cluster => {
      const node = await cluster.start(0);
      await untilFinal(node, await node.submit(signed(alice, 0, transfer(bob))));
      const text = await node.metrics();
      const { height } = node.head().header;
      assert.match(text, new RegExp(`^devnet_height\\{node="node-0"\\} ${height}$`, 'm'));
      assert.match(text, /^devnet_pool_transactions\{node="node-0"\} 0$/m);
      assert.match(text, /^devnet_block_transactions_sum\{node="node-0"\} 1$/m);
      assert.match(text, /^devnet_banned_peers\{node="node-0"\} 0$/m);
      assert.match(text, /^devnet_p2p_dropped_over_rate_total\{lane="channel\/ordering",node="node-0"\} 0$/m);
      assert.match(text, /^devnet_resident_memory_bytes\{node="node-0"\} \d+$/m);
    }));
});
