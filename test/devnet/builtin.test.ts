import assert from 'node:assert/strict';
import { keyPairFromUri } from '../../chain/index.ts';
import { type BuiltinFlags, installBuiltin } from '../../devnet/commands/builtin.ts';
import type { Context } from '../../devnet/context.ts';
import { withNode } from '../rpc/realNode.ts';

const alice = keyPairFromUri('//Alice');

describe('devnet consensus install', () => {
  it('announces a built-in module with its own parameters, where none are given, under a free id', () =>
    withNode(async client => {
      const context = { client, address: async () => alice.address } as unknown as Context;
      const install = (name: string, flags: BuiltinFlags = {}) => installBuiltin(context, name, flags);
      const first = await install('cells', { governor: 'alice', params: '{"pricePerByte":"7"}' });
      const { epoch } = await client.getCurrentEpoch();
      assert.deepEqual(first.value, { id: 1, name: 'cells', version: '1.0.0', activeFrom: epoch + 1 });
      const { value } = await install('cells', { id: '5', fromEpoch: '500' });
      assert.deepEqual(value, { id: 5, name: 'cells', version: '1.0.0', activeFrom: 500 });
      await client.advanceEpoch({ epochs: 1 });
      const { params, root } = (await client.queryConsensus({ id: 1, query: 'system', args: {} })) as {
        readonly params: { readonly pricePerByte: string; readonly governor: string };
        readonly root: { readonly lock: string };
      };
      assert.deepEqual([params.pricePerByte, params.governor], ['7', alice.address]);
      const lock = await client.queryConsensus({ id: 1, query: 'lock', args: { account: alice.address } });
      assert.deepEqual(lock, { lock: root.lock });
      await assert.rejects(install('consensus-0'), { name: 'USAGE' });
      await assert.rejects(install('cells', { params: '{"pricePerByte":7.5}' }));
      await assert.rejects(install('cells', { id: 'x' }), { name: 'USAGE' });
    }));
});
