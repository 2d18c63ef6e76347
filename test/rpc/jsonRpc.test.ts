/** JSON-RPC 2.0 to the letter, the same over both transports. */
import assert from 'node:assert/strict';
import { type Line, line, post, type Served, serve } from './support.ts';

/** What must come back: null for nothing at all. Results and error codes are compared, texts are not. */
const cases: readonly (readonly [name: string, sent: string, expected: unknown])[] = [
  ['a call without parameters', '{"jsonrpc":"2.0","id":1,"method":"epoch_current"}', { id: 1, result: true }],
  [
    'named parameters',
    '{"jsonrpc":"2.0","id":2,"method":"chain_getBlock","params":{"block":1}}',
    { id: 2, result: true },
  ],
  [
    'positional parameters',
    '{"jsonrpc":"2.0","id":3,"method":"chain_getBlock","params":[1]}',
    { id: 3, result: true },
  ],
  ['a text id', '{"jsonrpc":"2.0","id":"x","method":"epoch_current"}', { id: 'x', result: true }],
  ['a null id', '{"jsonrpc":"2.0","id":null,"method":"epoch_current"}', { id: null, result: true }],
  ['a fractional id', '{"jsonrpc":"2.0","id":1.5,"method":"epoch_current"}', { id: 1.5, result: true }],
  ['not JSON', '{"jsonrpc":"2.0","method":"foobar,"params":"bar","baz]', { id: null, error: -32700 }],
  ['no text at all', '', { id: null, error: -32700 }],
  ['a batch that is not JSON', '[{"jsonrpc":"2.0","method":"a"},{"jsonrpc"', { id: null, error: -32700 }],
  ['no object', '1', { id: null, error: -32600 }],
  ['null', 'null', { id: null, error: -32600 }],
  ['a method that is no text', '{"jsonrpc":"2.0","method":1,"params":"bar"}', { id: null, error: -32600 }],
  ['another version', '{"jsonrpc":"1.0","id":4,"method":"epoch_current"}', { id: 4, error: -32600 }],
  ['no version', '{"id":4,"method":"epoch_current"}', { id: 4, error: -32600 }],
  [
    'parameters that are a text',
    '{"jsonrpc":"2.0","id":4,"method":"epoch_current","params":"x"}',
    { id: 4, error: -32600 },
  ],
  [
    'parameters that are null',
    '{"jsonrpc":"2.0","id":4,"method":"epoch_current","params":null}',
    { id: 4, error: -32600 },
  ],
  [
    'an id that is an object',
    '{"jsonrpc":"2.0","id":{},"method":"epoch_current"}',
    { id: null, error: -32600 },
  ],
  ['an id that is true', '{"jsonrpc":"2.0","id":true,"method":"epoch_current"}', { id: null, error: -32600 }],
  ['an empty batch', '[]', { id: null, error: -32600 }],
  ['a batch of nonsense', '[1]', [{ id: null, error: -32600 }]],
  [
    'a longer batch of nonsense',
    '[1,2,3]',
    [
      { id: null, error: -32600 },
      { id: null, error: -32600 },
      { id: null, error: -32600 },
    ],
  ],
  ['an unknown method', '{"jsonrpc":"2.0","id":"1","method":"foobar"}', { id: '1', error: -32601 }],
  ['a method of Object', '{"jsonrpc":"2.0","id":5,"method":"constructor"}', { id: 5, error: -32601 }],
  [
    'an unknown parameter',
    '{"jsonrpc":"2.0","id":5,"method":"epoch_current","params":{"a":1}}',
    { id: 5, error: -32602 },
  ],
  [
    'too many parameters',
    '{"jsonrpc":"2.0","id":5,"method":"epoch_current","params":[1]}',
    { id: 5, error: -32602 },
  ],
  [
    'a parameter of a wrong type',
    '{"jsonrpc":"2.0","id":5,"method":"chain_getBlock","params":[true]}',
    { id: 5, error: -32602 },
  ],
  ['a missing parameter', '{"jsonrpc":"2.0","id":5,"method":"account_get"}', { id: 5, error: -32602 }],
  ['a notification', '{"jsonrpc":"2.0","method":"epoch_current"}', null],
  ['a notification for an unknown method', '{"jsonrpc":"2.0","method":"foobar"}', null],
  ['a notification with wrong parameters', '{"jsonrpc":"2.0","method":"account_get","params":[1,2,3]}', null],
  [
    'a batch of notifications',
    '[{"jsonrpc":"2.0","method":"epoch_current"},{"jsonrpc":"2.0","method":"foobar"}]',
    null,
  ],
  [
    'a mixed batch',
    `[{"jsonrpc":"2.0","id":"1","method":"epoch_current"},{"jsonrpc":"2.0","method":"epoch_current"},
      {"foo":"boo"},{"jsonrpc":"2.0","id":"5","method":"foo.get"},
      {"jsonrpc":"2.0","id":"9","method":"rpc_methods"}]`,
    [
      { id: '1', result: true },
      { id: null, error: -32600 },
      { id: '5', error: -32601 },
      { id: '9', result: true },
    ],
  ],
  [
    'duplicate keys: the last one counts',
    '{"jsonrpc":"2.0","id":1,"id":2,"method":"epoch_current"}',
    { id: 2, result: true },
  ],
  [
    'a key named __proto__',
    '{"jsonrpc":"2.0","id":1,"method":"epoch_current","params":{"__proto__":{"a":1}}}',
    { id: 1, error: -32602 },
  ],
];

/** A response without what may vary; every form is checked on the way. */
function essence(response: unknown): unknown {
  if (Array.isArray(response)) return response.map(essence);
  const { jsonrpc, id, error, ...rest } = response as Record<string, unknown>;
  assert.equal(jsonrpc, '2.0');
  if (error === undefined) {
    assert.deepEqual(Object.keys(rest), ['result']);
    return { id, result: true };
  }
  assert.deepEqual(rest, {});
  const { code, message, data } = error as { code: number; message: string; data: Record<string, unknown> };
  assert.equal(typeof message, 'string');
  assert.match(String(data.name), /^[A-Z_0-9]+$/);
  assert.equal(typeof data.hint, 'string');
  return { id, error: code };
}

describe('JSON-RPC 2.0', () => {
  let served: Served;
  let socket: Line;
  before(async () => {
    served = await serve();
    socket = await line(served.rpc.url);
  });
  after(async () => {
    socket.close();
    await served.rpc.close();
    assert.deepEqual(served.defects, []);
  });

  for (const [name, sent, expected] of cases) {
    it(`HTTP: ${name}`, async () => {
      const { status, text, headers } = await post(served.rpc.url, sent);
      if (expected === null) {
        assert.equal(status, 204);
        assert.equal(text, '');
        return;
      }
      assert.equal(status, 200);
      assert.equal(headers.get('content-type'), 'application/json');
      assert.deepEqual(essence(JSON.parse(text)), expected);
    });

    it(`WebSocket: ${name}`, async () => {
      socket.socket.send(sent);
      if (expected === null) {
        // Nothing may come before the answer to the next request.
        const { result } = await socket.ask('chain_head');
        assert.ok(result);
        return;
      }
      assert.deepEqual(essence(JSON.parse(await socket.next())), expected);
    });
  }
});
