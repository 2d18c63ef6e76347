import assert from 'node:assert/strict';
import { getAccount, keyPairFromUri, TOKEN } from '../../chain/index.ts';
import { handshakeOf } from '../../node/hello.ts';
import type { Node } from '../../node/node.ts';
import {
  alice,
  assertSame,
  bob,
  signed,
  testGenesis,
  transfer,
  untilFinal,
  untilHeight,
  withCluster,
} from './support/cluster.ts';

const untilReady = (nodes: readonly Node[]): Promise<number[]> =>
  Promise.all(nodes.map(node => untilHeight(node, 1)));

describe('four validators in one process', () => {
  it('commit transactions with equal state roots, whichever node they were sent to', () =>
    withCluster({ validators: 4 }, async cluster => {
      const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
      await untilReady(nodes);
      assert.ok(nodes.every(node => node.info.ordering === 'tendermint' && node.ready()));
      const first = nodes[0] as Node;
      const senders = [0, 1, 2, 3].map(index => keyPairFromUri(`//Sender//${index}`));
      const funded = await Promise.all(
        senders.map((sender, nonce) => first.submit(signed(alice, nonce, transfer(sender, TOKEN)))),
      );
      for (const hash of funded) await Promise.all(nodes.map(node => untilFinal(node, hash)));
      const hashes = await Promise.all(
        nodes.flatMap((node, index) =>
          [0, 1, 2].map(nonce => node.submit(signed(senders[index] ?? alice, nonce, transfer(bob)))),
        ),
      );
      for (const hash of hashes) {
        const statuses = await Promise.all(nodes.map(node => untilFinal(node, hash)));
        assert.deepEqual(statuses, Array(4).fill(statuses[0]));
        assert.equal(statuses[0]?.status, 'final');
      }
      assert.equal(getAccount(first.state(), bob.account).free, 1000n * TOKEN + 12n);
      await assertSame(nodes);
    }));

  it('brings back a node that was away while the others went on', () =>
    withCluster({ validators: 4, blockMode: { kind: 'auto', emptyMs: 10 } }, async cluster => {
      const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
      await untilReady(nodes);
      await cluster.stop(3);
      const hash = await cluster.node(0).submit(signed(alice, 0, transfer(bob)));
      await untilHeight(cluster.node(0), cluster.node(0).head().header.height + 12);
      const back = await cluster.start(3);
      await untilHeight(back, cluster.node(0).head().header.height + 2);
      assert.equal((await back.transaction(hash)).status, 'final');
      await assertSame(cluster.nodes());
    }));

  it('all restart at once and go on', () =>
    withCluster({ validators: 4, blockMode: { kind: 'auto', emptyMs: 10 } }, async cluster => {
      const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
      await Promise.all(nodes.map(node => untilHeight(node, 5)));
      await Promise.all([0, 1, 2, 3].map(cluster.stop));
      const again = await Promise.all([0, 1, 2, 3].map(cluster.start));
      const height = Math.max(...again.map(node => node.head().header.height));
      assert.ok(height >= 5);
      await Promise.all(again.map(node => untilHeight(node, height + 3)));
      await assertSame(again);
    }));

  it('move together when one is told to mine or to start an epoch', () =>
    withCluster({ validators: 4, blockMode: { kind: 'manual' } }, async cluster => {
      const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
      const first = nodes[0] as Node;
      assert.equal(await first.dev?.mine(2), 2);
      assert.equal(await nodes[2]?.dev?.advanceEpoch(1), 1);
      const { height } = (nodes[2] as Node).head().header;
      await Promise.all(nodes.map(node => untilHeight(node, height)));
      await assertSame(nodes);
      await first.dev?.setBlockMode({ kind: 'interval', ms: 10 });
      await Promise.all(nodes.map(node => untilHeight(node, height + 5)));
      for (const { dev } of nodes) assert.deepEqual(dev?.blockMode(), { kind: 'interval', ms: 10 });
    }));

  it('of another chain are refused, naming both', () => {
    const genesis = testGenesis();
    const own = handshakeOf(genesis, '1.0.0');
    const other = (change: object) => handshakeOf({ ...genesis, ...change }, '1.0.0').hello;
    assert.equal(own.judge(own.hello), null);
    assert.match(own.judge(other({ chainId: 'other' })) ?? '', /chain other, this node is on test-chain/);
    assert.match(own.judge(other({ epochLength: 3 })) ?? '', /genesis 0x[0-9a-f]{64}, this node has 0x/);
    assert.match(own.judge(new Uint8Array(3)) ?? '', /does not decode/);
  });

  it('take a transaction whose money came in a block that a peer does not have yet', () =>
    withCluster({ validators: 4, blockMode: { kind: 'auto', emptyMs: 60_000 } }, async cluster => {
      const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
      await untilReady(nodes);
      const first = nodes[0] as Node;
      for (let round = 0; round < 5; round++) {
        const sender = keyPairFromUri(`//New//${round}`);
        await untilFinal(first, await first.submit(signed(alice, round, transfer(sender, TOKEN))));
        const status = await untilFinal(first, await first.submit(signed(sender, 0, transfer(bob))));
        assert.equal(status.status, 'final');
      }
    }));
});
