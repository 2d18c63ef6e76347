import assert from 'node:assert/strict';
import {
  type CallContext,
  canonicalJson,
  checkOf,
  decodeBlob,
  headerText,
  parseReceipt,
  Refusal,
  type RefusalName,
  serveModule,
  textHash,
  verifyCheck,
} from '../../module/index.ts';
import { eventually } from '../e2e/support.ts';
import { fakeChain } from './support/fakeChain.ts';
import {
  ALICE,
  authOf,
  BOB,
  callRaw,
  cleanUp,
  directory,
  FUNCTIONS,
  headerOf,
  onEnd,
  PRICE,
  post,
  SERVER,
  setUp,
} from './support/setup.ts';

describe('module server', () => {
  afterEach(cleanUp);

  it('serves a paid call and signs a receipt over header, cost and result', async () => {
    const { server } = await setUp();
    const header = headerOf({}, { word: 'é' });
    const answer = await post(`${server.url}/echo`, '{"word":"é"}', { 'module-auth': authOf(header) });
    assert.deepEqual(answer.json, { echo: { word: 'é' } });
    const signed = decodeBlob(answer.receipt ?? '');
    assert.ok(verifyCheck(checkOf('receipt', signed, SERVER.account)));
    const receipt = parseReceipt(signed.text);
    assert.equal(receipt.cost, PRICE);
    assert.equal(receipt.headerHash, textHash(headerText(header)));
    assert.equal(receipt.resultHash, textHash(canonicalJson(answer.json)));
  });

  it('describes itself', async () => {
    const { server } = await setUp();
    const description = await (await fetch(server.url)).json();
    const terms = { description: '', streams: false, params: { type: 'object' } };
    assert.deepEqual(description, {
      address: SERVER.address,
      description: '',
      chain: 'test-chain',
      protocol: 2,
      consensus: 0,
      epoch: 5,
      limits: { body: 1048576, auth: 4096, stream: 16777216, depth: 64 },
      functions: {
        echo: { ...terms, price: '100' },
        free: { ...terms, price: '0' },
        fails: { ...terms, price: '100' },
      },
    });
  });

  const refusals: readonly (readonly [string, number, Parameters<typeof callRaw>[1], object?])[] = [
    ['WRONG_CHAIN', 400, { chain: 'other-chain' }],
    ['WRONG_SERVER', 400, { server: BOB.account }],
    ['STALE', 400, { time: Date.now() - 61_000 }],
    ['FUTURE', 400, { time: Date.now() + 3_600_000 }],
    ['WRONG_EPOCH', 409, { epoch: 3 }],
    ['WRONG_EPOCH', 409, { epoch: 7 }],
    ['MAX_USAGE_TOO_LOW', 402, { maxUsage: PRICE - 1n }],
    ['INSUFFICIENT_RESERVE', 402, { maxUsage: 1001n }],
    ['WRONG_PARAMS', 400, { paramsHash: `0x${'00'.repeat(32)}` }],
    ['UNKNOWN_FUNCTION', 404, { fn: 'nothing' }],
    ['BAD_SIGNATURE', 401, { client: BOB.account }],
  ];
  for (const [name, status, change] of refusals)
    it(`refuses ${name} for ${Object.keys(change ?? {})}: uses no nonce, charges nothing`, async () => {
      const { server } = await setUp();
      const refused = await callRaw(server, change);
      assert.deepEqual([refused.error, refused.status], [name, status]);
      assert.equal((await callRaw(server)).status, 200);
    });

  it('refuses a function that is not the one in the header', async () => {
    const { server } = await setUp();
    const answer = await post(`${server.url}/free`, '{}', { 'module-auth': authOf(headerOf()) });
    assert.equal(answer.error, 'WRONG_FUNCTION');
  });

  it('takes the epoch before and the one after', async () => {
    const { server } = await setUp();
    // The server sealed epoch 4 when it started, so that one is over.
    assert.equal((await callRaw(server, { epoch: 4 })).error, 'WRONG_EPOCH');
    assert.equal((await callRaw(server, { epoch: 6 })).status, 200);
  });

  it('refuses a replay here, after a restart, and a lower nonce', async () => {
    const { server, dir, fake } = await setUp();
    assert.equal((await callRaw(server, { nonce: 7 })).status, 200);
    assert.equal((await callRaw(server, { nonce: 7 })).error, 'REPLAY');
    assert.equal((await callRaw(server, { nonce: 6 })).error, 'REPLAY');
    await server.stop();
    const { server: second } = await setUp({ dir, fake });
    assert.equal((await callRaw(second, { nonce: 7 })).error, 'REPLAY');
    assert.equal((await callRaw(second, { nonce: 8 })).status, 200);
  });

  it('refuses a replay at another server and on another chain', async () => {
    const { fake } = await setUp();
    const { server: other } = await setUp({ fake, key: BOB });
    assert.equal((await callRaw(other)).error, 'WRONG_SERVER');
  });

  it('a function that throws costs nothing, but its nonce is used', async () => {
    const { server } = await setUp();
    const answer = await callRaw(server, { fn: 'fails' });
    assert.deepEqual([answer.status, answer.error, answer.receipt], [500, 'FUNCTION_FAILED', null]);
    assert.equal((await callRaw(server)).error, 'REPLAY');
    for (let nonce = 2; nonce <= 11; nonce++) assert.equal((await callRaw(server, { nonce })).status, 200);
  });

  it('stops at the reserve, also for calls at the same time', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>(resolve => {
      release = resolve;
    });
    const functions = { echo: { price: PRICE, run: () => gate } };
    const { server } = await setUp({ functions });
    const calls = Array.from({ length: 15 }, (_, index) => callRaw(server, { nonce: index + 1 }));
    await new Promise(resolve => setTimeout(resolve, 50));
    release();
    const answers = await Promise.all(calls);
    const served = answers.filter(({ status }) => status === 200).length;
    const refused = answers.filter(({ error }) => error === 'INSUFFICIENT_RESERVE').length;
    assert.ok(
      served <= 10 &&
        served > 0 &&
        served + refused + answers.filter(a => a.error === 'REPLAY').length === 15,
    );
    // What was set aside for refused calls is free again.
    for (let nonce = 100; nonce < 110 - served; nonce++)
      assert.equal((await callRaw(server, { nonce })).status, 200);
    assert.equal((await callRaw(server, { nonce: 200 })).error, 'INSUFFICIENT_RESERVE');
  });

  it('charges less if the function says so, and never more than the chain lets it', async () => {
    const functions = {
      ...FUNCTIONS,
      half: {
        price: PRICE,
        run: (_: unknown, { charge }: { charge(cost: bigint): void }) => {
          assert.throws(() => charge(PRICE + 1n), RangeError);
          charge(PRICE / 2n);
          return null;
        },
      },
    };
    const fake = fakeChain();
    fake.setModule({ alias: 'cheap', address: SERVER.address, url: '', prices: { echo: 40n, half: PRICE } });
    const { server } = await setUp({ functions, fake });
    const half = parseReceipt(decodeBlob((await callRaw(server, { fn: 'half' })).receipt ?? '').text);
    assert.equal(half.cost, PRICE / 2n);
    const cheap = parseReceipt(decodeBlob((await callRaw(server, { nonce: 2 })).receipt ?? '').text);
    assert.equal(cheap.cost, 40n);
  });

  it('refuses paid calls while the chain knows no price', async () => {
    const fake = fakeChain();
    fake.setModule({ alias: 'new', address: SERVER.address, url: '', prices: {} });
    const { server } = await setUp({ fake });
    assert.equal((await callRaw(server)).error, 'PRICE_NOT_ACTIVE');
    assert.equal((await callRaw(server, { fn: 'free' })).status, 200);
  });

  it('takes paid calls as soon as it is registered', async () => {
    const fake = fakeChain();
    const server = await serveModule({
      client: fake.chain,
      key: SERVER,
      functions: FUNCTIONS,
      dir: await directory(),
    });
    onEnd(() => server.stop());
    fake.setReserve(ALICE.address, SERVER.address, 1000n);
    assert.equal((await callRaw(server)).error, 'PRICE_NOT_ACTIVE');
    fake.setModule({ alias: 'late', address: SERVER.address, url: '', prices: { echo: PRICE } });
    await eventually(async () => ((await callRaw(server)).status === 200 ? true : undefined));
  });

  it('lets only allowed callers in', async () => {
    const functions = {
      echo: { price: 0n, allow: (client: string) => client === BOB.address, run: () => 1 },
    };
    const { server } = await setUp({ functions });
    assert.equal((await callRaw(server)).error, 'NOT_ALLOWED');
    assert.equal((await callRaw(server, {}, {}, BOB)).status, 200);
  });

  it('gives a function its time and no more', async () => {
    let aborted = false;
    const functions = {
      echo: {
        price: PRICE,
        timeoutMs: 20,
        run: (_: unknown, { signal }: { signal: AbortSignal }) =>
          new Promise(() => signal.addEventListener('abort', () => (aborted = true))),
      },
    };
    const { server } = await setUp({ functions });
    assert.deepEqual([(await callRaw(server)).error, aborted], ['FUNCTION_TIMEOUT', true]);
  });

  it('refuses results that are not JSON', async () => {
    for (const result of [1n, Number.NaN, new Date(), { deep: nested(100) }, '\ud800', 'x'.repeat(2 ** 20)]) {
      const { server } = await setUp({ functions: { echo: { price: PRICE, run: () => result } } });
      assert.equal((await callRaw(server)).error, 'BAD_RESULT');
      await cleanUp();
    }
  });

  it('asks the chain for a reserve once per client and epoch', async () => {
    const { server, fake } = await setUp();
    for (let nonce = 1; nonce <= 5; nonce++) await callRaw(server, { nonce });
    assert.equal(fake.escrowQuestions(), 1);
  });

  it('refuses a header of an epoch that is over, even with a new nonce elsewhere', async () => {
    const { server, fake } = await setUp();
    const header = headerOf();
    fake.setEpoch(6);
    await server.settle();
    const late = await post(`${server.url}/echo`, '{}', { 'module-auth': authOf(header) });
    assert.equal(late.error, 'WRONG_EPOCH');
    assert.equal((await callRaw(server, { epoch: 6 })).status, 200);
  });

  it('a directory belongs to one chain and key', async () => {
    const { server, dir, fake } = await setUp();
    await server.stop();
    await assert.rejects(setUp({ dir, fake, key: BOB }), { code: 'STORE_INVALID' });
  });

  it('a directory serves one server at a time', async () => {
    const { dir, fake } = await setUp();
    await assert.rejects(setUp({ dir, fake }), { code: 'DIRECTORY_IN_USE' });
  });

  it('names a port that is in use', async () => {
    const { server, fake } = await setUp();
    await assert.rejects(setUp({ fake, port: server.port }), { code: 'PORT_IN_USE' });
  });

  it('a function may refuse its call by some names, and the others are the server’s own', async () => {
    const throws = (name: RefusalName) => ({
      price: PRICE,
      run: () => {
        throw new Refusal(name, 'says the function');
      },
    });
    const functions = {
      children: throws('NO_CHILDREN'),
      params: throws('BAD_PARAMS'),
      replay: throws('REPLAY'),
    };
    const { server } = await setUp({ functions });
    const answers = [];
    for (const [index, fn] of Object.keys(functions).entries())
      answers.push(await callRaw(server, { fn, nonce: index + 1 }));
    assert.deepEqual(
      answers.map(({ status, error }) => [status, error]),
      [
        [503, 'NO_CHILDREN'],
        [400, 'BAD_PARAMS'],
        [500, 'FUNCTION_FAILED'],
      ],
    );
    assert.equal(server.status().unsettled, 0n);
  });

  it('a call ends when its caller stops waiting, and the function is told when that is', async () => {
    let left = 0;
    const run = (_: unknown, { deadline, signal }: CallContext) => {
      left = deadline - Date.now();
      return new Promise(resolve => signal.addEventListener('abort', resolve));
    };
    const { server } = await setUp({ functions: { echo: { price: PRICE, run } } });
    const send = (nonce: number, timeout: string) =>
      post(`${server.url}/echo`, '{}', {
        'module-auth': authOf(headerOf({ nonce })),
        'module-timeout': timeout,
      });
    assert.equal((await send(1, '50')).error, 'FUNCTION_TIMEOUT');
    assert.ok(left <= 50, `${left} ms`);
    for (const timeout of ['soon', '-1', '1.5', '1'.repeat(10)])
      assert.equal((await send(2, timeout)).error, 'BAD_REQUEST', timeout);
  });
});

function nested(depth: number): unknown {
  let value: unknown = null;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}
