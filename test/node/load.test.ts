/** The state of one cluster in another one of any size. */
import assert from 'node:assert/strict';
import {
  decodeDump,
  getAccount,
  getEpoch,
  getModuleByAlias,
  getValidators,
  type OrdinaryCall,
  TOKEN,
} from '../../chain/index.ts';
import type { DevApi } from '../../node/api.ts';
import type { Node } from '../../node/node.ts';
import { registerModule } from '../support/calls.ts';
import { alice, assertSame, bob, untilHeight, withCluster } from './support/cluster.ts';

const MANUAL = { blockMode: { kind: 'manual' } } as const;

describe('a dump', () => {
  /** Of four validators. */
  let file: Uint8Array = new Uint8Array();
  let epoch = 0;
  let freeOfBob = 0n;

  it('is the same on every node', () =>
    withCluster({ validators: 4, ...MANUAL }, async cluster => {
      const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
      await devOf(nodes[0]).mine(1);
      await devOf(nodes[0]).impersonate(alice.account, registerModule('top') as OrdinaryCall);
      const target = { kind: 'validator', validator: validatorOf(nodes[3]) } as const;
      await devOf(nodes[1]).impersonate(alice.account, { kind: 'stake', target, amount: 7n * TOKEN });
      await devOf(nodes[2]).setBalance(bob.account, 123n);
      epoch = await devOf(nodes[3]).advanceEpoch(6);
      const { height } = (nodes[3] as Node).head().header;
      await Promise.all(nodes.map(node => untilHeight(node, height)));
      const [first, ...others] = nodes.map(node => devOf(node).dump());
      file = first ?? assert.fail();
      for (const other of others) assert.ok(Buffer.from(file).equals(other));
      freeOfBob = getAccount((nodes[0] as Node).state(), bob.account).free;
      assert.equal(decodeDump(file).header.height, height);
    }));

  it('loads into one node, which goes on with it after a restart', () =>
    withCluster({ validators: 1, isolated: [0], ...MANUAL, genesis: { chainId: 'alone' } }, async cluster => {
      const node = await cluster.start(0);
      await devOf(node).mine(1);
      const free = getAccount(node.state(), alice.account).free;
      const { height } = await devOf(node).load(file);
      const check = (loaded: Node): void => {
        assert.equal(getEpoch(loaded.state()).number, epoch);
        assert.equal(getAccount(loaded.state(), bob.account).free, freeOfBob);
        assert.equal(getModuleByAlias(loaded.state(), 'top')?.account, alice.account);
        assert.equal(
          getAccount(loaded.state(), alice.account).free,
          free,
          'the stake on who is not here came back',
        );
        assert.equal(getValidators(loaded.state(), 2).length, 1);
      };
      check(node);
      await cluster.stop(0);
      const again = await cluster.start(0);
      check(again);
      assert.equal((await again.epoch(epoch))?.startHeight, height + 1);
      assert.equal(await again.epoch(0), null, 'epochs of before do not count');
      assert.equal(await devOf(again).advanceEpoch(2), epoch + 2);
      assert.equal((await again.settlement(0, epoch + 1))?.done, true);
    }));

  it('loads into a running cluster as one, with a validator that was away and a node that comes later', () =>
    withCluster({ validators: 4, keys: 4, ...MANUAL, genesis: { chainId: 'many' } }, async cluster => {
      const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
      const first = nodes[0] as Node;
      await devOf(first).mine(1);
      const lost = await devOf(first).impersonate(alice.account, {
        kind: 'transfer',
        to: bob.account,
        amount: 5n,
      });
      await devOf(first).snapshot('before');
      await devOf(first).advanceEpoch(1);

      const before = first.head().header;
      const damaged = file.slice(0, -1);
      await assert.rejects(devOf(first).load(damaged), { code: 'DUMP_DAMAGED' });
      assert.deepEqual(first.head().header, before, 'nothing was sent');

      // One validator ends while the parts come in, as a crash would have it.
      const stopped = new Promise<void>((resolve, reject) => {
        const stop = first.onBlock(() => {
          stop();
          cluster.stop(3).then(resolve, reject);
        });
      });
      const { height, from } = await devOf(nodes[1]).load(file);
      await stopped;
      assert.equal(from.chainId, 'test-chain');
      const late = [await cluster.start(3), await cluster.start(4)];
      await devOf(first).mine(1);
      const target = first.head().header.height;
      for (const node of [first, ...late]) {
        await untilHeight(node, target);
        const status = await node.transaction(lost);
        assert.ok(status.status === 'reverted' && status.by === height, status.status);
        assert.equal(getAccount(node.state(), bob.account).free, freeOfBob);
        assert.equal(getEpoch(node.state()).number, epoch);
        assert.equal(await node.epoch(1), null);
        assert.equal(await node.settlement(0, 0), null);
      }
      await assertSame(cluster.nodes());

      await devOf(first).revert('before');
      assert.equal(getModuleByAlias(first.state(), 'top'), undefined);
      assert.equal((await first.transaction(lost)).status, 'final', 'it counts again');
      assert.equal(await devOf(late[0]).advanceEpoch(1), 1);
      const end = (late[0] as Node).head().header.height;
      await Promise.all(cluster.nodes().map(node => untilHeight(node, end)));
      await assertSame(cluster.nodes());
    }));
});

function devOf(node: Node | undefined): DevApi {
  assert.ok(node?.dev);
  return node.dev;
}

function validatorOf(node: Node | undefined): `0x${string}` {
  return node?.info.validator ?? assert.fail();
}
