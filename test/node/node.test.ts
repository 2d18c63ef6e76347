import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { getAccount, TOKEN } from '../../chain/index.ts';
import { VERSION } from '../../node/version.ts';
import { alice, bob, signed, transfer, untilFinal, withCluster } from './support/cluster.ts';

describe('one node', () => {
  it('has the version of the package', () => {
    assert.equal(VERSION, JSON.parse(readFileSync('package.json', 'utf8')).version);
  });

  it('makes a block as soon as there is a transaction, and answers for it', () =>
    withCluster({ blockMode: { kind: 'auto', emptyMs: 60_000 } }, async cluster => {
      const node = await cluster.start(0);
      assert.equal(node.info.ordering, 'instant');
      assert.equal(node.head().header.height, 0);
      assert.equal(node.ready(), false);
      const encoded = signed(alice, 0, transfer(bob, 5n * TOKEN));
      const hash = await node.submit(encoded);
      assert.equal(node.nextNonce(alice.account), 1);
      const status = await untilFinal(node, hash);
      assert.equal(status.status, 'final');
      const height = status.status === 'final' ? status.height : 0;
      assert.equal(node.ready(), true);
      assert.equal(getAccount(node.state(), bob.account).free, 1005n * TOKEN);
      const byHeight = await node.block(height);
      assert.deepEqual(byHeight?.transactionHashes, [hash]);
      assert.deepEqual(await node.block(node.head().hash), byHeight);
      assert.equal(await node.block(height + 1), null);
      assert.deepEqual(await node.transaction(`0x${'11'.repeat(32)}`), { status: 'unknown' });
      // Sent again, because the answer was lost: the same answer.
      assert.equal(await node.submit(encoded), hash);
    }));

  it('simulates without changing anything', () =>
    withCluster({ blockMode: { kind: 'manual' } }, async cluster => {
      const node = await cluster.start(0);
      const outcome = await node.simulate(signed(alice, 7, transfer(bob)));
      assert.equal(outcome.ok, true);
      assert.ok(outcome.fee > 0n);
      const poor = await node.simulate(signed(alice, 0, transfer(bob, 5_000n * TOKEN)));
      assert.equal(poor.failure?.code, 'INSUFFICIENT_BALANCE');
      assert.equal(node.head().header.height, 0);
    }));

  it('mines, advances epochs and makes money on command', () =>
    withCluster({ blockMode: { kind: 'manual' } }, async cluster => {
      const node = await cluster.start(0);
      const { dev } = node;
      assert.ok(dev);
      assert.equal(await dev.mine(3), 3);
      assert.equal(await dev.advanceEpoch(2), 2);
      assert.equal(node.head().header.epoch, 2);
      await dev.setBalance(bob.account, 7n);
      assert.equal(getAccount(node.state(), bob.account).free, 7n);
      await Promise.all([dev.mint(bob.account, 1n), dev.mint(bob.account, 2n)]);
      assert.equal(getAccount(node.state(), bob.account).free, 10n);
      const first = await node.epoch(0);
      assert.deepEqual(first, {
        number: 0,
        startHeight: 1,
        startTime: 1_700_000_000_000,
        endHeight: first?.endHeight,
      });
      assert.equal((await node.epoch(1))?.startHeight, (first?.endHeight ?? 0) + 1);
      assert.equal((await node.epoch(2))?.endHeight, null);
      assert.equal(await node.epoch(3), null);
      assert.equal((await node.settlement(0, 0))?.done, true);
    }));

  it('goes on where it stopped', () =>
    withCluster({ blockMode: { kind: 'manual' } }, async cluster => {
      const node = await cluster.start(0);
      const hash = await node.submit(signed(alice, 0, transfer(bob)));
      await node.dev?.mine(3);
      const before = node.head();
      await cluster.stop(0);
      const again = await cluster.start(0);
      assert.deepEqual(again.head(), before);
      assert.equal(again.state().root, before.header.stateRoot);
      assert.equal((await again.transaction(hash)).status, 'final');
      await again.dev?.mine(1);
      assert.equal(again.head().header.height, before.header.height + 1);
      assert.equal(again.nextNonce(alice.account), 1);
    }));

  it('lets a node follow that is no validator', () =>
    withCluster({ blockMode: { kind: 'auto', emptyMs: 20 } }, async cluster => {
      const node = await cluster.start(0);
      // More than one range of block sync.
      await node.dev?.mine(150);
      const follower = await cluster.start(1);
      assert.equal(follower.info.ordering, 'tendermint');
      const hash = await follower.submit(signed(alice, 0, transfer(bob)));
      const status = await untilFinal(follower, hash);
      assert.equal(status.status, 'final');
      const stored = await follower.block(status.status === 'final' ? status.height : 0);
      assert.deepEqual(stored, await node.block(stored?.hash ?? 0));
    }));
});
