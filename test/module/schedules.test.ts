/** Parallel calls with failures and lost answers, in every order: what is tallied, budgeted, settled and audited. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createModuleClient, type ModuleClient } from '../../module/index.ts';
import { fastSigner } from '../support/fastSigner.ts';
import { fakeChain } from './support/fakeChain.ts';
import { FATES, type ModelServer, modelServer } from './support/modelServer.ts';
import { ALICE, cleanUp, directory, onEnd, PRICE as PRICE_OF_ECHO, setUp } from './support/setup.ts';

const PRICE = 10n;
const EPOCH = 6;
const CALLER = fastSigner('caller');
const SERVER = fastSigner('server');

const plan = fc.record({
  calls: fc.array(
    fc.record({
      fate: fc.oneof({ weight: 3, arbitrary: fc.constant('served' as const) }, fc.constantFrom(...FATES)),
      cost: fc.bigInt({ min: 0n, max: PRICE }),
      /** The caller does not wait for the answer. */
      givenUp: fc.integer({ min: 0, max: 9 }).map(one => one === 0),
    }),
    { minLength: 1, maxLength: 20, size: 'max' },
  ),
  /** Calls that are under way at the same time. */
  width: fc.integer({ min: 1, max: 4 }),
  /** In calls at full price. */
  budget: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
  durable: fc.boolean(),
  /** The epoch ends when this call arrives for the first time, if at all. */
  turn: fc.option(fc.nat({ max: 19 }), { nil: undefined }),
});

interface World {
  readonly client: ModuleClient;
  readonly server: ModelServer;
  readonly fake: ReturnType<typeof fakeChain>;
}

type Plan = typeof plan extends fc.Arbitrary<infer Planned> ? Planned : never;

async function run(
  scheduler: fc.Scheduler,
  { calls, width, budget, durable, turn }: Plan,
  check: (world: World) => Promise<void>,
): Promise<void> {
  const fake = fakeChain(EPOCH - 1);
  const server = modelServer(SERVER);
  fake.setModule({ alias: 'm', address: SERVER.address, url: 'http://model', prices: { work: PRICE } });
  const givers = calls.map(() => new AbortController());
  const client = await createModuleClient({
    key: CALLER,
    client: fake.chain,
    dir: durable ? await directory() : undefined,
    budget: { perEpoch: budget === undefined ? undefined : BigInt(budget) * PRICE },
    fetch: async (_, init) => {
      const { index } = JSON.parse(String(init.body)) as { index: number };
      const { fate, cost, givenUp } = calls[index] ?? assert.fail();
      await scheduler.schedule(Promise.resolve(), `${index} arrives`);
      if (index === turn) {
        fake.setEpoch(EPOCH + 1);
        server.setEpoch(EPOCH + 1);
      }
      const answer = server.answer(init, fate, cost);
      if (givenUp) givers[index]?.abort();
      await scheduler.schedule(Promise.resolve(), `${index} answered`);
      init.signal?.throwIfAborted();
      return answer;
    },
  });
  // From the epoch after its birth on it knows all of its calls, with a directory and without.
  fake.setEpoch(EPOCH);
  server.setEpoch(EPOCH);
  const queue = [...calls.keys()];
  async function work(): Promise<void> {
    for (let index = queue.shift(); index !== undefined; index = queue.shift())
      await Promise.allSettled([client.call('m', 'work', { index }, { signal: givers[index]?.signal })]);
  }
  const running = Promise.all(Array.from({ length: width }, work));
  await scheduler.waitFor(running);
  try {
    await check({ client, server, fake });
  } finally {
    await client.close();
  }
}

