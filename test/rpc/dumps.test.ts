import assert from 'node:assert/strict';
import { decodeDump, LIMITS } from '../../chain/index.ts';
import { toHex } from '../../consensus/interface/index.ts';
import { createClient } from '../../node/client/index.ts';
import { createFakeNode, fakeDump } from './fakeNode.ts';
import { charlie, withNode } from './realNode.ts';
import { ask, rejectsWith, serve } from './support.ts';

const { hash: dump } = decodeDump(fakeDump);
const partOf = (part: number) =>
  toHex(fakeDump.subarray(part * LIMITS.loadPart, (part + 1) * LIMITS.loadPart));

describe('dumps over RPC', () => {
  it('of a real node hold its state, and are loaded into it', () =>
    withNode(async client => {
      await client.setBalance({ address: charlie.address, free: 5n });
      const made = await client.dump();
      const { chainId, height } = await client.getHead().then(async head => ({
        chainId: (await client.getNodeInfo()).chainId,
        height: head.height,
      }));
      assert.deepEqual([made.chainId, made.height], [chainId, height]);
      assert.deepEqual(decodeDump(made.file).hash, made.dump);
      await client.setBalance({ address: charlie.address, free: 99n });
      const before = await client.getHead();
      const loaded = await client.load({ file: made.file });
      assert.deepEqual(loaded.from, { chainId, height });
      assert.equal((await client.getAccount({ address: charlie.address })).free, 5n);
      const { hash } = await client.getBlock({ block: before.height });
      assert.equal(hash, before.hash, 'what was before can still be read');

      const damaged = made.file.slice();
      damaged[damaged.length >> 1] = (damaged[damaged.length >> 1] ?? 0) ^ 1;
      const at = (await client.getHead()).stateRoot;
      await rejectsWith(client.load({ file: damaged }), 'DUMP_DAMAGED');
      await rejectsWith(client.load({ file: new Uint8Array() }), 'DUMP_INVALID');
      await rejectsWith(client.load({ file: made.file.slice(0, -1) }), 'DUMP_DAMAGED');
      assert.equal((await client.getHead()).stateRoot, at);
    }));

  it('go in parts, in any order, and once more after a part that was lost', async () => {
    const node = createFakeNode();
    const { rpc, defects } = await serve({}, node);
    const client = createClient(rpc.url);
    try {
      const made = await client.dump();
      assert.deepEqual(Buffer.from(made.file), Buffer.from(fakeDump));
      assert.deepEqual([made.chainId, made.height, made.dump], ['far-away', 77, dump]);
      assert.deepEqual(await client.load({ file: made.file }), {
        height: 3,
        dump,
        from: { chainId: 'far-away', height: 77 },
      });
      const send = async (params: object) => ask(rpc.url, 'dev_load', params);
      const missing = async (params: object) => (await send(params)).result as { missing: number };
      assert.equal((await missing({ data: partOf(2), part: 2, parts: 3, dump })).missing, 2);
      assert.equal((await missing({ data: partOf(0), part: 0, parts: 3, dump })).missing, 1);
      assert.equal((await missing({ data: partOf(0), part: 0, parts: 3, dump })).missing, 1);
      const other = `0x${'12'.repeat(32)}`;
      assert.equal((await missing({ data: '0x12', part: 0, parts: 2, dump: other })).missing, 1);
      assert.equal((await missing({ data: partOf(1), part: 1, parts: 3, dump })).missing, 2, 'others came');
      assert.equal((await missing({ data: '0x12', part: 0, parts: 2, dump: other })).missing, 1);
      const wrong = await send({ data: '0x34', part: 1, parts: 2, dump: other });
      assert.equal(wrong.error?.data.name, 'INVALID_PARAMS', 'two bytes are no dump');
      for (const params of [
        { data: '0x', part: 3, parts: 3, dump },
        { data: '0x', part: 0, parts: 3 },
        { data: '0x', part: 0, parts: 999, dump },
        { data: toHex(new Uint8Array(LIMITS.loadPart + 1)), part: 0, parts: 3, dump },
        { data: '0x1', part: 0 },
      ])
        assert.equal((await send(params)).error?.data.name, 'INVALID_PARAMS');
      const gone = await ask(rpc.url, 'dev_dump', { dump: other, part: 0 });
      assert.equal(gone.error?.data.name, 'UNKNOWN_DUMP');
      assert.equal((await ask(rpc.url, 'dev_dump', { dump, part: 3 })).error?.data.name, 'INVALID_PARAMS');
      assert.deepEqual(defects, []);
    } finally {
      client.close();
      await rpc.close();
    }
  });

  it('are never taken for whole where parts are missing', async () => {
    const node = createFakeNode();
    const { rpc } = await serve({}, node);
    const other = await serve({}, createFakeNode());
    let asked = 0;
    // As when another node takes over after the first part.
    const url = (): string => (asked++ === 0 ? rpc.url : other.rpc.url);
    const client = createClient(rpc.url, { fetch: (_, options) => fetch(url(), options) });
    try {
      await rejectsWith(client.load({ file: fakeDump }), 'BAD_RESPONSE');
      asked = 0;
      await rejectsWith(client.dump(), 'UNKNOWN_DUMP');
    } finally {
      client.close();
      await Promise.all([rpc.close(), other.rpc.close()]);
    }
  });

  it('are for pages of this origin only, like all powers of a devnet', async () => {
    const { rpc } = await serve();
    try {
      for (const method of ['dev_dump', 'dev_load']) {
        const { error } = await ask(rpc.url, method, method === 'dev_load' ? { data: '0x' } : {}, {
          origin: 'https://evil.example',
        });
        assert.equal(error?.data.name, 'FORBIDDEN_ORIGIN');
      }
    } finally {
      await rpc.close();
    }
  });
});
