/** Servers that lie, and what a client makes of it. Each attack ends in a named error, soon, and costs no more than it may. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import {
  canonicalJson,
  createModuleClient,
  decodeBlob,
  encodeBlob,
  type ModuleClientOptions,
  parseHeader,
  receiptText,
  signText,
  textHash,
} from '../../module/index.ts';
import { fastSigner } from '../support/fastSigner.ts';
import { CHAIN_ID, fakeChain } from './support/fakeChain.ts';
import { modelServer } from './support/modelServer.ts';
import { cleanUp, directory, onEnd } from './support/setup.ts';

const CALLER = fastSigner('caller');
const SERVER = fastSigner('server');
const PRICE = 10n;
const EPOCH = 5;

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

async function listen(
  server: ReturnType<typeof createServer> | ReturnType<typeof createTcp>,
): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onEnd(async () => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (handler: Handler): Promise<string> =>
  listen(
    createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      handler(request, response, Buffer.concat(chunks).toString());
    }),
  );

/** A client that is sent to `url` when it calls the module `m`. */
async function connect(url: string, options: Partial<ModuleClientOptions> = {}) {
  const fake = fakeChain(EPOCH);
  fake.setModule({ alias: 'm', address: SERVER.address, url, prices: { work: PRICE } });
  const modules = await createModuleClient({
    key: CALLER,
    client: fake.chain,
    dir: await directory(),
    timeoutMs: 5_000,
    ...options,
  });
  onEnd(() => modules.close());
  return { fake, modules };
}

/** A right receipt but for what is changed. */
function receiptFor(
  auth: string,
  result: unknown,
  change: Partial<Parameters<typeof receiptText>[0]> = {},
): string {
  const text = receiptText({
    headerHash: textHash(decodeBlob(auth).text),
    cost: PRICE,
    resultHash: textHash(canonicalJson(result)),
    time: Date.now(),
    ...change,
  });
  return encodeBlob(signText('receipt', text, SERVER));
}

const authOf = (request: IncomingMessage): string => String(request.headers['module-auth']);

