import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { KernelCall } from '../../chain/index.ts';
import { alice, bob, charlie, transactionBytes, transferBytes } from './fakeNode.ts';
import { ask, type Line, line, type Served, serve } from './support.ts';

describe('RPC over WebSocket', () => {
  let served: Served;
  const lines: Line[] = [];
  const open = async (): Promise<Line> => {
    const made = await line(served.rpc.url);
    lines.push(made);
    return made;
  };
  before(async () => {
    served = await serve({
      limits: { queuedBytes: 64 * 1024, subscriptionsPerConnection: 3, bodyBytes: 100_000, webSockets: 6 },
    });
  });
  afterEach(async () => {
    for (const { socket } of lines.splice(0)) {
      if (socket.readyState === WebSocket.CLOSED) continue;
      const closed = once(socket, 'close');
      socket.terminate();
      await closed;
    }
    while (served.rpc.counts().connections > 0) await new Promise(resolve => setImmediate(resolve));
  });
  after(async () => {
    await served.rpc.close();
    assert.deepEqual(served.defects, []);
  });

  it('tells of blocks until it is told to stop', async () => {
    const socket = await open();
    const { result: id } = await socket.ask('chain_subscribe');
    const { hash, block } = served.node.publish();
    const { method, params } = JSON.parse(await socket.next());
    assert.equal(method, 'chain_subscription');
    assert.equal(params.subscription, id);
    assert.equal(params.result.hash, hash);
    assert.equal(params.result.height, block.header.height);
    assert.equal((await socket.ask('tx_unsubscribe', [id])).result, false);
    assert.equal((await socket.ask('chain_unsubscribe', [id])).result, true);
    assert.equal((await socket.ask('chain_unsubscribe', [id])).result, false);
    served.node.publish();
    assert.ok((await socket.ask('chain_head')).result);
  });

  it('filters transactions by hash, by sender and by the account they name', async () => {
    const byHash = await open();
    const bySender = await open();
    const byTarget = await open();
    const byOther = await open();
    const transaction = transferBytes(0);
    const hash = await served.node.submit(transaction);
    await byHash.ask('tx_subscribe', { filter: { hash } });
    await bySender.ask('tx_subscribe', { filter: { account: alice.address } });
    await byTarget.ask('tx_subscribe', { filter: { account: bob.address } });
    await byOther.ask('tx_subscribe', { filter: { account: charlie.address } });
    served.node.publish([transaction]);
    for (const socket of [byHash, bySender, byTarget]) {
      const { result } = JSON.parse(await socket.next()).params;
      assert.equal(result.hash, hash);
      assert.equal(result.from, alice.address);
      assert.equal(result.kind, 'transfer');
      assert.equal(result.fee, '1000');
    }
    const { result } = await byOther.ask('tx_get', { hash });
    assert.equal((result as { status: string }).status, 'final');
  });

  it('filters transactions by the module that they change, on either side of a link', async () => {
    const metadata = { kind: 'inline', data: new Uint8Array() } as const;
    const terms = { parent: 1, child: 2, kind: 'replica', shareBps: 1, alias: 'one', metadata } as const;
    const unchanged = { alias: null, consensus: null, prices: null, metadata: null, maxLinks: null };
    const calls: readonly KernelCall[] = [
      { kind: 'proposeLink', terms, expires: 9 },
      { kind: 'updateModule', module: 2, url: 'http://127.0.0.1:1', ...unchanged },
      { kind: 'transfer', to: bob.account, amount: 1n },
      { kind: 'dissolveLink', parent: 1, child: 3 },
      ...[1, 2, 3].map(module => ({ kind: 'retireModule', module }) as const),
    ];
    const sockets = [await open(), await open(), await open()];
    for (const [index, socket] of sockets.entries())
      await socket.ask('tx_subscribe', { filter: { modules: [index + 1] } });
    served.node.publish(calls.map((call, nonce) => transactionBytes(nonce, call)));
    const heard = await Promise.all(sockets.map(untilRetired));
    assert.deepEqual(heard, [
      ['proposeLink', 'dissolveLink', 'retireModule'],
      ['proposeLink', 'updateModule', 'retireModule'],
      ['dissolveLink', 'retireModule'],
    ]);
  });

  it('refuses subscriptions over HTTP, and too many of them', async () => {
    const socket = await open();
    for (let count = 0; count < 3; count++) assert.ok((await socket.ask('chain_subscribe')).result);
    const { error } = await socket.ask('chain_subscribe');
    assert.equal(error?.data.name, 'TOO_MANY_SUBSCRIPTIONS');
    const { error: http } = await ask(served.rpc.url, 'chain_subscribe');
    assert.equal(http?.data.name, 'NEEDS_WEBSOCKET');
  });

  it('drops notices for a slow reader, tells how many, and goes on', async () => {
    const slow = await open();
    await slow.ask('tx_subscribe');
    const fast = await open();
    await fast.ask('tx_subscribe');
    // 100 KB a notice: far more than what the system takes for a reader that reads nothing.
    slow.socket.pause();
    const events = [{ source: 9, name: 'Long', data: new Uint8Array(50_000) }];
    const published = 300;
    for (let nonce = 0; nonce < published; nonce++) {
      served.node.publish([transferBytes(nonce)], { events });
      await fast.next();
    }
    slow.socket.resume();
    let heard = 0;
    let dropped = 0;
    while (heard + dropped < published) {
      const { params } = JSON.parse(await slow.next());
      if (params.lag === undefined) heard += 1;
      else dropped += params.lag.dropped;
    }
    assert.ok(dropped > 0, 'nothing was dropped: the queue is not bounded');
    assert.equal(heard + dropped, published);
    served.node.publish([transferBytes(published)]);
    assert.equal(JSON.parse(await slow.next()).params.result.ok, true);
  });

  it('closes on a message that is too large, and on too many connections', async () => {
    const socket = await open();
    const closed = once(socket.socket, 'close');
    socket.socket.send('x'.repeat(100_001));
    const [code] = await closed;
    assert.equal(code, 1009);
    while (served.rpc.counts().connections > 0) await new Promise(resolve => setImmediate(resolve));
    for (let count = 0; count < 6; count++) await open();
    await assert.rejects(line(served.rpc.url), /503/);
  });

  it('lets no foreign page connect', async () => {
    await assert.rejects(line(served.rpc.url, { origin: 'https://evil.example' }), /403/);
    lines.push(await line(served.rpc.url, { origin: 'http://localhost:5173' }));
  });

  it('answers a flood of requests whose answers nobody reads, in order, later', async () => {
    const socket = await open();
    const count = 5_000;
    for (let id = 0; id < count; id++)
      socket.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'rpc_methods' }));
    for (let id = 0; id < count; id++) assert.equal(JSON.parse(await socket.next()).id, id);
  });

  it('gives up on a peer that does not answer pings', async () => {
    const impatient = await serve({ limits: { heartbeatMs: 30 } });
    const socket = new WebSocket(impatient.rpc.url.replace('http', 'ws'), { autoPong: false });
    await once(socket, 'open');
    await once(socket, 'close');
    await impatient.rpc.close();
  });
});

/** Kinds of the transactions that a subscriber hears of, up to the end of its module. */
async function untilRetired(socket: Line): Promise<string[]> {
  const kinds: string[] = [];
  while (kinds.at(-1) !== 'retireModule') kinds.push(JSON.parse(await socket.next()).params.result.kind);
  return kinds;
}
