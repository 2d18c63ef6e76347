/** A node that took a snapshot says what it cannot know; it never says that there is nothing. */
import assert from 'node:assert/strict';
import { createFakeNode } from './fakeNode.ts';
import { ask, type Served, serve } from './support.ts';

const BASE = { height: 500, epoch: 5, settlementsFrom: 6 };

describe('a node that began with a snapshot', () => {
  let served: Served;
  before(async () => {
    served = await serve({}, createFakeNode({ base: BASE }));
  });
  after(async () => {
    await served.rpc.close();
    assert.deepEqual(served.defects, []);
  });
  const refusal = async (method: string, params: object) => {
    const { error } = await ask(served.rpc.url, method, params);
    assert.ok(error, `${method} should be refused`);
    return error;
  };

  it('names the first block that it has', async () => {
    const { result } = await ask(served.rpc.url, 'node_info', {});
    assert.equal((result as { base: number }).base, 500);
  });

  it('tells blocks before it from blocks that are not there', async () => {
    const pruned = await refusal('chain_getBlock', { block: 499 });
    assert.equal(pruned.data.name, 'BLOCK_PRUNED');
    assert.equal(pruned.code, 3020);
    assert.equal(pruned.data.base, 500);
    assert.match(pruned.message, /begin at height 500/);
    assert.match(pruned.data.hint, /whole chain/);
    assert.equal((await refusal('chain_getBlock', { block: 5000 })).data.name, 'BLOCK_NOT_FOUND');
    // A hash may be of either kind, and the answer says so.
    const byHash = await refusal('chain_getBlock', { block: `0x${'ab'.repeat(32)}` });
    assert.equal(byHash.data.name, 'BLOCK_NOT_FOUND');
    assert.match(byHash.message, /from height 500 on/);
  });

  it('does not call an epoch empty whose blocks it does not have', async () => {
    assert.equal((await refusal('epoch_get', { epoch: 4 })).data.name, 'EPOCH_PRUNED');
    assert.equal((await ask(served.rpc.url, 'epoch_get', { epoch: 5 })).error, undefined);
    // Of epoch 5 it has a part only.
    for (const epoch of [0, 5]) {
      const pruned = await refusal('consensus_settlement', { id: 0, epoch });
      assert.equal(pruned.data.name, 'EPOCH_PRUNED');
      assert.equal(pruned.code, 3021);
      assert.match(pruned.message, /from epoch 6 on/);
    }
  });

  it('does not call a transaction unknown without saying from where on', async () => {
    const hash = `0x${'cd'.repeat(32)}` as const;
    served.node.statuses.set(hash, { status: 'unknown', from: 500 });
    assert.deepEqual((await ask(served.rpc.url, 'tx_get', { hash })).result, {
      status: 'unknown',
      hash,
      from: 500,
    });
    const waited = await refusal('tx_wait', { hash });
    assert.equal(waited.data.name, 'UNKNOWN_TRANSACTION');
    assert.equal(waited.data.from, 500);
  });
});
