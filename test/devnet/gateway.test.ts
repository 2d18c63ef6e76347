import assert from 'node:assert/strict';
import {
  answerControl,
  type Control,
  mayConcernControl,
  type NodeStatus,
} from '../../devnet/supervisor/control.ts';
import { mergeMetrics } from '../../devnet/supervisor/metrics.ts';

const status: NodeStatus = { index: 1, state: 'running', pid: 7, rpc: 'http://x', log: 'l', restarts: 0 };
const calls: string[] = [];
const control: Control = {
  list: () => [status],
  async kill(index) {
    calls.push(`kill ${index}`);
    return { ...status, state: 'dead' };
  },
  async restart(index) {
    if (index > 3) throw new Error(`there is no node ${index}`);
    calls.push(`restart ${index}`);
    return status;
  },
};
const ask = (value: unknown, headers = {}, forward = async (_: Buffer) => '[]') =>
  answerControl(Buffer.from(JSON.stringify(value)), headers, control, forward);

describe('methods about the processes', () => {
  beforeEach(() => calls.splice(0));

  it('are answered by the supervisor', async () => {
    const reply = await ask({ jsonrpc: '2.0', id: 5, method: 'dev_nodeKill', params: { node: 1 } });
    assert.deepEqual(JSON.parse(reply ?? ''), {
      jsonrpc: '2.0',
      id: 5,
      result: { ...status, state: 'dead' },
    });
    assert.deepEqual(calls, ['kill 1']);
  });

  it('take positional parameters, and name what is wrong with them', async () => {
    assert.match(
      (await ask({ jsonrpc: '2.0', id: 1, method: 'dev_nodeRestart', params: [2] })) ?? '',
      /"result"/,
    );
    for (const params of [undefined, [], ['1'], { node: 1.5 }, [9]]) {
      const { error } = JSON.parse(
        (await ask({ jsonrpc: '2.0', id: 1, method: 'dev_nodeRestart', params })) ?? '',
      );
      assert.equal(error.code, -32602);
      assert.equal(error.data.name, 'BAD_NODE');
    }
  });

  it('in a batch, the rest is forwarded and the answers are joined', async () => {
    const other = { jsonrpc: '2.0', id: 2, method: 'chain_head' };
    const reply = await ask([{ jsonrpc: '2.0', id: 1, method: 'dev_nodeList' }, other], {}, async rest => {
      assert.deepEqual(JSON.parse(rest.toString()), [other]);
      return '[{"jsonrpc":"2.0","id":2,"result":"head"}]';
    });
    assert.deepEqual(
      JSON.parse(reply ?? '').map(({ id }: { id: number }) => id),
      [1, 2],
    );
  });

  it('a notification is obeyed and not answered', async () => {
    assert.equal(await ask({ jsonrpc: '2.0', method: 'dev_nodeKill', params: [0] }), null);
    assert.deepEqual(calls, ['kill 0']);
  });

  it('are refused for pages of other sites', async () => {
    const request = { jsonrpc: '2.0', id: 1, method: 'dev_nodeKill', params: [0] };
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1.evil.example'])
      assert.match((await ask(request, { origin, host: '127.0.0.1:8700' })) ?? '', /FOREIGN_ORIGIN/);
    assert.deepEqual(calls, []);
    assert.match(
      (await ask(request, { origin: 'http://localhost:5173', host: '127.0.0.1:8700' })) ?? '',
      /"result"/,
    );
  });

  it('everything else is left to the node', async () => {
    assert.equal(mayConcernControl(Buffer.from('{"method":"chain_head"}')), false);
    assert.equal(await ask({ jsonrpc: '2.0', id: 1, method: 'x', params: ['dev_nodeKill'] }), undefined);
    assert.equal(await answerControl(Buffer.from('{"dev_node'), {}, control, async () => ''), undefined);
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
