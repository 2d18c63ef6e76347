/** The client's own part: transports, reconnection, errors. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeTransaction } from '../../chain/index.ts';
import { createClient, RpcError, signTransaction } from '../../node/client/index.ts';
import { alice, bob, CHAIN_ID, createFakeNode, OK, transferBytes } from './fakeNode.ts';
import { serve } from './support.ts';

const named = (name: string) => (error: unknown) => error instanceof RpcError && error.name === name;

describe('client', () => {
  it('says that nobody answers, that something else does, and that it takes too long', async () => {
    const silent = createServer((request, response) => {
      if (request.url === '/text') response.end('hello');
      if (request.url === '/json') response.end('{"a":1}');
    });
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    await assert.rejects(createClient(`${url}/text`).getHead(), named('BAD_RESPONSE'));
    await assert.rejects(createClient(`${url}/json`).getHead(), named('BAD_RESPONSE'));
    await assert.rejects(createClient(`${url}/slow`, { timeoutMs: 50 }).getHead(), named('TIMEOUT'));
    silent.closeAllConnections();
    await new Promise(resolve => silent.close(resolve));
    await assert.rejects(createClient(url).getHead(), named('UNREACHABLE'));
    await assert.rejects(createClient(url).subscribeBlocks({ onBlock: () => {} }), named('UNREACHABLE'));
  });

  it('carries errors of the node whole', async () => {
    const { rpc } = await serve();
    await assert.rejects(createClient(rpc.url).getModule({ module: 'x' }), (error: unknown) => {
      assert.ok(error instanceof RpcError);
      assert.equal(error.code, 3130);
      assert.equal(error.name, 'UNKNOWN_MODULE');
      assert.equal(error.message, 'there is no module x');
      assert.ok(error.hint.length > 0);
      assert.deepEqual(error.data, { module: 'x' });
      return true;
    });
    await rpc.close();
  });

  it('waits for finality as long as it is told, and is told when a transaction was dropped', async () => {
    const { rpc, node } = await serve();
    const client = createClient(rpc.url);
    const tx = signTransaction(
      {
        chainId: CHAIN_ID,
        sender: alice.account,
        nonce: 9,
        feeLimit: 1n,
        expiry: null,
        call: { kind: 'transfer', to: bob.account, amount: 1n },
      },
      alice,
    );
    await assert.rejects(client.submitAndWait({ tx, timeout: 1 }), (error: unknown) => {
      assert.ok(named('WAIT_TIMEOUT')(error));
      return (error as RpcError).data.hash !== undefined;
    });
    const [hash] = node.pool.keys();
    assert.ok(hash);
    const waiting = client.waitForTransaction({ hash });
    node.pool.delete(hash);
    node.statuses.set(hash, { status: 'dropped', reason: 'EXPIRED', message: 'too late' });
    await assert.rejects(waiting, named('TRANSACTION_DROPPED'));
    const stopping = client.submitAndWait({ tx: `0x${Buffer.from(transferBytes(77)).toString('hex')}` });
    while (node.pool.size === 0) await new Promise(resolve => setImmediate(resolve));
    const rejected = assert.rejects(stopping, (error: unknown) => error instanceof RpcError);
    await rpc.close();
    await rejected;
  });

  it('send: signs with the next nonce and waits for the block', async () => {
    const { rpc, node } = await serve();
    const client = createClient(rpc.url);
    const sending = client.send({
      from: alice,
      call: { kind: 'transfer', to: bob.account, amount: 1n },
    });
    while (node.pool.size === 0) await new Promise(resolve => setImmediate(resolve));
    const [encoded] = node.pool.values();
    assert.ok(encoded);
    assert.equal(decodeTransaction(encoded).transaction.nonce, 3);
    node.publish([encoded]);
    assert.equal((await sending).fee, OK.fee);
    await rpc.close();
  });

  it('connects again after a loss, subscribes again, and says that notices may be missing', async () => {
    const first = await serve();
    const { port } = first.rpc;
    const client = createClient(first.rpc.url);
    const heights: number[] = [];
    let heard: () => void = () => {};
    let again: (dropped: number | null) => void = () => {};
    const reconnected = new Promise<number | null>(resolve => {
      again = resolve;
    });
    const stop = await client.subscribeBlocks({
      onBlock({ height }) {
        heights.push(height);
        heard();
      },
      onLag: dropped => again(dropped),
    });
    const nextBlock = () =>
      new Promise<void>(resolve => {
        heard = resolve;
      });
    let wait = nextBlock();
    first.node.publish();
    await wait;
    await first.rpc.close();
    const second = await serve({ port }, createFakeNode());
    assert.equal(await reconnected, null);
    wait = nextBlock();
    second.node.publish();
    await wait;
    assert.deepEqual(heights, [2, 2]);
    await stop();
    await stop();
    // The last one closes the connection.
    while (second.rpc.counts().connections > 0) await new Promise(resolve => setImmediate(resolve));
    client.close();
    await assert.rejects(client.subscribeBlocks({ onBlock: () => {} }), named('CLOSED'));
    await second.rpc.close();
  });
});
