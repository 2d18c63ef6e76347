/** What clients may try against a server, each with what stops it. The other side's lies are in client.test.ts. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decodeBlob, type KeyPair, type ModuleServer, parseReceipt } from '../../module/index.ts';
import { fastSigner } from '../support/fastSigner.ts';
import { fakeChain } from './support/fakeChain.ts';
import {
  ALICE,
  authOf,
  BOB,
  callRaw,
  cleanUp,
  FUNCTIONS,
  headerOf,
  onEnd,
  PRICE,
  post,
  type RawAnswer,
  SERVER,
  setUp,
} from './support/setup.ts';

const clients = Array.from({ length: 10 }, (_, n) => fastSigner(`client ${n}`));

const clientAt = (n: number): KeyPair => clients[n % clients.length] ?? ALICE;

const costOf = ({ receipt }: RawAnswer): bigint => parseReceipt(decodeBlob(receipt ?? '').text).cost;

describe('attacks on a module server', () => {
  afterEach(cleanUp);

  describe('one header, used again', () => {
    const auth = (): { readonly 'module-auth': string } => ({ 'module-auth': authOf(headerOf()) });

    it('at the same server, one after another and at once', async () => {
      const { server } = await setUp();
      const headers = auth();
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => post(`${server.url}/echo`, '{}', headers)),
      );
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(9).fill(409)]);
      assert.equal((await post(`${server.url}/echo`, '{}', headers)).error, 'REPLAY');
      assert.equal(server.status().unsettled, PRICE);
    });

    it('at another server', async () => {
      const { fake } = await setUp();
      const { server: other } = await setUp({ fake, key: BOB });
      assert.equal((await post(`${other.url}/echo`, '{}', auth())).error, 'WRONG_SERVER');
    });

    it('on another chain with the same server', async () => {
      const fake = fakeChain(5, 'other-chain');
      const { server } = await setUp({ fake });
      assert.equal((await post(`${server.url}/echo`, '{}', auth())).error, 'WRONG_CHAIN');
    });

    it('in another epoch', async () => {
      const { server, fake } = await setUp();
      const headers = auth();
      await post(`${server.url}/echo`, '{}', headers);
      fake.setEpoch(6);
      // The books of epoch 5 may still be open for late calls; they remember it.
      const soon = await post(`${server.url}/echo`, '{}', headers);
      assert.ok(soon.error === 'REPLAY' || soon.error === 'WRONG_EPOCH');
      await server.settle();
      assert.equal((await post(`${server.url}/echo`, '{}', headers)).error, 'WRONG_EPOCH');
    });

    it('after a restart, also if its call was never answered', async () => {
      const { server, dir, fake } = await setUp({
        stopMs: 1,
        functions: { ...FUNCTIONS, echo: { price: PRICE, run: () => new Promise(() => undefined) } },
      });
      const headers = auth();
      const cut = post(`${server.url}/echo`, '{}', headers);
      await eventually(() => server.status().running === 1);
      await server.stop();
      assert.equal((await cut).error, 'STOPPING');
      const { server: second } = await setUp({ dir, fake });
      assert.equal((await post(`${second.url}/echo`, '{}', headers)).error, 'REPLAY');
      assert.equal((await callRaw(second, { nonce: 2 })).status, 200);
    });

    it('for another function, or with other params', async () => {
      const { server } = await setUp();
      assert.equal((await post(`${server.url}/free`, '{}', auth())).error, 'WRONG_FUNCTION');
      assert.equal((await post(`${server.url}/echo`, '{"a":1}', auth())).error, 'WRONG_PARAMS');
    });
  });

  it('clocks: 60 s to either side and no more', async () => {
    const { server } = await setUp({ now: () => 1_000_000 });
    let nonce = 0;
    const at = async (time: number) => (await callRaw(server, { time, nonce: ++nonce })).error;
    assert.equal(await at(1_000_000 - 60_000), undefined);
    assert.equal(await at(1_000_000 - 60_001), 'STALE');
    assert.equal(await at(1_000_000 + 60_000), undefined);
    assert.equal(await at(1_000_000 + 60_001), 'FUTURE');
  });

  it('a price that is raised in mid-epoch never applies early, a lower one not late', async () => {
    for (const [price, before, after] of [
      [200n, PRICE, 200n],
      [40n, PRICE, 40n],
    ] as const) {
      const { server, fake } = await setUp();
      fake.setReserve(ALICE.address, SERVER.address, 10_000n);
      assert.equal(costOf(await callRaw(server, { maxUsage: 500n })), before);
      fake.changePrices(SERVER.address, { echo: price });
      await server.settle();
      assert.equal(costOf(await callRaw(server, { nonce: 2, maxUsage: 500n })), before);
      fake.setEpoch(6);
      // At once: a call can come before anybody has looked at the chain again.
      assert.equal(costOf(await callRaw(server, { epoch: 6, maxUsage: 500n })), after);
      await cleanUp();
    }
  });

  it('a cost above max_usage: a call is not served for less than its price', async () => {
    const { server } = await setUp();
    const answer = await callRaw(server, { maxUsage: PRICE - 1n });
    assert.deepEqual([answer.status, answer.error], [402, 'MAX_USAGE_TOO_LOW']);
    assert.equal(server.status().unsettled, 0n);
  });

  it('a client that spends the same money at two servers pays both', async () => {
    const { server, fake } = await setUp();
    const { server: other } = await setUp({ fake, key: BOB });
    const spend = async (where: ModuleServer, account: typeof BOB.account) => {
      const answers = [];
      for (let nonce = 1; nonce <= 11; nonce++)
        answers.push(await callRaw(where, { nonce, server: account }));
      return answers.map(({ status }) => status);
    };
    const tenAndNoMore = [...Array(10).fill(200), 402];
    assert.deepEqual(await Promise.all([spend(server, SERVER.account), spend(other, BOB.account)]), [
      tenAndNoMore,
      tenAndNoMore,
    ]);
    fake.setEpoch(6);
    await Promise.all([server.settle(), other.settle()]);
    assert.deepEqual(
      fake.rows.map(({ amount, status }) => [amount, status]),
      [
        [1000n, 'OK'],
        [1000n, 'OK'],
      ],
    );
  });

  it('thaw and run: what was served before is claimed in full, and nothing is served after', async () => {
    const { server, fake } = await setUp();
    for (let nonce = 1; nonce <= 5; nonce++) await callRaw(server, { nonce });
    fake.thaw(ALICE.address, SERVER.address);
    fake.setEpoch(6);
    await server.settle();
    assert.deepEqual(
      fake.rows.map(({ amount, status }) => [amount, status]),
      [[500n, 'OK']],
    );
    const refused = await callRaw(server, { epoch: 6 });
    assert.equal(refused.error, 'INSUFFICIENT_RESERVE');
    assert.equal((refused.json as { error: { reserve: string } }).error.reserve, '0');
  });

  it('tallies that are too small, too large, or of other nonces change nothing', async () => {
    const tallies = [
      { nonce: 3, count: 3, total: 299n },
      { nonce: 3, count: 3, total: 301n },
      { nonce: 3, count: 2, total: 300n },
      { nonce: 3, count: 4, total: 300n },
      { nonce: 2, count: 3, total: 300n },
      { nonce: 9, count: 3, total: 100n },
      { nonce: 3, count: 0, total: 0n },
    ];
    for (const tally of tallies) {
      const { server, fake } = await setUp();
      for (let nonce = 1; nonce <= 3; nonce++) await callRaw(server, { nonce });
      assert.equal((await callRaw(server, { nonce: 4, tally })).status, 200);
      assert.equal(server.counters.wrongTallies, 1);
      fake.setEpoch(6);
      await server.settle();
      assert.deepEqual(
        fake.rows.map(({ amount, calls, status }) => [amount, calls, status]),
        [[400n, 4, 'OK']],
      );
      await cleanUp();
    }
  });

  it('bodies of many connections share one limit; what nobody signed is not read at all', async () => {
    const { server } = await setUp({ maxBodyBytes: 100_000 });
    const open = async (nonce: number, signer = ALICE): Promise<Socket> => {
      const socket = connect(server.port, '127.0.0.1');
      onEnd(async () => void socket.destroy());
      await once(socket, 'connect');
      const auth = authOf(headerOf({ nonce }), signer);
      socket.write(
        `POST /echo HTTP/1.1\r\nhost: x\r\nmodule-auth: ${auth}\r\ncontent-length: 500000\r\n\r\n${'x'.repeat(60_000)}`,
      );
      return socket;
    };
    const answerOf = async (socket: Socket): Promise<string> => {
      const [bytes] = await once(socket, 'data');
      return /"name":"(\w+)"/.exec(String(bytes))?.[1] ?? String(bytes);
    };
    assert.equal(await answerOf(await open(1, BOB)), 'BAD_SIGNATURE');
    const sockets = await Promise.all([open(1), open(2)]);
    assert.equal(await Promise.race(sockets.map(answerOf)), 'OVERLOADED');
    for (const socket of sockets) socket.destroy();
    await eventually(async () => (await callRaw(server, { nonce: 3 })).status === 200);
  });

  it('a flood beyond running and waiting calls is refused at once, told when to come back, and served later', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>(resolve => {
      release = resolve;
    });
    const functions = { echo: { price: 0n, maxRunning: 3, run: () => gate } };
    const { server } = await setUp({ functions, limits: { waiting: 5 } });
    const url = `${server.url}/echo`;
    const first = Array.from({ length: 8 }, (_, n) =>
      post(url, '{}', { 'module-auth': authOf(headerOf({ client: clientAt(n).account }), clientAt(n)) }),
    );
    await eventually(() => server.status().waiting === 5);
    assert.equal(server.status().running, 3);
    const refused = await fetch(url, { method: 'POST', headers: { 'module-auth': authOf(headerOf()) } });
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '1']);
    assert.match(await refused.text(), /"name":"OVERLOADED"/);
    release();
    assert.deepEqual(
      (await Promise.all(first)).map(({ status }) => status),
      Array(8).fill(200),
    );
    // The refusal has used no nonce.
    assert.equal((await callRaw(server)).status, 200);
  });

  it('a thousand callers at once are all answered', async () => {
    const { server } = await setUp({ functions: { free: { price: 0n, run: () => 'free' } } });
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) =>
        post(`${server.url}/free`, '{}', {
          'module-auth': authOf(
            headerOf({ fn: 'free', client: clientAt(n).account, nonce: 1 + Math.floor(n / 10) }),
            clientAt(n),
          ),
        }),
      ),
    );
    // Calls of one client can overtake one another; then the earlier nonce is refused.
    assert.ok(answers.every(({ status, error }) => status === 200 || error === 'REPLAY'));
    assert.equal(answers.filter(({ status }) => status === 200).length, server.counters.answered);
    assert.ok(server.counters.answered >= 10);
    assert.deepEqual([server.status().running, server.status().waiting], [0, 0]);
  });

  it('a client that hangs up before its turn leaves the line', async () => {
    const functions = { echo: { price: PRICE, maxRunning: 1, run: () => new Promise(() => undefined) } };
    const { server } = await setUp({ functions, stopMs: 1 });
    const running = callRaw(server).catch(() => null);
    await eventually(() => server.status().running === 1);
    const leave = new AbortController();
    const waiting = fetch(`${server.url}/echo`, {
      method: 'POST',
      headers: { 'module-auth': authOf(headerOf({ nonce: 2 })) },
      signal: leave.signal,
    }).catch(({ name }) => name);
    await eventually(() => server.status().waiting === 1);
    leave.abort();
    assert.equal(await waiting, 'AbortError');
    await eventually(() => server.status().waiting === 0);
    assert.equal(server.status().functions.echo?.failed.CLIENT_GONE, 1);
    await server.stop();
    await running;
  });

  it('when it stops, running calls end, waiting ones too, new ones are refused, and what is due is claimed', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>(resolve => {
      release = resolve;
    });
    let slow = false;
    const functions = { echo: { price: PRICE, maxRunning: 1, run: () => (slow ? gate : 1) } };
    const { server, fake } = await setUp({ functions });
    await callRaw(server);
    slow = true;
    const [first, second] = [callRaw(server, { nonce: 2 }), callRaw(server, { epoch: 6 }, {}, BOB)];
    await eventually(() => server.status().running + server.status().waiting === 2);
    fake.setEpoch(6);
    const stopped = server.stop();
    assert.equal((await callRaw(server, { nonce: 3 })).error, 'STOPPING');
    release();
    assert.deepEqual([(await first).status, (await second).status], [200, 200]);
    await stopped;
    assert.deepEqual(
      fake.rows.map(({ amount, epoch, status }) => [amount, epoch, status]),
      [[2n * PRICE, 5, 'OK']],
    );
  });

  it('a second stop does no harm', async () => {
    const { server } = await setUp();
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
  });
});

/** Polls what nobody gives notice of. */
async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 5_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('it never happened');
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}