describe('lying servers', () => {
  afterEach(cleanUp);

  const receipts: readonly (readonly [
    what: string,
    change: (auth: string) => Partial<Parameters<typeof receiptText>[0]>,
    reason: RegExp,
  ])[] = [
    ['for a header that was never signed', () => ({ headerHash: textHash('{}') }), /another call/],
    [
      'for the same call on another chain',
      auth => ({ headerHash: textHash(decodeBlob(auth).text.replace(CHAIN_ID, 'other-chain')) }),
      /another call/,
    ],
    ['for another result', () => ({ resultHash: textHash('2') }), /another result/],
    ['with a cost above max_usage', () => ({ cost: PRICE + 1n }), /above max_usage 10/],
    ['from a clock that stands still', () => ({ time: Date.now() - 120_000 }), /before the call/],
    ['from a clock that runs ahead', () => ({ time: Date.now() + 120_000 }), /in the future/],
  ];
  for (const [what, change, reason] of receipts)
    it(`a receipt ${what}, well signed`, async () => {
      const url = await serve((request, response) => {
        const auth = authOf(request);
        response.setHeader('module-receipt', receiptFor(auth, 1, change(auth))).end('1');
      });
      const { modules } = await connect(url);
      await assert.rejects(modules.call('m', 'work'), { code: 'BAD_RECEIPT', message: reason });
      const [call] = await modules.receipts();
      assert.equal(call?.call.state, 'sent', 'it may have been served');
    });

  it('a receipt that was given before', async () => {
    let kept = '';
    const url = await serve((request, response) => {
      if (kept === '') kept = receiptFor(authOf(request), 1);
      response.setHeader('module-receipt', kept).end('1');
    });
    const { modules } = await connect(url);
    await modules.call('m', 'work');
    await assert.rejects(modules.call('m', 'work'), { code: 'BAD_RECEIPT', message: /another call/ });
  });

  it('receipts dropped: the budget counts them, and the audit shows what was taken without one', async () => {
    const model = modelServer(SERVER);
    const url = await serve((request, response) => {
      model.answer({ headers: { 'module-auth': authOf(request) } }, 'served', PRICE);
      response.end('1');
    });
    const { modules, fake } = await connect(url, { budget: { perEpoch: 3n * PRICE } });
    for (let call = 0; call < 3; call++)
      await assert.rejects(modules.call('m', 'work'), { code: 'BAD_RECEIPT', message: /there is none/ });
    await assert.rejects(modules.call('m', 'work'), { code: 'OVER_BUDGET' });
    const row = {
      client: CALLER.address,
      server: SERVER.address,
      epoch: EPOCH,
      calls: 3,
      status: 'OK',
      consensus: 0,
    };
    fake.rows.push({ ...row, amount: model.claimable(EPOCH, null), claimedIn: EPOCH + 1 });
    fake.setEpoch(EPOCH + 2);
    const [audited] = await modules.audit(EPOCH);
    assert.deepEqual([audited?.status, audited?.owed, audited?.settled], ['unclear', 0n, 3n * PRICE]);
  });

  it('calls that it says it refused, and charges: the audit tells', async () => {
    const url = await serve((_, response) =>
      response.writeHead(503).end('{"error":{"name":"OVERLOADED","message":"later"}}'),
    );
    const { modules, fake } = await connect(url);
    await assert.rejects(modules.call('m', 'work'), { name: 'OVERLOADED' });
    const row = {
      client: CALLER.address,
      server: SERVER.address,
      epoch: EPOCH,
      calls: 1,
      status: 'OK',
      consensus: 0,
    };
    fake.rows.push({ ...row, amount: PRICE, claimedIn: EPOCH + 1 });
    // Under another mechanism, by a server that was never called.
    fake.rows.push({ ...row, server: CALLER.address, amount: 1n, claimedIn: EPOCH + 1, consensus: 5 });
    fake.setEpoch(EPOCH + 4);
    assert.deepEqual(
      (await modules.audit()).map(({ status, settled }) => [status, settled]),
      [
        ['refused-charged', PRICE],
        ['unknown', 1n],
      ],
    );
  });

  it('refusals for ever: a call ends, and each try is a header that says so', async () => {
    const names = ['WRONG_EPOCH', 'REPLAY'];
    const url = await serve((_, response) =>
      response.writeHead(409).end(`{"error":{"name":"${names[0]}","message":"again"}}`),
    );
    const { modules } = await connect(url);
    for (const name of [...names]) {
      await assert.rejects(modules.call('m', 'work'), { name });
      names.shift();
    }
    assert.equal((await modules.receipts()).length, 16, 'eight tries each');
  });

  const answers: readonly (readonly [what: string, code: string, handler: Handler])[] = [
    [
      'a body without end',
      'BAD_RESPONSE',
      (_, response) => {
        const more = () => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      },
    ],
    [
      '64 KiB that unpack to 64 MiB',
      'BAD_RESPONSE',
      (_, response) =>
        response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20))),
    ],
    [
      'JSON nested a hundred thousand times',
      'BAD_RESPONSE',
      (_, response) => response.end('['.repeat(100_000) + ']'.repeat(100_000)),
    ],
    ['JSON with a lone surrogate', 'BAD_RESPONSE', (_, response) => response.end('"\\ud800"')],
    [
      'bytes that are no UTF-8',
      'BAD_RESPONSE',
      (_, response) => response.end(Buffer.from([0x22, 0xff, 0x22])),
    ],
    [
      'headers of a megabyte',
      'LOST',
      (_, response) => response.setHeader('module-receipt', 'x'.repeat(1024 * 1024)).end('1'),
    ],
    [
      'a receipt of eight thousand characters',
      'BAD_RECEIPT',
      (_, response) => response.setHeader('module-receipt', 'x'.repeat(8_000)).end('1'),
    ],
    ['an error without a name', 'BAD_RESPONSE', (_, response) => response.writeHead(500).end('{"error":{}}')],
    [
      'an error whose name is a page of text',
      'BAD_RESPONSE',
      (_, response) => response.writeHead(500).end('{"error":{"name":"A\\nB","message":""}}'),
    ],
    ['a success without content', 'BAD_RESPONSE', (_, response) => response.writeHead(204).end()],
  ];
  for (const [what, code, handler] of answers)
    it(`${what} (${code})`, async () => {
      const { modules } = await connect(await serve(handler));
      await assert.rejects(modules.call('m', 'work'), { code });
    });

  const streams: readonly (readonly [what: string, code: string, lines: (auth: string) => string])[] = [
    ['cut off before its receipt', 'LOST', () => '{"chunk":1}\n'],
    ['that ends within a line', 'BAD_RESPONSE', () => '{"chunk":1}\n{"receipt":"'],
    ['with a line of another kind', 'BAD_RESPONSE', () => '{"chunk":1}\n{"__proto__":1}\n'],
    [
      'with two things in a line',
      'BAD_RESPONSE',
      auth => `{"chunk":1,"receipt":"${receiptFor(auth, [1])}"}\n`,
    ],
    [
      'with a chunk more than the receipt knows',
      'BAD_RECEIPT',
      auth => `{"chunk":1}\n{"chunk":2}\n{"receipt":"${receiptFor(auth, [1])}"}\n`,
    ],
    ['with a receipt that is none', 'BAD_RECEIPT', () => '{"receipt":7}\n'],
    ['with a line of two megabytes', 'BAD_RESPONSE', () => `{"chunk":"${'x'.repeat(2 * 1024 * 1024)}"}\n`],
    ['of seventeen megabytes', 'BAD_RESPONSE', () => `{"chunk":"${'x'.repeat(1024 * 1024)}"}\n`.repeat(17)],
  ];
  for (const [what, code, lines] of streams)
    it(`a stream ${what} (${code})`, async () => {
      const url = await serve((request, response) =>
        response.setHeader('content-type', 'application/x-ndjson').end(lines(authOf(request))),
      );
      const { modules } = await connect(url);
      await assert.rejects(modules.call('m', 'work'), { code });
      const [call] = await modules.receipts();
      assert.equal(call?.call.state, 'sent', 'it may have been served');
    });

  it('a stream that fails costs nothing, and one that holds is its chunks', async () => {
    const ends = [
      () => '{"error":{"name":"FUNCTION_FAILED","message":"out of luck"}}\n',
      (auth: string) => `{"receipt":"${receiptFor(auth, [1, 'é'])}"}\n`,
    ];
    const url = await serve((request, response) => {
      const end = ends.shift()?.(authOf(request));
      response.setHeader('content-type', 'application/x-ndjson');
      // Byte by byte, so that lines and characters are cut everywhere.
      for (const byte of Buffer.from(`{"chunk":1}\n{"chunk":"é"}\n${end}`))
        response.write(Buffer.from([byte]));
      response.end();
    });
    const { modules } = await connect(url);
    await assert.rejects(modules.call('m', 'work'), { name: 'FUNCTION_FAILED', message: 'out of luck' });
    assert.deepEqual((await modules.call('m', 'work')).result, [1, 'é']);
    assert.deepEqual(
      (await modules.receipts()).map(({ call }) => call.state),
      ['refused', 'answered'],
    );
  });

  it('a drip of one byte at a time ends with the time of the call, and so does silence', async () => {
    const timers: NodeJS.Timeout[] = [];
    const url = await serve((_, response) => {
      response.write('"');
      timers.push(setInterval(() => response.write('x'), 5));
    });
    const silent = await listen(createTcp((socket: Socket) => void onEnd(async () => socket.destroy())));
    try {
      for (const at of [url, silent]) {
        const { modules } = await connect(at, { timeoutMs: 100 });
        await assert.rejects(modules.call('m', 'work'), { code: 'TIMEOUT' });
      }
    } finally {
      for (const timer of timers) clearInterval(timer);
    }
  });

  it('a redirect is not followed: nobody else gets the signed header', async () => {
    let strangers = 0;
    const elsewhere = await serve((_, response) => {
      strangers++;
      response.end();
    });
    for (const status of [301, 307, 308]) {
      const { modules } = await connect(
        await serve((_, response) => response.writeHead(status, { location: elsewhere }).end()),
      );
      await assert.rejects(modules.call('m', 'work'), { code: 'LOST' });
    }
    assert.equal(strangers, 0);
  });

  it('words for a terminal are plain', async () => {
    const { modules } = await connect(
      await serve((_, response) =>
        response.writeHead(500).end(
          JSON.stringify({
            error: {
              name: 'FUNCTION_FAILED',
              message: `\u001b[2J\u202e${'x'.repeat(9_000)}`,
              hint: 'a\nb',
            },
          }),
        ),
      ),
    );
    await assert.rejects(modules.call('m', 'work'), (error: Error & { hint: string }) => {
      assert.doesNotMatch(error.message + error.hint, /[\p{Cc}\p{Cf}]/u);
      assert.ok(error.message.length < 1_010);
      return true;
    });
  });
});

