import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { z } from 'zod';
import {
  canonicalJson,
  checkOf,
  decodeBlob,
  defineStream,
  headerText,
  type ModuleServer,
  openStore,
  parseReceipt,
  textHash,
  verifyCheck,
} from '../../module/index.ts';
import { ALICE, authOf, callRaw, cleanUp, headerOf, PRICE, SERVER, setUp } from './support/setup.ts';

interface Streamed {
  readonly status: number;
  readonly type: string | null;
  readonly lines: readonly { chunk?: unknown; receipt?: string; error?: { name: string } }[];
}

async function streamed(
  server: ModuleServer,
  change: Parameters<typeof headerOf>[0] = {},
): Promise<Streamed> {
  const header = headerOf({ fn: 'count', ...change });
  const response = await fetch(`${server.url}/count`, {
    method: 'POST',
    headers: { 'module-auth': authOf(header) },
  });
  const text = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    lines: text
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line)),
  };
}

const counting = (chunks: readonly unknown[]) =>
  defineStream({
    price: PRICE,
    async *run() {
      yield* chunks;
    },
  });

describe('streaming results', () => {
  afterEach(cleanUp);

  it('chunks come as lines, and the receipt over their list in the last one', async () => {
    const chunks = [1, 'é', { b: [1], a: null }];
    const { server, dir } = await setUp({ functions: { count: counting(chunks) } });
    const header = headerOf({ fn: 'count' });
    const { status, type, lines } = await streamed(server, { time: header.time });
    assert.deepEqual([status, type], [200, 'application/x-ndjson']);
    assert.deepEqual(
      lines.slice(0, -1).map(({ chunk }) => chunk),
      chunks,
    );
    const signed = decodeBlob(lines.at(-1)?.receipt ?? '');
    assert.ok(verifyCheck(checkOf('receipt', signed, SERVER.account)));
    const receipt = parseReceipt(signed.text);
    assert.equal(receipt.resultHash, textHash(canonicalJson(chunks)));
    assert.equal(receipt.headerHash, textHash(headerText(header)));
    assert.equal(receipt.cost, PRICE);
    await server.stop();
    const store = await openStore(dir);
    const kept = [];
    for await (const { call } of store.calls({ epoch: 5, client: ALICE.account })) kept.push(call.receipt);
    await store.close();
    assert.deepEqual(kept, [signed.text]);
  });

  it('none at all is an empty list', async () => {
    const { server } = await setUp({ functions: { count: counting([]) } });
    const { lines } = await streamed(server);
    assert.equal(parseReceipt(decodeBlob(lines[0]?.receipt ?? '').text).resultHash, textHash('[]'));
  });

  it('a chunk is there before the next one is made', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>(resolve => {
      release = resolve;
    });
    const functions = {
      count: defineStream({
        price: PRICE,
        async *run() {
          yield 1;
          await gate;
          yield 2;
        },
      }),
    };
    const { server } = await setUp({ functions });
    const response = await fetch(`${server.url}/count`, {
      method: 'POST',
      headers: { 'module-auth': authOf(headerOf({ fn: 'count' })) },
    });
    let text = '';
    for await (const bytes of response.body ?? []) {
      text += Buffer.from(bytes).toString();
      release();
    }
    assert.match(text, /^\{"chunk":1\}\n\{"chunk":2\}\n\{"receipt":"/);
  });

  it('what fails on the way ends with a named error, and costs nothing', async () => {
    const failing = (error: unknown) => ({
      count: defineStream({
        price: PRICE,
        timeoutMs: 100,
        result: z.number(),
        async *run() {
          yield 1;
          if (error === 'slow') await new Promise(() => undefined);
          if (error instanceof Error) throw error;
          yield error;
        },
      }),
    });
    const cases = [
      [new Error('no luck'), 'FUNCTION_FAILED'],
      ['text', 'BAD_RESULT'],
      ['slow', 'FUNCTION_TIMEOUT'],
    ] as const;
    for (const [error, name] of cases) {
      const { server } = await setUp({ functions: failing(error) });
      const { status, lines } = await streamed(server);
      assert.deepEqual([status, lines.length, lines[0]?.chunk, lines[1]?.error?.name], [200, 2, 1, name]);
      assert.equal(server.status().unsettled, 0n);
      await cleanUp();
    }
  });

  it('what fails before the first line is an answer like any other', async () => {
    const functions = {
      count: { price: PRICE, streams: true as const, run: () => 7 as unknown as AsyncIterable<unknown> },
    };
    const { server } = await setUp({ functions });
    const { status, lines } = await streamed(server);
    assert.deepEqual([status, lines[0]?.error?.name], [500, 'BAD_RESULT']);
  });

  it('has a limit on all lines together', async () => {
    const chunk = 'x'.repeat(1_000_000);
    const functions = {
      count: defineStream({
        price: PRICE,
        async *run() {
          for (;;) yield chunk;
        },
      }),
    };
    const { server } = await setUp({ functions });
    const { lines } = await streamed(server);
    assert.equal(lines.length, 17);
    assert.equal(lines.at(-1)?.error?.name, 'BAD_RESULT');
  });

  it('a client that does not read holds the function back, and its time ends it', async () => {
    let made = 0;
    const functions = {
      count: defineStream({
        price: PRICE,
        timeoutMs: 300,
        async *run() {
          for (;;) yield `${made++}${'x'.repeat(100_000)}`;
        },
      }),
    };
    const { server } = await setUp({ functions });
    const call = request(`${server.url}/count`, {
      method: 'POST',
      headers: { 'module-auth': authOf(headerOf({ fn: 'count' })) },
    });
    call.end();
    await once(call, 'response');
    await ended(server);
    call.destroy();
    assert.ok(made < 160, `${made} chunks of 100 kB`);
    assert.equal(server.status().functions.count?.failed.FUNCTION_TIMEOUT, 1);
  });

  it('a client that goes away ends the run and pays nothing', async () => {
    let aborted: (why: unknown) => void = () => undefined;
    const ending = new Promise(resolve => {
      aborted = resolve;
    });
    let closed = false;
    const functions = {
      count: defineStream({
        price: PRICE,
        async *run(_, { signal }) {
          signal.addEventListener('abort', () => aborted(signal.reason));
          try {
            for (;;) {
              yield 1;
              await new Promise(resolve => setTimeout(resolve, 1));
            }
          } finally {
            closed = true;
          }
        },
      }),
    };
    const { server } = await setUp({ functions });
    const leave = new AbortController();
    const response = await fetch(`${server.url}/count`, {
      method: 'POST',
      headers: { 'module-auth': authOf(headerOf({ fn: 'count' })) },
      signal: leave.signal,
    });
    assert.equal(response.status, 200);
    leave.abort();
    assert.equal(((await ending) as { name: string }).name, 'CLIENT_GONE');
    await ended(server);
    assert.equal(server.status().unsettled, 0n);
    assert.deepEqual(server.status().functions.count?.failed, { CLIENT_GONE: 1 });
    // The nonce is used, and what was set aside is free.
    assert.equal((await callRaw(server, { fn: 'count' })).error, 'REPLAY');
    await eventually(() => closed);
  });

  it('says in its description that it streams', async () => {
    const { server } = await setUp({ functions: { count: { ...counting([]), result: z.number() } } });
    const { functions } = (await (await fetch(server.url)).json()) as { functions: { count: object } };
    assert.deepEqual(Object.entries(functions.count).slice(2), [
      ['streams', true],
      ['params', { type: 'object' }],
      ['result', { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'number' }],
    ]);
  });
});

/** No call runs or waits any more. */
const ended = (server: ModuleServer): Promise<void> => eventually(() => server.status().running === 0);

/** Polls what nobody gives notice of. */
async function eventually(holds: () => boolean): Promise<void> {
  const end = Date.now() + 5_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error('it never happened');
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}
