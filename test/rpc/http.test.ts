/** Paths, limits, timeouts and origins of the HTTP side. */
import assert from 'node:assert/strict';
import { RpcStartError, startRpc } from '../../node/rpc/index.ts';
import { createFakeNode } from './fakeNode.ts';
import { ask, logInto, post, raw, type Served, serve } from './support.ts';

const errorOf = (text: string) => JSON.parse(text).error as { code: number; data: { name: string } };

describe('RPC over HTTP', () => {
  let served: Served;
  before(async () => {
    served = await serve({
      metrics: () => 'blocks 1\n',
      hosts: ['my-node'],
      limits: { bodyBytes: 300_000, batchLength: 10, answerBytes: 1_500, headersMs: 300, requestMs: 600 },
    });
  });
  after(async () => {
    await served.rpc.close();
    assert.deepEqual(served.defects, []);
  });

  it('answers its pages', async () => {
    const { url } = served.rpc;
    const html = await fetch(url);
    assert.equal(html.status, 200);
    assert.match(await html.text(), /fake-1/);
    assert.deepEqual(await (await fetch(`${url}/healthz`)).json(), { ok: true });
    const figures = await (await fetch(`${url}/metrics?x=1`)).text();
    assert.match(figures, /^blocks 1$/m);
    assert.match(figures, /^devnet_rpc_websockets\{node="fake"\} 0$/m);
    const ready = await fetch(`${url}/readyz`);
    assert.equal(ready.status, 200);
    assert.deepEqual(await ready.json(), { ready: true, height: 1, peers: 1, reasons: [], warnings: [] });
    assert.equal((await fetch(`${url}/nowhere`)).status, 404);
    assert.equal((await fetch(`${url}/nowhere`, { method: 'POST', body: '{}' })).status, 404);
    const head = await fetch(`${url}/healthz`, { method: 'HEAD' });
    assert.equal(await head.text(), '');
    const put = await fetch(url, { method: 'PUT', body: '{}' });
    assert.equal(put.status, 405);
    assert.equal(put.headers.get('allow'), 'POST, GET, HEAD, OPTIONS');
  });

  it('says why it is not ready', async () => {
    const waiting = await serve({}, createFakeNode({ ready: false }));
    const response = await fetch(`${waiting.rpc.url}/readyz`);
    assert.equal(response.status, 503);
    const { reasons } = (await response.json()) as { reasons: string[] };
    assert.deepEqual(reasons, ['no connection with peer peer-3: chain b, this node is on a']);
    await waiting.rpc.close();
  });

  it('lets only so many requests wait for a transaction', async () => {
    const full = await serve({ limits: { waiters: 0 } });
    const { error } = await ask(full.rpc.url, 'tx_wait', { hash: `0x${'11'.repeat(32)}` });
    assert.equal(error?.data.name, 'TOO_MANY_WAITING');
    await full.rpc.close();
  });

  it('names a port in use', async () => {
    const options = { host: '127.0.0.1', port: served.rpc.port, log: logInto([]) };
    await assert.rejects(
      startRpc(createFakeNode(), options),
      (error: unknown) =>
        error instanceof RpcStartError && error.code === 'PORT_IN_USE' && error.hint.length > 0,
    );
  });

  it('refuses a body that is too large, announced or not', async () => {
    const { status, text } = await post(served.rpc.url, ' '.repeat(300_001));
    assert.equal(status, 413);
    assert.equal(errorOf(text).data.name, 'BODY_TOO_LARGE');
    const chunk = `${(0xffff).toString(16)}\r\n${' '.repeat(0xffff)}\r\n`;
    const answer = await raw(
      served.rpc.port,
      `POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n${chunk.repeat(5)}`,
    );
    assert.match(answer, /^HTTP\/1\.1 413 /);
    assert.match(answer, /BODY_TOO_LARGE/);
  });

  it('refuses a batch that is too long', async () => {
    const { text } = await post(served.rpc.url, `[${Array(11).fill('1').join(',')}]`);
    assert.equal(errorOf(text).data.name, 'BATCH_TOO_LONG');
  });

  it('bounds the answers to a batch', async () => {
    const batch = Array.from({ length: 5 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'rpc_methods' }));
    batch.push({ jsonrpc: '2.0', method: 'rpc_methods' } as never);
    const answers = JSON.parse((await post(served.rpc.url, JSON.stringify(batch))).text);
    assert.deepEqual(
      answers.map(
        (each: { id: number; error?: { data: { name: string } } }) => each.error?.data.name ?? each.id,
      ),
      [0, 1, 'ANSWER_TOO_LARGE', 'ANSWER_TOO_LARGE', 'ANSWER_TOO_LARGE'],
    );
  });

  it('refuses what is nested too deeply: arrays, objects, in parameters, in broken JSON', async () => {
    const deep = 100_000;
    const texts = [
      '['.repeat(deep) + ']'.repeat(deep),
      '{"a":'.repeat(deep / 2),
      `{"jsonrpc":"2.0","id":1,"method":"consensus_query","params":[0,"x",${'['.repeat(deep)}${']'.repeat(deep)}]}`,
      '['.repeat(deep),
    ];
    for (const text of texts)
      assert.equal(errorOf((await post(served.rpc.url, text)).text).data.name, 'TOO_DEEP');
    // Brackets inside of texts are no nesting.
    const { result } = await ask(served.rpc.url, 'module_get', { module: 1 });
    assert.ok(result);
    const { error } = await ask(served.rpc.url, 'module_get', { module: `\\"${'['.repeat(50)}` });
    assert.equal(error?.data.name, 'UNKNOWN_MODULE');
  });

  it('gives up on a client that sends its headers, or its body, too slowly', async () => {
    assert.match(await raw(served.rpc.port, 'POST / HTTP/1.1\r\nhost: x\r\n'), /^HTTP\/1\.1 408 /);
    assert.match(
      await raw(served.rpc.port, 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{'),
      /^HTTP\/1\.1 408 /,
    );
  });

  it('answers 400 to what is no HTTP', async () => {
    assert.match(await raw(served.rpc.port, '\u0000\u0001nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /);
  });

  describe('origins', () => {
    const dev = { jsonrpc: '2.0', id: 1, method: 'dev_mine', params: { blocks: 2 } };
    /** Outcome of a dev_ method; node's fetch does not let Host be set. */
    async function devAs(headers: Record<string, string>): Promise<string> {
      const body = JSON.stringify(dev);
      const lines = Object.entries({ 'content-length': String(body.length), ...headers });
      const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      const answer = await raw(served.rpc.port, `POST / HTTP/1.1\r\nconnection: close\r\n${head}\r\n${body}`);
      const response = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
      return response.error?.data.name ?? 'ok';
    }

    it('lets programs, own pages and loopback pages use dev_ methods', async () => {
      const here = `127.0.0.1:${served.rpc.port}`;
      assert.equal(await devAs({ host: here }), 'ok');
      assert.equal(await devAs({ host: 'localhost:1' }), 'ok');
      assert.equal(await devAs({ host: '[::1]:1' }), 'ok');
      assert.equal(await devAs({ host: '192.168.1.5:8700' }), 'ok');
      assert.equal(await devAs({ host: 'my-node:8700' }), 'ok');
      assert.equal(await devAs({ host: here, origin: `http://${here}` }), 'ok');
      assert.equal(await devAs({ host: '192.168.1.5:8700', origin: 'http://192.168.1.5:8700' }), 'ok');
      assert.equal(await devAs({ host: here, origin: 'http://localhost:5173' }), 'ok');
      assert.equal(await devAs({ host: here, origin: 'http://app.localhost' }), 'ok');
    });

    it('refuses them to foreign pages, and to names that were made to resolve here', async () => {
      const here = `127.0.0.1:${served.rpc.port}`;
      const FORBIDDEN = 'FORBIDDEN_ORIGIN';
      assert.equal(await devAs({ host: here, origin: 'https://evil.example' }), FORBIDDEN);
      assert.equal(await devAs({ host: here, origin: 'null' }), FORBIDDEN);
      assert.equal(await devAs({ host: here, origin: 'http://localhost.evil.example' }), FORBIDDEN);
      assert.equal(await devAs({ host: here, origin: 'http://127.0.0.1.evil.example' }), FORBIDDEN);
      assert.equal(await devAs({ host: 'evil.example', origin: 'http://evil.example' }), FORBIDDEN);
      assert.equal(await devAs({ host: 'evil.example' }), FORBIDDEN);
      assert.equal(await devAs({ host: 'evil.example', origin: 'http://localhost' }), FORBIDDEN);
      assert.equal(await devAs({ host: '' }), FORBIDDEN);
    });

    it('lets only loopback pages read across origins', async () => {
      const allowed = async (origin: string, method = 'POST') => {
        const response = await fetch(served.rpc.url, {
          method,
          headers: { origin },
          ...(method === 'POST' ? { body: '{}' } : {}),
        });
        return response.headers.get('access-control-allow-origin');
      };
      assert.equal(await allowed('http://localhost:5173'), 'http://localhost:5173');
      assert.equal(await allowed('http://localhost:5173', 'OPTIONS'), 'http://localhost:5173');
      assert.equal(await allowed('https://evil.example'), null);
      assert.equal(await allowed('https://evil.example', 'OPTIONS'), null);
    });
  });

  it('refuses dev_ methods on a chain that is no devnet, and does not list them', async () => {
    const production = await serve({}, createFakeNode({ devnet: false }));
    const { error } = await ask(production.rpc.url, 'dev_mine');
    assert.equal(error?.data.name, 'NOT_A_DEVNET');
    const { result } = await ask(production.rpc.url, 'rpc_methods');
    assert.deepEqual(
      (result as string[]).filter(name => name.startsWith('dev_')),
      [],
    );
    await production.rpc.close();
  });

  it('logs a defect of the node and hides it from the caller', async () => {
    const broken = createFakeNode();
    broken.nextOutcome = new TypeError('secret detail');
    const failing = await serve({}, broken);
    const { error } = await ask(failing.rpc.url, 'tx_simulate', { tx: '0x00' });
    assert.equal(error?.data.name, 'WRONG_TYPE');
    const { error: internal } = await ask(failing.rpc.url, 'tx_build', {
      from: '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY',
      call: { kind: 'transfer', to: '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty', amount: '1' },
    });
    assert.equal(internal?.code, -32603);
    assert.ok(!JSON.stringify(internal).includes('secret'));
    assert.equal(failing.defects.length, 1);
    await failing.rpc.close();
  });
});
