/** JSON-RPC 2.0 to the letter, the same over both transports, of a node and of a gateway. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { DOORS, type Door } from './doors.ts';
import { type Line, line, post, raw } from './support.ts';

const called = (id: string, rest = '"method":"epoch_current"'): string =>
  `{"jsonrpc":"2.0","id":${id},${rest}}`;
/** The first integer that JSON readers do not agree on, as it is after its digits were lost. */
const UNSAFE = '9007199254740993';

/** What must come back: null for nothing at all. Results and error codes are compared, texts are not. */
type Case = readonly [name: string, sent: string, expected: unknown];
const cases: readonly Case[] = [
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
    'duplicate parameters: the last one counts',
    called('1', '"method":"chain_getBlock","params":{"block":true,"block":1}'),
    { id: 1, result: true },
  ],
  ['an empty text as id', called('""'), { id: '', result: true }],
  ['a negative id', called('-7'), { id: -7, result: true }],
  ['an id of half a surrogate pair', called('"\\ud800"'), { id: '\ud800', result: true }],
  ['the largest integer as id', called('9007199254740991'), { id: 9_007_199_254_740_991, result: true }],
  ['an id that would lose digits', called(UNSAFE), { id: null, error: -32600 }],
  ['an id of more digits than doubles have', called('1e21'), { id: null, error: -32600 }],
  ['an id beyond all doubles', called('1e400'), { id: null, error: -32600 }],
  ['an id that is an array', called('[1]'), { id: null, error: -32600 }],
  ['an id that is false', called('false'), { id: null, error: -32600 }],
  [
    'parameters that are a number',
    called('4', '"method":"epoch_current","params":1'),
    { id: 4, error: -32600 },
  ],
  [
    'parameters that are true',
    called('4', '"method":"epoch_current","params":true'),
    { id: 4, error: -32600 },
  ],
  [
    'an empty array of parameters',
    called('4', '"method":"epoch_current","params":[]'),
    { id: 4, result: true },
  ],
  [
    'an empty object of parameters',
    called('4', '"method":"epoch_current","params":{}'),
    { id: 4, result: true },
  ],
  ['a version that is a number', '{"jsonrpc":2.0,"id":4,"method":"epoch_current"}', { id: 4, error: -32600 }],
  ['no method', '{"jsonrpc":"2.0","id":4}', { id: 4, error: -32600 }],
  ['an invalid request without an id is answered', '{"jsonrpc":"2.0"}', { id: null, error: -32600 }],
  ['an empty object', '{}', { id: null, error: -32600 }],
  ['a text', '"epoch_current"', { id: null, error: -32600 }],
  ['members that nobody knows', called('4', '"method":"epoch_current","trace":[1]'), { id: 4, result: true }],
  ['space around', `\r\n\t ${called('4')} \n`, { id: 4, result: true }],
  ['a byte order mark', `\ufeff${called('4')}`, { id: null, error: -32700 }],
  ['something after the request', `${called('4')}x`, { id: null, error: -32700 }],
  ['two requests that are no batch', called('4') + called('5'), { id: null, error: -32700 }],
  ['a comma too many', '[1,]', { id: null, error: -32700 }],
  ['NaN', called('NaN'), { id: null, error: -32700 }],
  ['a method without a name', called('4', '"method":""'), { id: 4, error: -32601 }],
  ['a reserved method that is not there', called('4', '"method":"rpc.secret"'), { id: 4, error: -32601 }],
  ['a method in capitals', called('4', '"method":"CHAIN_HEAD"'), { id: 4, error: -32601 }],
  [
    'a number that would lose digits',
    called('4', `"method":"chain_getBlock","params":[${UNSAFE}]`),
    { id: 4, error: -32602 },
  ],
  [
    'a number beyond all doubles',
    called('4', '"method":"chain_getBlock","params":[1e400]'),
    { id: 4, error: -32602 },
  ],
  ['a batch in a batch', `[[${called('4')}]]`, [{ id: null, error: -32600 }]],
  ['an empty batch in a batch', '[[]]', [{ id: null, error: -32600 }]],
  ['a batch of one', `[${called('4')}]`, [{ id: 4, result: true }]],
  [
    'a batch with the same id twice',
    `[${called('4')},${called('4', '"method":"no"')}]`,
    [
      { id: 4, result: true },
      { id: 4, error: -32601 },
    ],
  ],
  [
    'a batch with an id that would lose digits',
    `[${called(UNSAFE)},${called('5')}]`,
    [
      { id: null, error: -32600 },
      { id: 5, result: true },
    ],
  ],
  [
    "a method that only looks like the cluster's",
    called('4', '"method":"dev_nodeKil","params":[0]'),
    { id: 4, error: -32601 },
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

/** What a gateway answers itself goes through another dispatcher. */
const ownCases: readonly Case[] = [
  ['a call', called('1', '"method":"dev_nodeList"'), { id: 1, result: true }],
  ['positional parameters', called('1', '"method":"dev_nodePause","params":[1]'), { id: 1, result: true }],
  ['wrong parameters', called('1', '"method":"dev_nodePause","params":["x"]'), { id: 1, error: -32602 }],
  [
    'parameters that are null',
    called('1', '"method":"dev_nodeList","params":null'),
    { id: 1, error: -32600 },
  ],
  ['another version', '{"jsonrpc":"1.0","id":1,"method":"dev_nodeList"}', { id: 1, error: -32600 }],
  ['an id that would lose digits', called(UNSAFE, '"method":"dev_nodeList"'), { id: null, error: -32600 }],
  ['a notification', '{"jsonrpc":"2.0","method":"dev_nodeList"}', null],
  ['a broken text', '{"jsonrpc":"2.0","id":1,"method":"dev_nodeList"', { id: null, error: -32700 }],
  [
    'a batch of notifications',
    '[{"jsonrpc":"2.0","method":"dev_nodeList"},{"jsonrpc":"2.0","method":"chain_head"}]',
    null,
  ],
  [
    'a mixed batch, in its order',
    `[${called('1')},{"jsonrpc":"2.0","method":"dev_nodeList"},${called('2', '"method":"dev_nodeList"')},3,
      {"jsonrpc":"2.0","method":"chain_head"},${called('4', '"method":"no"')},{"id":5,"method":"dev_nodeList"}]`,
    [
      { id: 1, result: true },
      { id: 2, result: true },
      { id: null, error: -32600 },
      { id: 4, error: -32601 },
      { id: 5, error: -32600 },
    ],
  ],
  [
    'its name as text elsewhere',
    called('4', '"method":"x","params":["dev_nodeKill"]'),
    { id: 4, error: -32601 },
  ],
];

for (const [kind, open] of DOORS)
  describe(`JSON-RPC 2.0 of a ${kind}`, () => {
    let door: Door;
    let socket: Line;
    before(async () => {
      door = await open();
      socket = await line(door.url);
    });
    after(async () => {
      socket.close();
      await door.close();
      assert.deepEqual(door.served.defects, []);
    });

    for (const [name, sent, expected] of kind === 'node' ? cases : [...cases, ...ownCases]) {
      it(`HTTP: ${name}`, async () => {
        const { status, text, headers } = await post(door.url, sent);
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

    it('HTTP: bytes that are no UTF-8', async () => {
      const body = Buffer.from(called('"\xff"'), 'latin1');
      const response = await fetch(door.url, { method: 'POST', body });
      assert.deepEqual(essence(await response.json()), { id: null, error: -32700 });
    });

    it('WebSocket: bytes that are no UTF-8, as bytes and as text', async () => {
      socket.socket.send(Buffer.from(called('"\xff"'), 'latin1'));
      assert.deepEqual(essence(JSON.parse(await socket.next())), { id: null, error: -32700 });
      const other = await line(door.url);
      const closed = once(other.socket, 'close');
      other.socket.send(Buffer.from(called('"\xff"'), 'latin1'), { binary: false });
      const [code] = await closed;
      // Not UTF-8 (RFC 6455, 7.4.1).
      assert.equal(code, 1007);
    });

    it('WebSocket: requests as bytes', async () => {
      socket.socket.send(Buffer.from(called('8')));
      assert.deepEqual(essence(JSON.parse(await socket.next())), { id: 8, result: true });
    });

    it('HTTP: any content type, since curl sends that of a form', async () => {
      for (const type of [
        'application/json; charset=utf-8',
        'text/plain',
        'application/x-www-form-urlencoded',
      ])
        assert.deepEqual(
          essence(JSON.parse((await post(door.url, called('6'), { 'content-type': type })).text)),
          { id: 6, result: true },
        );
      const body = called('7');
      const answer = await raw(
        door.port,
        `POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
      assert.match(answer, /"id":7/);
    });

    it('HTTP: other methods and other paths', async () => {
      const of = async (path: string, init: RequestInit) => {
        const response = await fetch(door.url + path, init);
        const text = await response.text();
        return { response, status: response.status, text };
      };
      assert.equal((await of('/', { method: 'GET' })).status, 200);
      const head = await of('/', { method: 'HEAD' });
      assert.deepEqual([head.status, head.text], [200, '']);
      assert.ok(Number(head.response.headers.get('content-length')) > 0);
      for (const path of ['/healthz', '/readyz?x=1', '/metrics'])
        assert.equal((await of(path, { method: 'GET' })).status, 200, path);
      for (const [path, init, status, error] of [
        ['/nowhere', { method: 'GET' }, 404, -32008],
        ['/nowhere', { method: 'POST', body: called('1') }, 404, -32008],
        ['/healthz', { method: 'POST', body: called('1') }, 404, -32008],
        ['/', { method: 'PUT', body: called('1') }, 405, -32007],
        ['/', { method: 'DELETE' }, 405, -32007],
      ] as const) {
        const answer = await of(path, init);
        assert.equal(answer.status, status, `${init.method} ${path}`);
        assert.deepEqual(essence(JSON.parse(answer.text)), { id: null, error });
      }
    });

    it('HTTP: a body that is too large is refused, announced or not', async () => {
      const { status, text } = await post(door.url, ' '.repeat(1024 * 1024 + 1));
      assert.equal(status, 413);
      assert.deepEqual(essence(JSON.parse(text)), { id: null, error: -32001 });
      const chunk = `${(0xffff).toString(16)}\r\n${' '.repeat(0xffff)}\r\n`;
      const answer = await raw(
        door.port,
        `POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n${chunk.repeat(17)}`,
      );
      assert.match(answer, /^HTTP\/1\.1 413 [\s\S]*BODY_TOO_LARGE/);
    });

    it('WebSocket: a message that is too large ends the connection', async () => {
      const other = await line(door.url);
      const closed = once(other.socket, 'close');
      other.socket.send(' '.repeat(1024 * 1024 + 1));
      const [code] = await closed;
      assert.equal(code, 1009);
    });

    it('a batch that is too long, and text that is too deep', async () => {
      const long = `[${Array(1_001).fill(called('1', '"method":"dev_nodeList"')).join(',')}]`;
      const deep = called('1', `"method":"dev_nodeList","params":${'['.repeat(70)}${']'.repeat(70)}`);
      for (const [sent, error] of [
        [long, -32002],
        [deep, -32003],
      ] as const) {
        const expected = { id: null, error };
        assert.deepEqual(essence(JSON.parse((await post(door.url, sent)).text)), expected);
        socket.socket.send(sent);
        assert.deepEqual(essence(JSON.parse(await socket.next())), expected);
      }
    });

    it('pages of loopback may read answers, those of others may not', async () => {
      const seen = async (origin: string, init: RequestInit) => {
        const response = await fetch(door.url, { ...init, headers: { origin } });
        await response.text();
        return [response.status, response.headers.get('access-control-allow-origin')];
      };
      const local = 'http://localhost:5173';
      const foreign = 'https://evil.example';
      const bodies = [
        called('1'),
        called('1', '"method":"dev_nodeList"'),
        '{',
        '{"jsonrpc":"2.0","method":"chain_head"}',
      ];
      for (const body of bodies) {
        const [status, allowed] = await seen(local, { method: 'POST', body });
        assert.ok(status === 200 || status === 204);
        assert.equal(allowed, local, body);
        assert.equal((await seen(foreign, { method: 'POST', body }))[1], null);
      }
      assert.deepEqual(await seen(local, { method: 'OPTIONS' }), [204, local]);
      assert.deepEqual(await seen(foreign, { method: 'OPTIONS' }), [204, null]);
      assert.deepEqual(await seen(local, { method: 'POST', body: ' '.repeat(1024 * 1024 + 1) }), [
        413,
        local,
      ]);
    });
  });
