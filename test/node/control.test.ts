/** What a developer does to a whole running cluster. */
import assert from 'node:assert/strict';
import { getAccount, getClockAhead } from '../../chain/index.ts';
import type { DevApi } from '../../node/api.ts';
import type { Node } from '../../node/node.ts';
import { alice, assertSame, bob, untilHeight, withCluster } from './support/cluster.ts';

const HOUR = 3_600_000;

describe('control of a cluster', () => {
  it('puts the time of all validators forward, over a restart of all', () =>
    withCluster({ validators: 4, blockMode: { kind: 'manual' } }, async cluster => {
      const all = [0, 1, 2, 3];
      const nodes = await Promise.all(all.map(cluster.start));
      await devOf(nodes[0]).mine(1);
      const before = (nodes[0] as Node).head().header.time;
      const moved = await devOf(nodes[2]).increaseTime(2 * HOUR);
      assert.ok(moved.time >= before + 2 * HOUR);
      assert.equal(moved.ahead, 2 * HOUR);
      assert.equal((await devOf(nodes[1]).increaseTime(HOUR)).ahead, 3 * HOUR);
      const moment = (nodes[1] as Node).head().header.height;
      await Promise.all(nodes.map(node => untilHeight(node, moment)));
      await Promise.all(all.map(cluster.stop));
      const again = await Promise.all(all.map(cluster.start));
      const { height, time } = (again[0] as Node).head().header;
      // Every proposer has its turn, and every validator judges the others.
      await devOf(again[0]).mine(5);
      await Promise.all(again.map(node => untilHeight(node, height + 5)));
      for (const node of again) assert.equal(getClockAhead(node.state()), 3 * HOUR);
      const { header } = (await (again[3] as Node).block(height + 5))?.block ?? assert.fail();
      assert.ok(header.time > time && header.time - time < HOUR, 'it goes on from there at its usual pace');
      await assertSame(again);
    }));

  it('goes back to a snapshot as one, with a validator that was away', () =>
    withCluster({ validators: 4, blockMode: { kind: 'manual' } }, async cluster => {
      const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
      const first = nodes[0] as Node;
      await devOf(first).mine(1);
      const { free } = getAccount(first.state(), bob.account);
      const taken = await devOf(first).snapshot();
      assert.equal(taken.name, 'snapshot-1');
      await cluster.stop(3);
      const call = { kind: 'transfer', to: bob.account, amount: 5n } as const;
      const lost = await devOf(first).impersonate(alice.account, call);
      await devOf(nodes[1]).advanceEpoch(2);
      await untilHeight(first, (nodes[1] as Node).head().header.height);
      assert.ok((await first.epoch(2)) !== null && (await first.settlement(0, 0)) !== null);

      await assert.rejects(devOf(nodes[1]).revert('nowhere'), { code: 'UNKNOWN_SNAPSHOT' });
      assert.equal((await first.transaction(lost)).status, 'final', 'a revert that fails changes nothing');
      const { height, to } = await devOf(nodes[1]).revert(taken.name);
      assert.equal(to, taken.height);
      const back = await cluster.start(3);
      for (const node of [first, back]) {
        await untilHeight(node, height + 1);
        assert.equal(getAccount(node.state(), bob.account).free, free);
        const status = await node.transaction(lost);
        assert.ok(status.status === 'reverted' && status.by === height);
        assert.equal(node.head().header.epoch, 0);
        assert.equal((await node.epoch(0))?.endHeight, null, 'it goes on');
        assert.equal(await node.epoch(1), null);
        assert.equal(await node.settlement(0, 0), null);
      }
      assert.equal(await devOf(back).advanceEpoch(1), 1);
      await untilHeight(first, back.head().header.height);
      assert.ok(((await first.epoch(1))?.startHeight ?? 0) > height, 'this time it began later');
      assert.equal((await first.settlement(0, 0))?.done, true);
      await assertSame(cluster.nodes());
    }));

  it('has an account do what it did not sign', () =>
    withCluster({ validators: 2, blockMode: { kind: 'manual' } }, async cluster => {
      const nodes = await Promise.all([0, 1].map(cluster.start));
      const first = nodes[0] as Node;
      const { free } = getAccount(first.state(), alice.account);
      const call = { kind: 'transfer', to: bob.account, amount: 5n } as const;
      const hash = await devOf(first).impersonate(alice.account, call);
      const found = await first.transaction(hash);
      assert.ok(found.status === 'final' && found.outcome.ok);
      assert.deepEqual(getAccount(first.state(), alice.account), { nonce: 0, free: free - 5n });
      const failing = await devOf(first).impersonate(alice.account, { ...call, amount: free });
      const failed = await first.transaction(failing);
      assert.ok(failed.status === 'final' && failed.outcome.failure?.code === 'INSUFFICIENT_BALANCE');
      await Promise.all(nodes.map(node => untilHeight(node, first.head().header.height)));
      await assertSame(nodes);
    }));
});

const devOf = (node: Node | undefined): DevApi => node?.dev ?? assert.fail('not a devnet');
