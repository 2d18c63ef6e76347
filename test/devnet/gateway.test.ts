import assert from 'node:assert/strict';
import { mayConcernControl } from '../../devnet/supervisor/control.ts';
import { answerControl, refuseAll } from '../../devnet/supervisor/controlRpc.ts';
import { mergeMetrics } from '../../devnet/supervisor/metrics.ts';
import { DEFAULT_LIMITS, RpcFault } from '../../node/rpc/index.ts';
import { createInjector } from '../../node/rpc/injected/injector.ts';
import { fakeControl } from './fakeControl.ts';

const { control, calls, status, faults } = fakeControl();
const desk = { control, injector: createInjector(DEFAULT_LIMITS) };
const HERE = { host: '127.0.0.1:8700' };
const ask = (value: unknown, headers = {}, forward = async (_: string) => '[]') =>
  answerControl(Buffer.from(JSON.stringify(value)), { ...HERE, ...headers }, desk, forward);
/** The reply to one request. */
const reply = async (method: string, params?: unknown) =>
  JSON.parse((await ask({ jsonrpc: '2.0', id: 1, method, params })) ?? '');

describe('methods about the processes', () => {
  beforeEach(() => calls.splice(0));

  it('are answered by the supervisor', async () => {
    const text = await ask({ jsonrpc: '2.0', id: 5, method: 'dev_nodeKill', params: { node: 1 } });
    assert.deepEqual(JSON.parse(text ?? ''), {
      jsonrpc: '2.0',
      id: 5,
      result: { ...status, state: 'killed' },
    });
    assert.deepEqual(calls, ['kill [1]']);
  });

  it('take positional parameters, and name what is wrong with them', async () => {
    assert.deepEqual((await reply('dev_nodeRestart', [2])).result, status);
    for (const params of [undefined, [], ['1'], { node: 1.5 }, { node: -1 }, { node: 1, all: true }]) {
      const { error } = await reply('dev_nodeRestart', params);
      assert.equal(error.code, -32602);
      assert.equal(error.data.name, 'INVALID_PARAMS');
    }
    const { error } = await reply('dev_nodeRestart', [9]);
    assert.equal(error.data.name, 'UNKNOWN_NODE');
    assert.match(error.data.hint, /dev_nodeList/);
  });

  it('name the development accounts, and nothing of their secrets', async () => {
    const { result } = await reply('dev_accounts');
    assert.deepEqual(result, [
      { name: 'alice', address: '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY' },
    ]);
  });

  it('refuse faults that no network could have', async () => {
    for (const [method, params] of [
      ['dev_loss', { percent: 101 }],
      ['dev_loss', { percent: -1 }],
      ['dev_loss', { percent: 5, between: [1] }],
      ['dev_latency', { ms: 1_500, jitter: 501 }],
      ['dev_latency', { ms: 0.5 }],
      ['dev_partition', { groups: [] }],
      ['dev_partition', { groups: [0, 1] }],
      ['dev_heal', { now: true }],
    ] as const)
      assert.equal((await reply(method, params)).error.data.name, 'INVALID_PARAMS', method);
    assert.deepEqual(calls, []);
    assert.deepEqual((await reply('dev_latency', [20, 5, [0, 1]])).result, faults);
    assert.deepEqual(calls, ['latency [{"ms":20,"jitter":5,"between":[0,1]}]']);
  });

  it('are listed and described with those of the nodes', async () => {
    const ofNode: Record<string, unknown> = {
      rpc_methods: ['chain_head'],
      'rpc.discover': {
        openrpc: '1.3.2',
        info: { title: 'devnet', version: '1' },
        methods: [{ name: 'chain_head' }],
        components: { schemas: { Head: {} }, errors: {} },
      },
    };
    const forward = async (text: string) => {
      const { id, method } = JSON.parse(text);
      return JSON.stringify({ jsonrpc: '2.0', id, result: ofNode[method] });
    };
    const about = async (method: string) =>
      JSON.parse((await ask({ jsonrpc: '2.0', id: 1, method }, {}, forward)) ?? '').result;
    const names: string[] = await about('rpc_methods');
    const document = await about('rpc.discover');
    assert.deepEqual(
      document.methods.map(({ name }: { name: string }) => name),
      names,
    );
    assert.ok(
      ['chain_head', 'dev_nodeAdd', 'dev_partition', 'dev_faults'].every(name => names.includes(name)),
    );
    const references = JSON.stringify(document.methods).matchAll(/#\/components\/schemas\/(\w+)/g);
    for (const [, name = ''] of references) assert.ok(Object.hasOwn(document.components.schemas, name), name);
  });

  it('what a node refuses is passed on', async () => {
    const error = { code: -32009, message: 'going down', data: { name: 'STOPPED', hint: 'ask another' } };
    const text = await ask({ jsonrpc: '2.0', id: 1, method: 'rpc_methods' }, {}, async () =>
      JSON.stringify({ jsonrpc: '2.0', id: 1, error }),
    );
    const passed = JSON.parse(text ?? '').error;
    assert.deepEqual([passed.message, passed.data.name], [error.message, 'STOPPED']);
  });

  it('in a batch, the rest is forwarded and the answers come in the order of the requests', async () => {
    const other = { jsonrpc: '2.0', id: 2, method: 'chain_head' };
    const own = { jsonrpc: '2.0', method: 'dev_nodeList' };
    const text = await ask([other, own, { ...own, id: 1 }], {}, async rest => {
      assert.deepEqual(JSON.parse(rest), [other]);
      return '[{"jsonrpc":"2.0","id":2,"result":"head"}]';
    });
    assert.deepEqual(
      JSON.parse(text ?? '').map(({ id }: { id: number }) => id),
      [2, 1],
    );
  });

  it('what was done here is told although no node answers the rest of the batch', async () => {
    const kill = { jsonrpc: '2.0', id: 1, method: 'dev_nodeKill', params: [1] };
    const text = await ask([{ jsonrpc: '2.0', id: 2, method: 'chain_head' }, kill], {}, () =>
      Promise.reject(new RpcFault('NO_NODE', 'no node answers')),
    );
    const [refused, done] = JSON.parse(text ?? '');
    assert.deepEqual([refused.id, refused.error.data.name], [2, 'NO_NODE']);
    assert.deepEqual([done.id, done.result.state], [1, 'killed']);
    assert.deepEqual(calls, ['kill [1]']);
  });

  it('a notification is obeyed and not answered', async () => {
    assert.equal(await ask({ jsonrpc: '2.0', method: 'dev_nodeKill', params: [0] }), null);
    assert.deepEqual(calls, ['kill [0]']);
  });

  it('are refused for pages of other sites', async () => {
    const request = { jsonrpc: '2.0', id: 1, method: 'dev_nodeKill', params: [0] };
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1.evil.example'])
      assert.match((await ask(request, { origin, host: '127.0.0.1:8700' })) ?? '', /FORBIDDEN_ORIGIN/);
    assert.deepEqual(calls, []);
    assert.match(
      (await ask(request, { origin: 'http://localhost:5173', host: '127.0.0.1:8700' })) ?? '',
      /"result"/,
    );
  });

  it('everything else is left to the node', async () => {
    assert.equal(mayConcernControl(Buffer.from('{"method":"chain_head"}')), false);
    assert.equal(ask({ jsonrpc: '2.0', id: 1, method: 'x', params: ['dev_nodeKill'] }), undefined);
    assert.equal(
      answerControl(Buffer.from('{"dev_node'), HERE, desk, async () => ''),
      undefined,
    );
  });

  it('what cannot be carried to a node is refused by id, notifications in silence', () => {
    const gone = new RpcFault('NODE_GONE', 'node 2 went away before it answered');
    const refuse = (value: unknown) =>
      JSON.parse(refuseAll(Buffer.from(JSON.stringify(value)), gone) ?? 'null');
    const single = refuse({ jsonrpc: '2.0', id: 'x', method: 'tx_submit' });
    assert.deepEqual([single.id, single.error.data.name, single.error.code], ['x', 'NODE_GONE', 3015]);
    const batch = refuse([
      { jsonrpc: '2.0', id: 1, method: 'a' },
      { jsonrpc: '2.0', method: 'b' },
    ]);
    assert.deepEqual(
      batch.map(({ id }: { id: number }) => id),
      [1],
    );
    assert.equal(refuse({ jsonrpc: '2.0', method: 'b' }), null);
    assert.equal(JSON.parse(refuseAll(Buffer.from('{'), gone) ?? '').id, null);
  });
});

describe('metrics of a cluster', () => {
  it('describe each metric once and keep the sample of each node', () => {
    const page = (node: string): string =>
      `# HELP height h\n# TYPE height gauge\nheight{node="${node}"} 3\n# TYPE lag histogram\nlag_bucket{node="${node}",le="1"} 2\n`;
    assert.equal(
      mergeMetrics([page('node-0'), page('node-1')]),
      `# HELP height h
# TYPE height gauge
height{node="node-0"} 3
height{node="node-1"} 3

# TYPE lag histogram
lag_bucket{node="node-0",le="1"} 2
lag_bucket{node="node-1",le="1"} 2
`,
    );
  });
});
