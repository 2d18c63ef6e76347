import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import fc from 'fast-check';
import { defineStream } from '../../module/index.ts';
import {
  ALICE,
  authOf,
  BOB,
  callRaw,
  cleanUp,
  headerOf,
  onEnd,
  PRICE,
  post,
  setUp,
} from './support/setup.ts';

/** Writes bytes to a socket and reads until the server closes it or has sent a whole answer. */
function raw(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', chunk => {
      text += chunk;
      if (/\r\n\r\n\{.*\}$/s.test(text)) socket.destroy();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', error => (text === '' ? reject(error) : resolve(text)));
    for (const part of parts) socket.write(part);
  });
}

const nameIn = (answer: string): string => /"name":"(\w+)"/.exec(answer)?.[1] ?? answer.slice(0, 200);

describe('module server, attacked', () => {
  afterEach(cleanUp);

  it('names what is wrong with a request', async () => {
    const { server } = await setUp();
    const { port } = server;
    const line = 'POST /echo HTTP/1.1\r\nhost: x\r\n';
    const auth = `module-auth: ${authOf(headerOf())}\r\n`;
    const cases: readonly (readonly [string, string])[] = [
      ['BAD_REQUEST', 'hello\r\n\r\n'],
      ['BAD_REQUEST', '\0\0\0\0\r\n\r\n'],
      ['HEADERS_TOO_LARGE', `${line}x: ${'y'.repeat(20_000)}\r\n\r\n`],
      ['AUTH_MALFORMED', `${line}module-auth: ${'y'.repeat(9_000)}\r\ncontent-length: 0\r\n\r\n`],
      ['AUTH_MALFORMED', `${line}module-auth: a.b.c\r\ncontent-length: 0\r\n\r\n`],
      ['AUTH_MISSING', `${line}content-length: 0\r\n\r\n`],
      ['METHOD_NOT_ALLOWED', 'GET /echo HTTP/1.1\r\nhost: x\r\n\r\n'],
      ['METHOD_NOT_ALLOWED', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'],
      ['UNKNOWN_FUNCTION', 'POST /%ff HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'],
      ['UNKNOWN_FUNCTION', 'POST /__proto__ HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'],
      ['WRONG_CONTENT_TYPE', `${line}${auth}content-type: text/plain\r\ncontent-length: 2\r\n\r\n{}`],
      ['BAD_JSON', `${line}${auth}content-length: 1\r\n\r\n{`],
      ['BAD_JSON', `${line}${auth}content-length: 2\r\n\r\n[]`],
      ['BAD_JSON', `${line}${auth}content-length: 14\r\n\r\n{"a":"\\ud800"}`],
      ['TOO_DEEP', `${line}${auth}content-length: 200000\r\n\r\n${'['.repeat(200_000)}`],
      ['BODY_TOO_LARGE', `${line}${auth}content-length: 1100000\r\n\r\n${'x'.repeat(1_100_000)}`],
      [
        'BODY_TOO_LARGE',
        `${line}${auth}transfer-encoding: chunked\r\n\r\n${`10000\r\n${'x'.repeat(65_536)}\r\n`.repeat(17)}0\r\n\r\n`,
      ],
    ];
    for (const [name, request] of cases)
      assert.equal(nameIn(await raw(port, request)), name, request.slice(0, 80));
    assert.equal((await callRaw(server)).status, 200);
  });

  it('ends an upload without end', async () => {
    const { server } = await setUp();
    const socket = connect(server.port, '127.0.0.1');
    onEnd(async () => void socket.destroy());
    const ended = new Promise(resolve => socket.once('close', resolve));
    const head = `POST /echo HTTP/1.1\r\nhost: x\r\nmodule-auth: ${authOf(headerOf())}\r\n`;
    socket.write(`${head}transfer-encoding: chunked\r\n\r\n`);
    socket.resume();
    // The server may close while something is on its way to it.
    socket.on('error', ({ message }) => assert.match(message, /EPIPE|ECONNRESET/));
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const more = (): void => void (socket.writable && socket.write(chunk, more));
    more();
    await ended;
    assert.deepEqual(server.status().functions.echo?.refused, { BODY_TOO_LARGE: 1 });
    assert.equal((await callRaw(server)).status, 200);
  });

  it('counts clients that hang up in the middle of their bodies', async () => {
    // Asked right before the body is read.
    let asked = (): void => undefined;
    const allow = (): boolean => {
      asked();
      return true;
    };
    const { server } = await setUp({ functions: { echo: { price: PRICE, run: () => null, allow } } });
    const auth = authOf(headerOf());
    const gone = (): number => server.status().functions.echo?.refused.CLIENT_GONE ?? 0;
    for (const waits of [false, true]) {
      const before = gone();
      const reading = new Promise<void>(resolve => {
        asked = resolve;
      });
      const socket = connect(server.port, '127.0.0.1');
      await new Promise(resolve =>
        socket.write(
          `POST /echo HTTP/1.1\r\nhost: x\r\nmodule-auth: ${auth}\r\ncontent-length: 10\r\n\r\n{`,
          resolve,
        ),
      );
      if (waits) await reading;
      socket.destroy();
      await eventually(() => gone() === before + 1);
    }
    assert.equal(server.counters.failed, 0);
    assert.equal((await callRaw(server)).status, 200);
  });

  it('does not wait for slow requests', async () => {
    const { server } = await setUp({ requestTimeoutMs: 150 });
    assert.equal(nameIn(await raw(server.port, 'POST /echo HTTP/1.1\r\n')), 'REQUEST_TIMEOUT');
    const slowBody = `POST /echo HTTP/1.1\r\nhost: x\r\nmodule-auth: ${authOf(headerOf())}\r\ncontent-length: 10\r\n\r\n{`;
    assert.equal(nameIn(await raw(server.port, slowBody)), 'REQUEST_TIMEOUT');
    assert.equal((await callRaw(server)).status, 200);
  });

  it('answers any auth header and any body with a named error, and goes on', async () => {
    const { server } = await setUp();
    const printable = fc.string({
      unit: fc.integer({ min: 33, max: 126 }).map(code => String.fromCharCode(code)),
    });
    const forged = fc
      .tuple(
        fc.oneof(fc.json(), fc.constant(JSON.stringify({ v: 2 }))),
        fc.constantFrom('sr25519', 'ecdsa', 'x'),
      )
      .map(([text, scheme]) => `${Buffer.from(text).toString('base64url')}.${scheme}.${'ab'.repeat(64)}`);
    await fc.assert(
      fc.asyncProperty(fc.oneof(printable, forged), fc.oneof(fc.json(), fc.string()), async (auth, body) => {
        const answer = await post(`${server.url}/echo`, body, { 'module-auth': auth });
        assert.ok(answer.status >= 400 && answer.status < 500 && answer.error !== undefined);
      }),
      { numRuns: 200 },
    );
    assert.equal((await callRaw(server)).status, 200);
    assert.equal(server.counters.failed, 0);
  });

  it("answers a live header of seed 0's clients, and tells them what a paid function needs", async () => {
    const { headers, data_preimage } = JSON.parse(
      await readFile(new URL('../vectors/seed-systems.json', import.meta.url), 'utf8'),
    ).commune_header;
    const { fn, params } = JSON.parse(data_preimage);
    const now = () => Number(headers.time) * 1000;
    const call = ({ url }: { url: string }, changed = {}) =>
      post(`${url}/${fn}`, JSON.stringify(params), { ...headers, ...changed });
    const { server } = await setUp({
      now,
      functions: { info: { price: 0n, run: (_, { client }) => client } },
    });
    assert.deepEqual((await call(server)).json, headers.key);
    assert.equal((await call(server, { cost: '11' })).error, 'BAD_SIGNATURE');
    assert.equal((await call(server, { time: '1756312652.382' })).error, 'BAD_SIGNATURE');

    const paid = await setUp({ now, key: BOB, functions: { info: { price: PRICE, run: () => 'paid' } } });
    const { status, json } = await call(paid.server);
    const { name, hint, price, docs } = (json as { error: Record<string, string> }).error;
    assert.deepEqual([status, name, price, docs], [402, 'PAYMENT_REQUIRED', '100', 'docs/protocol/calls.md']);
    assert.match(hint ?? '', /sign a version 2 header/);
    assert.ok((await readFile(new URL(`../../${docs}`, import.meta.url), 'utf8')).includes('## Header'));
  });

  it("gives seed 0's clients a stream as one list", async () => {
    const functions = {
      free: defineStream({
        price: 0n,
        async *run(params) {
          yield 1;
          yield params;
        },
      }),
    };
    const { server } = await setUp({ functions });
    const time = (Date.now() / 1000).toFixed(3);
    const data = createHash('sha256').update('{"fn":"free","params":{"a":1}}').digest('hex');
    const signed = ALICE.sign(Buffer.from(JSON.stringify({ data, time })));
    const signature = `0x${Buffer.from(signed.subarray(1)).toString('hex')}`;
    const answer = await post(`${server.url}/free`, '{"a":1}', { data, time, key: ALICE.address, signature });
    assert.deepEqual([answer.status, answer.json, answer.receipt], [200, [1, { a: 1 }], null]);
  });

  it("takes seed 0's headers for what costs nothing", async () => {
    const { server } = await setUp();
    const { port } = server;
    const sign = (fn: string, time: string) => {
      const data = createHash('sha256')
        .update(JSON.stringify({ fn, params: { a: 1 } }))
        .digest('hex');
      const signature = ALICE.sign(Buffer.from(JSON.stringify({ data, time })));
      return {
        data,
        time,
        key: ALICE.address,
        signature: `0x${Buffer.from(signature.subarray(1)).toString('hex')}`,
      };
    };
    const now = (Date.now() / 1000).toFixed(3);
    const call = (fn: string, headers: Record<string, string>) =>
      post(`http://127.0.0.1:${port}/${fn}`, '{"a":1}', headers);
    const answer = await call('free', sign('free', now));
    assert.deepEqual([answer.status, answer.json, answer.receipt], [200, 'free', null]);
    assert.equal((await call('echo', sign('echo', now))).error, 'PAYMENT_REQUIRED');
    assert.equal((await call('free', sign('echo', now))).error, 'WRONG_PARAMS');
    assert.equal((await call('free', sign('free', '1756312652.381'))).error, 'STALE');
    assert.equal((await call('free', { ...sign('free', now), key: '5x' })).error, 'AUTH_MALFORMED');
    assert.equal(
      (await call('free', { ...sign('free', now), time: (Date.now() / 1000).toFixed(2) })).error,
      'BAD_SIGNATURE',
    );
  });
});

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 5));
}