describe('descriptions that lie', () => {
  afterEach(cleanUp);

  const good = { address: SERVER.address, chain: CHAIN_ID, protocol: 2, functions: {} };
  const fn = { description: '', price: '10', params: {} };
  const wrong: readonly (readonly [what: string, text: string])[] = [
    ['no JSON', '<html>'],
    ['nothing', 'null'],
    ['another chain', JSON.stringify({ ...good, chain: 'other' })],
    ['no address', JSON.stringify({ ...good, address: 'nobody' })],
    [
      'sixty thousand functions',
      `{"address":"${SERVER.address}","chain":"${CHAIN_ID}","functions":{${Array.from({ length: 60_000 }, (_, i) => `"f${i}":{}`).join()}}}`,
    ],
    ['a function name with a space', JSON.stringify({ ...good, functions: { 'a b': fn } })],
    ['a price that is a number', JSON.stringify({ ...good, functions: { work: { ...fn, price: 1 } } })],
    ['a price below nothing', JSON.stringify({ ...good, functions: { work: { ...fn, price: '-1' } } })],
    ['params that are no schema', JSON.stringify({ ...good, functions: { work: { ...fn, params: 7 } } })],
    [
      'a schema without end',
      JSON.stringify({ ...good, functions: { work: fn } }).replace(
        '"params":{}',
        `"params":${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`,
      ),
    ],
  ];
  for (const [what, text] of wrong)
    it(`${what} (TARGET_INVALID)`, async () => {
      const url = await serve((_, response) => response.end(text));
      const { modules } = await connect(url);
      await assert.rejects(modules.describe('m'), { code: 'TARGET_INVALID' });
      await assert.rejects(modules.call(url, 'work'), { code: 'TARGET_INVALID' });
    });

  it('too large', async () => {
    const url = await serve((_, response) => response.end(`{"a":"${'x'.repeat(2 * 1024 * 1024)}"}`));
    const { modules } = await connect(url);
    await assert.rejects(modules.describe('m'), { code: 'BAD_RESPONSE' });
  });

  it('names of the prototype are names like others', async () => {
    const functions = JSON.parse(`{"__proto__":${JSON.stringify(fn)},"constructor":${JSON.stringify(fn)}}`);
    const url = await serve((_, response) => response.end(JSON.stringify({ ...good, functions })));
    const { modules } = await connect(url);
    const described = await modules.describe('m');
    assert.deepEqual([...described.functions.keys()], ['__proto__', 'constructor']);
    assert.equal(Reflect.get({}, 'price'), undefined);
  });

  it('somebody else: refused by alias, and by URL its receipts do not hold', async () => {
    const other = fastSigner('other').address;
    const url = await serve((request, response) => {
      if (request.method === 'GET') response.end(JSON.stringify({ ...good, address: other }));
      else response.setHeader('module-receipt', receiptFor(authOf(request), 1, { cost: 0n })).end('1');
    });
    const { modules } = await connect(url);
    await assert.rejects(modules.describe('m'), { code: 'TARGET_INVALID', message: new RegExp(other) });
    await assert.rejects(modules.call(url, 'work'), { code: 'BAD_RECEIPT', message: /did not sign/ });
  });

  it('a price that the chain does not know is never promised', async () => {
    const asked: bigint[] = [];
    const described = {
      ...good,
      functions: { work: { ...fn, price: '1000000' }, other: { ...fn, price: '7' } },
    };
    const url = await serve((request, response) => {
      if (request.method === 'GET') return response.end(JSON.stringify(described));
      const auth = authOf(request);
      asked.push(parseHeader(decodeBlob(auth).text).maxUsage);
      return response.setHeader('module-receipt', receiptFor(auth, 1, { cost: 0n })).end('1');
    });
    const { modules } = await connect(url);
    await modules.call(url, 'work');
    await modules.call(url, 'other');
    assert.deepEqual(asked, [PRICE, 0n]);
  });
});
