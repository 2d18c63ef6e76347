/** What a node and a gateway count of their RPC. */
import assert from 'node:assert/strict';
import { errorIn, labelOf } from '../../devnet/supervisor/figures.ts';
import { createRpcMetrics } from '../../node/rpc/metrics.ts';
import { DOORS, type Door } from './doors.ts';
import { ask, line, post } from './support.ts';

const none = { delayed: 0, errors: 0, stale: 0, dropped: 0 };

describe('figures of the RPC', () => {
  it('have buckets that grow to the count', () => {
    const figures = createRpcMetrics({ node: 'n', gauges: () => [], faults: () => none });
    for (const seconds of [0.0001, 0.0005, 0.02, 3, 600]) figures.onCall('a_b', null, seconds);
    const text = figures.text();
    const buckets = [...text.matchAll(/_bucket\{method="a_b",node="n",le="([^"]+)"\} (\d+)/g)].map(
      ([, bound, many]) => `${bound}:${many}`,
    );
    assert.equal(buckets.join(' '), '0.0005:2 0.001:2 0.005:2 0.025:3 0.1:3 0.5:3 2.5:3 10:4 60:4 +Inf:5');
    assert.match(text, /^devnet_rpc_request_seconds_sum\{method="a_b",node="n"\} 603\.02/m);
    assert.match(text, /^devnet_rpc_request_seconds_count\{method="a_b",node="n"\} 5$/m);
  });

  it('have an end, whatever strangers ask for', () => {
    const figures = createRpcMetrics({ node: 'n', gauges: () => [], faults: () => none });
    figures.onCall('chain_head', null, 0);
    for (const error of ['METHOD_NOT_FOUND', 'NO_NODE', 'ANSWER_TOO_LARGE'])
      figures.onCall(`x_${error}`, error, 0);
    figures.onCall('chain_head', 'NO_NODE', 0);
    assert.ok(!figures.text().includes('x_'));
    assert.match(figures.text(), /requests_total\{method="chain_head",outcome="failed",node="n"\} 1$/m);
    for (let n = 0; n < 10_000; n++) figures.onCall(`y_${n}`, null, 0);
    const labels = new Set([...figures.text().matchAll(/method="([^"]+)"/g)].map(([, name]) => name));
    assert.ok(labels.size <= 257, `${labels.size}`);
    assert.ok(labels.has('chain_head') && labels.has('unknown'));
  });

  it('of a gateway know an answer that failed by its first bytes, whatever its id is', () => {
    const failed = '"error":{"code":1,"message":"x","data":{"name":"NO_NODE","hint":"\\"name\\":"}}}';
    for (const id of ['1', 'null', '"a"', '"\\"error\\":{"', '"\\\\"']) {
      assert.equal(errorIn(`{"jsonrpc":"2.0","id":${id},${failed}`), 'NO_NODE', id);
      assert.equal(errorIn(`{"jsonrpc":"2.0","id":${id},"result":{"error":{"name":"NO_NODE"}}}`), null, id);
    }
    assert.equal(errorIn('{"jsonrpc":"2.0","id":1,"error":{"code":1}}'), 'FAILED');
    assert.equal(errorIn(''), null);
  });

  it('of a gateway name a message by its method', () => {
    const label = (text: string) => labelOf(Buffer.from(text));
    assert.equal(label('{"params":{"method":"x"},"method":"chain_head"}'), 'chain_head');
    assert.equal(label('{"m\\u0065thod":"chain_head"}'), 'chain_head');
    assert.equal(label('[{"method":"x"}]'), 'batch');
    for (const text of ['', '{', '1', 'null', '{"method":7}']) assert.equal(label(text), 'invalid', text);
  });

  for (const [kind, open] of DOORS)
    describe(`of a ${kind}`, () => {
      let door: Door;
      before(async () => {
        door = await open();
      });
      after(() => door.close());

      it('count requests by method and outcome, and names that there are not as one', async () => {
        const node = kind === 'node' ? 'fake' : 'gateway';
        for (let n = 0; n < 3; n++) await ask(door.url, 'chain_head');
        await ask(door.url, 'chain_getBlock', { block: 99 });
        for (const name of ['x_1', 'x_2', 'dev_x3', 'rpc_x4']) await ask(door.url, name);
        await post(door.url, JSON.stringify({ jsonrpc: '2.0', method: 'x_5' }));
        await post(door.url, JSON.stringify({ jsonrpc: '1.0', id: 1, method: 'x_6' }));
        await post(door.url, `[${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'node_info' })}]`);
        if (kind === 'gateway') await ask(door.url, 'dev_nodeRestart', [9]);
        const socket = await line(door.url);
        await socket.ask('chain_head');
        const text = await (await fetch(`${door.url}/metrics`)).text();
        socket.close();
        const counted = (method: string, outcome: string) =>
          new RegExp(
            `^devnet_rpc_requests_total\\{method="${method}",outcome="${outcome}",node="${node}"\\} (\\d+)$`,
            'm',
          ).exec(text)?.[1];
        // A node counts what it is asked by WebSocket; the gateway leaves that to it.
        assert.equal(counted('chain_head', 'ok'), kind === 'node' ? '4' : '3');
        assert.equal(counted('chain_getBlock', 'failed'), '1');
        // What is no request, a node does not count at all; a notification has no answer that a gateway could see.
        assert.equal(counted('unknown', 'failed'), '5');
        if (kind === 'gateway') assert.equal(counted('notification', 'ok'), '1');
        assert.equal(counted(kind === 'node' ? 'node_info' : 'batch', 'ok'), '1');
        if (kind === 'gateway') assert.equal(counted('dev_nodeRestart', 'failed'), '1');
        assert.ok(!/x_[0-9]|dev_x3|rpc_x4/.test(text), 'a stranger gets no label');
        assert.match(text, new RegExp(`^devnet_rpc_websockets\\{node="${node}"\\} 1$`, 'm'));
        assert.match(
          text,
          new RegExp(
            `^devnet_rpc_request_seconds_bucket\\{method="unknown",node="${node}",le="\\+Inf"\\} 5$`,
            'm',
          ),
        );
        assert.equal(text.match(/^# TYPE devnet_rpc_request_seconds histogram$/gm)?.length, 1);
      });
    });
});