describe('calls in every order', function () {
  this.timeout(60_000);
  afterEach(cleanUp);

  it('a tally is exactly what is owed; everything settles; budget and audit hold', async () => {
    let tallies = 0;
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), plan, async (scheduler, planned) => {
        await run(scheduler, planned, async ({ client, server, fake }) => {
          const calls = await client.receipts();
          const sum = (epoch: number, states: readonly string[]): bigint =>
            calls
              .filter(({ epoch: of, call }) => of === epoch && states.includes(call.state))
              .reduce((total, { call }) => total + call.amount, 0n);
          // No nonce of an epoch is signed twice.
          const nonces = server.arrived.map(({ epoch, nonce }) => `${epoch}/${nonce}`);
          assert.equal(new Set(nonces).size, nonces.length);
          // Whichever tally the server keeps, it gets what it is owed: not a unit more, and not one less.
          for (const { epoch, tally } of server.arrived) {
            const [with_, without] = [server.claimable(epoch, tally), server.claimable(epoch, null)];
            assert.equal(with_, without, `tally ${tally?.nonce} of ${tally?.total}`);
            if (tally !== null) tallies++;
          }
          fake.setEpoch(EPOCH + 2);
          const row = {
            client: CALLER.address,
            server: SERVER.address,
            calls: 0,
            consensus: 0,
            status: 'OK',
          };
          for (const epoch of [EPOCH, EPOCH + 1]) {
            // What the client knows bounds what it owes, and the budget bounds both.
            const owed = server.claimable(epoch, null);
            const [answered, spent] = [sum(epoch, ['answered']), sum(epoch, ['answered', 'sent'])];
            assert.ok(answered <= owed && owed <= spent, `${answered} <= ${owed} <= ${spent}`);
            if (planned.budget !== undefined) assert.ok(spent <= BigInt(planned.budget) * PRICE);
            fake.rows.push({ ...row, epoch, amount: owed, claimedIn: EPOCH + 2 });
          }
          // The server has claimed all of it, and the client finds no more than it can explain.
          fake.setEpoch(EPOCH + 5);
          for (const { epoch, status } of await client.audit()) {
            const match = server.claimable(epoch, null) === sum(epoch, ['answered']);
            assert.equal(status, match ? 'match' : 'unclear');
          }
        });
        await cleanUp();
      }),
      { numRuns: 150 },
    );
    assert.ok(tallies > 100, `only ${tallies} tallies were tried`);
  });

  it('a real server and a client agree to the unit over a network that loses requests and answers', async () => {
    const { fake, server } = await setUp();
    fake.setReserve(ALICE.address, server.address, 1_000_000n);
    const modules = await createModuleClient({
      key: ALICE,
      client: fake.chain,
      dir: await directory(),
      fetch: async (url, init) => {
        const { round, index } = JSON.parse(String(init.body)) as { round: number; index: number };
        if (round === 3 && index === 0) throw new TypeError('lost on the way');
        const answer = await fetch(url, init);
        // Read whole, so that the server is done with the call.
        const body = await answer.arrayBuffer();
        if (round === 2 && index < 2 && answer.status === 200) throw new TypeError('lost on the way back');
        return new Response(body, { status: answer.status, headers: answer.headers });
      },
    });
    onEnd(() => modules.close());
    const functions = ['echo', 'echo', 'echo', 'free', 'fails'];
    for (let round = 0; round < 6; round++)
      await Promise.allSettled(functions.map((fn, index) => modules.call('echo', fn, { round, index })));
    const sent = await modules.receipts();
    const sum = (state: string): bigint =>
      sent.filter(({ call }) => call.state === state).reduce((total, { call }) => total + call.amount, 0n);
    // A call may also end as a replay, when too many others overtake it; what is lost is known.
    assert.equal(sum('sent'), 3n * PRICE_OF_ECHO);
    assert.ok(sent.some(({ call }) => call.header.includes('"tally"')));
    assert.equal(server.counters.wrongTallies, 0);
    fake.setEpoch(6);
    await server.settle();
    fake.setEpoch(9);
    const [row] = await modules.audit(5);
    assert.equal(row?.settled, sum('answered') + 2n * PRICE_OF_ECHO);
    assert.deepEqual([row?.status, row?.claims], ['unclear', ['OK']]);
  });

  it('one that died in mid-call: its nonce is not used again, nor tallied past, and counts in the budget', async () => {
    const fake = fakeChain(EPOCH);
    const server = modelServer(SERVER);
    fake.setModule({ alias: 'm', address: SERVER.address, url: 'http://model', prices: { work: PRICE } });
    const dir = await directory();
    const connect = (fetch: (url: string, init: RequestInit) => Promise<Response>) =>
      createModuleClient({
        key: CALLER,
        client: fake.chain,
        dir,
        shared: true,
        budget: { perEpoch: 4n * PRICE },
        fetch,
      });
    const answer = async (_: string, init: RequestInit) => server.answer(init, 'served', PRICE);
    await (await connect(answer)).call('m', 'work');
    // It has sent its call, and nobody will ever hear of it again: as after kill -9.
    await new Promise<void>((resolve, reject) => {
      connect((_, init) => {
        assert.throws(() => server.answer(init, 'swallowed', PRICE), TypeError);
        resolve();
        return new Promise(() => undefined);
      })
        .then(dead => dead.call('m', 'work'))
        .catch(reject);
    });
    const next = await connect(answer);
    await next.call('m', 'work');
    await next.call('m', 'work');
    await assert.rejects(next.call('m', 'work'), { code: 'OVER_BUDGET' });
    assert.deepEqual(
      server.arrived.map(({ nonce, tally }) => [nonce, tally?.nonce]),
      [
        [1, undefined],
        [2, 1],
        [3, 1],
        [4, 1],
      ],
    );
    for (const { tally } of server.arrived) assert.equal(server.claimable(EPOCH, tally), 4n * PRICE);
  });

  it('clients that share a directory are one client: no nonce twice, tallies over all of them', async () => {
    const fake = fakeChain(EPOCH);
    const server = modelServer(SERVER);
    fake.setModule({ alias: 'm', address: SERVER.address, url: 'http://model', prices: { work: PRICE } });
    const dir = await directory();
    const connect = async () => {
      const client = await createModuleClient({
        key: CALLER,
        client: fake.chain,
        dir,
        shared: true,
        budget: { perEpoch: 25n * PRICE },
        fetch: async (_, init) => server.answer(init, 'served', PRICE),
      });
      onEnd(() => client.close());
      return client;
    };
    const clients = await Promise.all(Array.from({ length: 5 }, connect));
    const results = await Promise.allSettled(
      clients.flatMap(client => Array.from({ length: 6 }, () => client.call('m', 'work'))),
    );
    // 30 calls for a budget of 25 that all of them share.
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 25);
    for (const result of results)
      if (result.status === 'rejected') assert.equal(result.reason.code, 'OVER_BUDGET');
    assert.equal(server.served.length, 25);
    const used = server.arrived.map(({ nonce }) => nonce);
    assert.equal(new Set(used).size, used.length);
    for (const { tally } of server.arrived) assert.equal(server.claimable(EPOCH, tally), 250n);
    fake.setEpoch(EPOCH + 1);
    const last = await createModuleClient({
      key: CALLER,
      client: fake.chain,
      dir,
      fetch: async (_, init) => server.answer(init, 'served', PRICE),
    });
    onEnd(() => last.close());
    // One that does not share keeps the others waiting for as long as it is open, and then they say so.
    await assert.rejects(createModuleClient({ key: CALLER, client: fake.chain, dir }), {
      code: 'DIRECTORY_IN_USE',
    });
    assert.equal((await last.receipts()).length, used.length);
  });
});
