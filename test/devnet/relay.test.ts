/** WebSockets through the gateway: what it answers itself, what a node tells, and what becomes of both ends. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { startGateway } from '../../devnet/supervisor/gateway.ts';
import { type Door, gatewayDoor } from '../rpc/doors.ts';
import { transferBytes } from '../rpc/fakeNode.ts';
import { line, serve } from '../rpc/support.ts';
import { fakeControl } from './fakeControl.ts';

describe('WebSockets through the gateway', () => {
  let door: Door;
  before(async () => {
    door = await gatewayDoor();
  });
  after(async () => {
    await door.close();
    assert.deepEqual(door.served.defects, []);
  });

  it('reach the processes and the chain over one connection', async () => {
    const socket = await line(door.url);
    assert.ok((await socket.ask('dev_nodeKill', [1])).result);
    assert.ok(door.calls.includes('kill [1]'));
    const { result: id } = await socket.ask('chain_subscribe');
    const { hash } = door.served.node.publish();
    const { params } = JSON.parse(await socket.next());
    assert.deepEqual([params.subscription, params.result.hash], [id, hash]);
    const names = (await socket.ask('rpc_methods')).result as string[];
    assert.ok(names.includes('dev_nodeAdd') && names.includes('chain_head'));
    socket.close();
  });

  it('keep the order of what is for the node, whatever it looks like', async () => {
    const socket = await line(door.url);
    const looksOurs = { jsonrpc: '2.0', id: 1, method: 'x', params: ['"dev_nodeKill'] };
    socket.socket.send(JSON.stringify(looksOurs));
    socket.socket.send('{"jsonrpc":"2.0","id":2,"method":"chain_head"}');
    const ids = [JSON.parse(await socket.next()).id, JSON.parse(await socket.next()).id];
    assert.deepEqual(ids, [1, 2]);
    socket.close();
  });

  it('refuse the methods about the processes, like all others, to foreign pages', async () => {
    const refused = async (headers: Record<string, string>): Promise<number | undefined> => {
      const socket = new WebSocket(door.url.replace('http', 'ws'), { headers });
      const [, response] = await once(socket, 'unexpected-response');
      response.destroy();
      return response.statusCode;
    };
    assert.equal(await refused({ origin: 'https://evil.example' }), 403);
    assert.equal(await refused({ origin: 'http://evil.example', host: 'evil.example' }), 403);
    const named = await line(door.url, { headers: { host: 'evil.example' } });
    const { error } = await named.ask('dev_nodeKill', [0]);
    assert.equal(error?.data.name, 'FORBIDDEN_ORIGIN');
    named.close();
  });

  it('of a reader that reads nothing are no load: notices are dropped, their number is told', async () => {
    const slow = await line(door.url);
    const fast = await line(door.url);
    await slow.ask('tx_subscribe');
    await fast.ask('tx_subscribe');
    slow.socket.pause();
    // 100 KB a notice: both buffers on the way and those of the system are full long before the end.
    const events = [{ source: 9, name: 'Long', data: new Uint8Array(50_000) }];
    const published = 300;
    for (let nonce = 0; nonce < published; nonce++) {
      door.served.node.publish([transferBytes(nonce)], { events });
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
    assert.equal(heard + dropped, published);
    assert.ok(dropped > 0);
    slow.close();
    fast.close();
  });

  it('end when their node goes away, so that clients connect again, and with the client at the node', async () => {
    const socket = await line(door.url);
    await socket.ask('chain_head');
    const closed = once(socket.socket, 'close');
    door.gateway?.release(0);
    // Service Restart, in the registry of RFC 6455.
    assert.equal((await closed)[0], 1012);
    const next = await line(door.url);
    await next.ask('chain_head');
    const before = door.served.rpc.counts().connections;
    next.close();
    while (door.served.rpc.counts().connections === before)
      await new Promise(resolve => setImmediate(resolve));
  });

  it('end when there are better nodes, after the answer of the gateway that they wait for', async () => {
    const served = await serve();
    const { control, faults } = fakeControl();
    const gateway = await startGateway({
      host: '127.0.0.1',
      port: 0,
      backends: () => [{ index: 0, port: served.rpc.port }],
      control: {
        ...control,
        async partition() {
          gateway.leave(0);
          while (served.rpc.counts().connections > 0) await new Promise(resolve => setImmediate(resolve));
          return faults;
        },
      },
      readiness: async () => ({ reasons: [], warnings: [] }),
    });
    const url = `http://127.0.0.1:${gateway.port}`;
    const socket = await line(url);
    await socket.ask('chain_head');
    const closed = once(socket.socket, 'close');
    assert.ok((await socket.ask('dev_partition', [[[0], [1]]])).result);
    assert.equal((await closed)[0], 1012);
    await gateway.close();
    await served.rpc.close();
  });

  it('are refused without a node, and go to the next one when the first does not listen', async () => {
    const served = await serve();
    const { port } = served.rpc;
    const gone = await serve();
    await gone.rpc.close();
    const backends = [{ index: 0, port: gone.rpc.port }];
    const gateway = await startGateway({
      host: '127.0.0.1',
      port: 0,
      backends: () => backends,
      control: fakeControl().control,
      readiness: async () => ({ reasons: [], warnings: [] }),
    });
    const url = `http://127.0.0.1:${gateway.port}`;
    const alone = new WebSocket(url.replace('http', 'ws'));
    const [, response] = await once(alone, 'unexpected-response');
    assert.equal(response.statusCode, 503);
    response.destroy();
    backends.push({ index: 1, port });
    const socket = await line(url);
    assert.ok((await socket.ask('chain_head')).result);
    const closed = once(socket.socket, 'close');
    await gateway.close();
    await closed;
    await served.rpc.close();
  });
});
