import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keyPairFromUri } from '../../chain/index.ts';
import {
  type CallHeader,
  createModuleClient,
  decodeBlob,
  encodeBlob,
  type ModuleClientOptions,
  parseHeader,
  signText,
} from '../../module/index.ts';
import { type FakeChain, fakeChain } from './support/fakeChain.ts';
import {
  ALICE,
  callRaw,
  cleanUp,
  directory,
  onEnd,
  PRICE,
  SERVER,
  type Setup,
  setUp,
} from './support/setup.ts';

async function connect(fake: FakeChain, options: Partial<ModuleClientOptions> = {}) {
  const modules = await createModuleClient({ key: ALICE, client: fake.chain, ...options });
  onEnd(() => modules.close());
  return modules;
}

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'served',
    (error: { code?: string }) => error.code ?? String(error),
  );

/** Headers of the calls that the server has answered, by nonce. */
async function headersOf(modules: Awaited<ReturnType<typeof connect>>): Promise<CallHeader[]> {
  const calls = await modules.receipts();
  return calls.filter(({ call }) => call.state === 'answered').map(({ call }) => parseHeader(call.header));
}

/** A proxy in front of a server that may change what goes back. */
async function spoil(
  { server, fake }: Setup,
  change: (answer: {
    status: number;
    body: string;
    receipt: string;
  }) => { status: number; body: string; receipt: string } | null,
) {
  const proxy = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = await fetch(`${server.url}${request.url}`, {
      method: request.method ?? 'GET',
      body: request.method === 'POST' ? Buffer.concat(chunks) : null,
      headers: { 'content-type': 'application/json', 'module-auth': String(request.headers['module-auth']) },
    });
    const receipt = answer.headers.get('module-receipt') ?? '';
    const changed = change({ status: answer.status, body: await answer.text(), receipt });
    if (changed === null) return response.destroy();
    return response.writeHead(changed.status, { 'module-receipt': changed.receipt }).end(changed.body);
  });
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve));
  onEnd(async () => {
    proxy.closeAllConnections();
    proxy.close();
  });
  fake.setUrl(SERVER.address, `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
}

describe('module client', () => {
  afterEach(cleanUp);

  it('calls by alias, id, address and URL', async () => {
    const { fake, server } = await setUp();
    const modules = await connect(fake);
    for (const target of ['echo', 1, '1', SERVER.address, server.url, `${server.url}/`]) {
      const { result, cost } = await modules.call(target, 'echo', { to: target });
      assert.deepEqual(result, { echo: { to: target } });
      assert.equal(cost, PRICE);
    }
    await assert.rejects(modules.call('nobody', 'echo'), { code: 'TARGET_INVALID' });
    await server.stop();
    // A connection that was kept alive may end under the first call: then nobody knows whether it was served.
    const codes = [await codeOf(modules.call('echo', 'echo')), await codeOf(modules.call('echo', 'echo'))];
    assert.ok(codes[0] === 'UNREACHABLE' || codes[0] === 'LOST', codes[0]);
    assert.equal(codes[1], 'UNREACHABLE');
  });

  it('passes a refusal on with its name and hint', async () => {
    const { fake } = await setUp();
    const modules = await connect(fake);
    await assert.rejects(modules.call('echo', 'fails'), {
      name: 'FUNCTION_FAILED',
      status: 500,
      message: 'no luck',
    });
    await assert.rejects(modules.call('echo', 'nothing'), { name: 'UNKNOWN_FUNCTION', status: 404 });
    await assert.rejects(modules.call('echo', 'echo', {}, { maxUsage: 1n }), { name: 'MAX_USAGE_TOO_LOW' });
  });

  it('keeps to its budget', async () => {
    const { fake } = await setUp();
    const modules = await connect(fake, { budget: { perCall: PRICE, perEpoch: 2n * PRICE } });
    await assert.rejects(modules.call('echo', 'echo', {}, { maxUsage: PRICE + 1n }), { code: 'OVER_BUDGET' });
    await modules.call('echo', 'echo');
    await assert.rejects(modules.call('echo', 'fails'), { name: 'FUNCTION_FAILED' });
    await modules.call('echo', 'echo');
    await assert.rejects(modules.call('echo', 'echo'), { code: 'OVER_BUDGET' });
    await modules.call('echo', 'free');
  });

  it('tallies what it knows, and the server agrees', async () => {
    const { fake, server } = await setUp();
    const modules = await connect(fake, { dir: await directory() });
    await modules.call('echo', 'echo');
    await modules.call('echo', 'free');
    await assert.rejects(modules.call('echo', 'fails'));
    await modules.call('echo', 'echo');
    await modules.call('echo', 'echo');
    const headers = await headersOf(modules);
    assert.deepEqual(
      headers.map(({ nonce, tally }) => [nonce, tally?.nonce, tally?.count, tally?.total]),
      [
        [1, undefined, undefined, undefined],
        [2, 1, 1, 100n],
        [4, 2, 1, 100n],
        [5, 4, 2, 200n],
      ],
    );
    assert.equal(server.counters.wrongTallies, 0);
  });

  it('with a directory it goes on where it stopped', async () => {
    const { fake, server } = await setUp();
    const dir = await directory();
    const first = await createModuleClient({ key: ALICE, client: fake.chain, dir });
    await first.call('echo', 'echo');
    await first.close();
    const second = await connect(fake, { dir });
    await second.call('echo', 'echo');
    const [, header] = await headersOf(second);
    assert.deepEqual([header?.nonce, header?.tally], [2, { nonce: 1, count: 1, total: PRICE }]);
    assert.equal(server.counters.wrongTallies, 0);
  });

  it('without one it starts above what came before, and tallies from the next epoch on', async () => {
    const { fake, server } = await setUp();
    const earlier = await connect(fake);
    await earlier.call('echo', 'echo');
    const modules = await connect(fake);
    await modules.call('echo', 'echo');
    await modules.call('echo', 'echo');
    fake.setEpoch(6);
    await new Promise(resolve => setTimeout(resolve, 260));
    await modules.call('echo', 'echo');
    await modules.call('echo', 'echo');
    const headers = await headersOf(modules);
    assert.deepEqual(
      headers.map(({ epoch, tally }) => [epoch, tally?.count]),
      [
        [5, undefined],
        [5, undefined],
        [6, undefined],
        [6, 1],
      ],
    );
    assert.equal(server.counters.wrongTallies, 0);
  });

  it('jumps above nonces that somebody else used with its key, and stops tallying', async () => {
    const { fake, server } = await setUp();
    await callRaw(server, { nonce: 5 });
    const modules = await connect(fake, { dir: await directory() });
    await modules.call('echo', 'echo');
    await modules.call('echo', 'echo');
    const headers = await headersOf(modules);
    assert.ok(headers.every(({ nonce, tally }) => nonce > 5 && tally === null));
  });

  it('makes many calls at once, each once', async () => {
    const { fake, server } = await setUp();
    fake.setReserve(ALICE.address, SERVER.address, 100_000n);
    const modules = await connect(fake, { dir: await directory() });
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) => modules.call('echo', 'echo', { n })),
    );
    assert.deepEqual(
      answers.map(({ result }) => result),
      Array.from({ length: 60 }, (_, n) => ({ echo: { n } })),
    );
    assert.equal(server.counters.answered, 60);
    await modules.call('echo', 'echo');
    const last = (await headersOf(modules)).at(-1);
    assert.deepEqual([last?.tally?.count, last?.tally?.total], [60, 6_000n]);
    assert.equal(server.counters.wrongTallies, 0);
  });

  it('signs again when the epoch has changed', async () => {
    const { fake, server } = await setUp();
    const modules = await connect(fake);
    await modules.call('echo', 'echo');
    fake.setEpoch(9);
    await server.settle();
    assert.deepEqual((await modules.call('echo', 'echo')).cost, PRICE);
  });

  const spoiled: readonly (readonly [string, string, Parameters<typeof spoil>[1]])[] = [
    ['BAD_RECEIPT', 'an altered result', answer => ({ ...answer, body: '{"echo":1}' })],
    ['BAD_RECEIPT', 'no receipt', answer => ({ ...answer, receipt: '' })],
    [
      'BAD_RECEIPT',
      'a receipt of somebody else',
      answer => ({ ...answer, receipt: resigned(answer.receipt, '//Eve') }),
    ],
    [
      'BAD_RECEIPT',
      'an altered cost',
      answer => ({ ...answer, receipt: altered(answer.receipt, '"100"', '"101"') }),
    ],
    ['BAD_RESPONSE', 'an answer that is no JSON', answer => ({ ...answer, body: '<html>' })],
    ['BAD_RESPONSE', 'an error without a name', () => ({ status: 502, body: '{}', receipt: '' })],
    ['LOST', 'an answer that never came', () => null],
  ];
  for (const [code, what, change] of spoiled)
    it(`does not trust ${what} (${code}), nor tally past it`, async () => {
      const setup = await setUp();
      const modules = await connect(setup.fake, { dir: await directory(), budget: { perEpoch: 3n * PRICE } });
      let spoil1 = true;
      await spoil(setup, answer => (spoil1 ? change(answer) : answer));
      await assert.rejects(modules.call('echo', 'echo'), { code });
      spoil1 = false;
      await modules.call('echo', 'echo');
      await modules.call('echo', 'echo');
      assert.ok((await headersOf(modules)).every(({ tally }) => tally === null));
      // What may have been served counts against the budget.
      await assert.rejects(modules.call('echo', 'echo'), { code: 'OVER_BUDGET' });
    });

  it('refuses a cost above max_usage, even well signed', async () => {
    const setup = await setUp();
    const modules = await connect(setup.fake);
    await spoil(setup, answer => ({
      ...answer,
      receipt: resigned(answer.receipt, '//Server', '"100"', '"1000"'),
    }));
    await assert.rejects(modules.call('echo', 'echo'), { code: 'BAD_RECEIPT', message: /above max_usage/ });
  });

  it('calls a module whose address and URL it is given, and believes only that address', async () => {
    const { fake, server } = await setUp();
    const modules = await connect(fake);
    const { result } = await modules.call({ address: SERVER.address, url: server.url }, 'free');
    assert.equal(result, 'free');
    const impostor = modules.call({ address: ALICE.address, url: server.url }, 'free');
    await assert.rejects(impostor, { name: 'WRONG_SERVER' });
    await assert.rejects(modules.call({ address: SERVER.address, url: '' }, 'free'), {
      code: 'TARGET_INVALID',
    });
  });

  it('tells how long it waits, and gives a call up when it is told to', async () => {
    let heard: (timeout: unknown) => void = () => undefined;
    const arrived = new Promise(resolve => {
      heard = resolve;
    });
    const silent = createServer(request => heard(request.headers['module-timeout']));
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve));
    onEnd(async () => {
      silent.closeAllConnections();
      silent.close();
    });
    const modules = await connect(fakeChain());
    const place = {
      address: SERVER.address,
      url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    };
    const giveUp = new AbortController();
    const call = modules.call(place, 'echo', {}, { timeoutMs: 20_000, signal: giveUp.signal });
    const told = Number(await arrived);
    assert.ok(told > 10_000 && told <= 20_000, `${told} ms`);
    giveUp.abort();
    await assert.rejects(call, { code: 'ABORTED' });
  });

  it('gives up after its time', async () => {
    const { fake } = await setUp({
      functions: { echo: { price: 0n, run: () => new Promise(() => undefined), timeoutMs: 500 } },
    });
    const modules = await connect(fake, { timeoutMs: 50 });
    await assert.rejects(modules.call('echo', 'echo'), { code: 'TIMEOUT' });
  });
});

/** The same receipt, signed by another key, perhaps with another text in it. */
function resigned(blob: string, uri: string, from = '', to = ''): string {
  const { text } = decodeBlob(blob);
  return encodeBlob(signText('receipt', text.replace(from, to), keyPairFromUri(uri)));
}

function altered(blob: string, from: string, to: string): string {
  const { text, signature } = decodeBlob(blob);
  return encodeBlob({ text: text.replace(from, to), signature });
}
