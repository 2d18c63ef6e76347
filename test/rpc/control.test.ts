/** The powers of a devnet, over RPC. */
import assert from 'node:assert/strict';
import { alice } from '../node/support/cluster.ts';
import { charlie, withNode } from './realNode.ts';
import { rejectsWith } from './support.ts';

describe('RPC of a devnet', () => {
  it('puts time forward, and has accounts do what they did not sign', () =>
    withNode(async client => {
      const { time } = await client.getHead();
      const moved = await client.increaseTime({ ms: 90_000 });
      assert.equal(moved.ahead, 90_000);
      assert.ok(moved.time >= time + 90_000);
      assert.equal((await client.getHead()).time, moved.time);
      await rejectsWith(client.increaseTime({ ms: 0 }), 'INVALID_PARAMS');
      const call = { kind: 'transfer', to: charlie.address, amount: '11' } as const;
      const before = (await client.getAccount({ address: charlie.address })).free;
      const done = await client.impersonate({ from: alice.address, call });
      assert.ok(done.ok);
      assert.equal((await client.getAccount({ address: charlie.address })).free, before + 11n);
      const [transaction] = (await client.getBlock({ block: done.height })).transactions;
      assert.deepEqual(transaction?.call, {
        kind: 'dev',
        operation: { kind: 'impersonate', account: alice.address, call },
      });
      const args = '0x';
      const broken = { kind: 'call', consensus: 0, method: 'nothing', args } as const;
      await rejectsWith(client.impersonate({ from: alice.address, call: broken }), 'UNKNOWN_METHOD');
      const nested = { kind: 'dev', operation: { kind: 'advanceEpoch' } } as const;
      await rejectsWith(client.impersonate({ from: alice.address, call: nested }), 'INVALID_PARAMS');
    }));
});
