import assert from 'node:assert/strict';
import { createModuleClient, openStore } from '../../module/index.ts';
import { type FakeChain, fakeChain } from './support/fakeChain.ts';
import {
  ALICE,
  BOB,
  callRaw,
  cleanUp,
  directory,
  FUNCTIONS,
  onEnd,
  PRICE,
  SERVER,
  setUp,
} from './support/setup.ts';

/** What a server's store says about a client's claim. */
async function claimOf(dir: string, epoch: number, client = ALICE) {
  const store = await openStore(dir);
  const claim = store.claim({ epoch, client: client.account });
  await store.close();
  return claim;
}

const summary = ({ rows }: FakeChain) =>
  rows.map(({ client, epoch, calls, amount, status }) => [
    client === ALICE.address ? 'alice' : 'bob',
    epoch,
    calls,
    amount,
    status,
  ]);

describe('settlement agent', () => {
  afterEach(cleanUp);

  it('claims receipt by receipt what was never tallied, and lets the debt go at the close', async () => {
    const { server, fake, dir } = await setUp();
    for (let nonce = 1; nonce <= 3; nonce++) await callRaw(server, { nonce });
    await callRaw(server, {}, {}, BOB);
    await callRaw(server, { nonce: 2, fn: 'free' }, {}, BOB);
    fake.setEpoch(6);
    await server.settle();
    assert.deepEqual(summary(fake).sort(), [
      ['alice', 5, 3, 300n, 'OK'],
      ['bob', 5, 1, 100n, 'OK'],
    ]);
    assert.equal(fake.claims.length, 1);
    // Still owed: the close of epoch 6 pays.
    assert.equal((await callRaw(server, { epoch: 6, maxUsage: 800n })).error, 'INSUFFICIENT_RESERVE');
    fake.setReserve(ALICE.address, SERVER.address, 700n);
    fake.setEpoch(7);
    await server.settle();
    assert.equal((await callRaw(server, { epoch: 7, maxUsage: 700n })).status, 200);
    await server.stop();
    assert.deepEqual(await claimOf(dir, 5), {
      status: 'settled',
      verdict: 'OK',
      amount: 300n,
      calls: 3,
      claimedIn: 6,
    });
  });

  it('claims with the tally of a client that tallies', async () => {
    const { server, fake } = await setUp();
    const modules = await createModuleClient({ key: ALICE, client: fake.chain, dir: await directory() });
    onEnd(() => modules.close());
    for (let call = 0; call < 5; call++) await modules.call('echo', 'echo');
    fake.setEpoch(6);
    await server.settle();
    assert.deepEqual(summary(fake), [['alice', 5, 5, 500n, 'OK']]);
    const [claim] = fake.claims;
    // Four calls by the tally, and the one that carried it.
    assert.deepEqual(
      claim?.rows.map(({ receipts }) => receipts.length),
      [1],
    );
  });

  it('ignores tallies that are too small or too large', async () => {
    for (const total of [PRICE, 10n * PRICE]) {
      const { server, fake } = await setUp();
      for (let nonce = 1; nonce <= 3; nonce++) await callRaw(server, { nonce });
      await callRaw(server, { nonce: 4, tally: { nonce: 3, count: 3, total } });
      assert.equal(server.counters.wrongTallies, 1);
      fake.setEpoch(6);
      await server.settle();
      assert.deepEqual(summary(fake), [['alice', 5, 4, 400n, 'OK']]);
      await cleanUp();
    }
  });

  it('ignores a tally over calls that it is still serving', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>(resolve => {
      release = resolve;
    });
    let first = true;
    const run = () => {
      const wait = first ? gate : 1;
      first = false;
      return wait;
    };
    const { server } = await setUp({ functions: { echo: { price: PRICE, run } } });
    const slow = callRaw(server, { nonce: 1 });
    await callRaw(server, { nonce: 2 });
    await callRaw(server, { nonce: 3, tally: { nonce: 2, count: 1, total: PRICE } });
    assert.equal(server.counters.wrongTallies, 1);
    release();
    assert.equal((await slow).status, 200);
  });

  it('tries again while the chain does not answer', async () => {
    const { server, fake } = await setUp();
    await callRaw(server);
    fake.failSends(2);
    fake.setEpoch(6);
    await assert.rejects(server.settle(), { name: 'UNREACHABLE' });
    await until(() => fake.rows.length > 0);
    assert.deepEqual(summary(fake), [['alice', 5, 1, 100n, 'OK']]);
  });

  it('goes on after a restart, and claims nothing twice', async () => {
    const { server, fake, dir } = await setUp();
    for (let nonce = 1; nonce <= 2; nonce++) await callRaw(server, { nonce });
    await server.stop();
    fake.setEpoch(6);
    const { server: second } = await setUp({ dir, fake });
    await second.settle();
    await second.stop();
    assert.equal((await claimOf(dir, 5))?.status, 'claimed');
    // As if it had died after the claim was sent and before that was written down.
    const store = await openStore(dir);
    const pair = { epoch: 5, client: ALICE.account };
    await store.putClaims([
      { pair, claim: { status: 'claiming', verdict: '', amount: 0n, calls: 0, claimedIn: 0 } },
    ]);
    await store.close();
    const { server: third } = await setUp({ dir, fake });
    await third.settle();
    fake.setEpoch(7);
    await third.settle();
    await third.stop();
    assert.deepEqual(summary(fake), [['alice', 5, 2, 200n, 'OK']]);
    assert.equal((await claimOf(dir, 5))?.status, 'settled');
  });

  it('says what it forfeits when it comes too late', async () => {
    const errors: string[] = [];
    const log = {
      info: () => undefined,
      warn: () => undefined,
      error: (_: object, text: string) => void errors.push(text),
    };
    const { server, fake, dir } = await setUp({ log });
    await callRaw(server);
    fake.setEpoch(8);
    await server.settle();
    assert.deepEqual(fake.rows, []);
    assert.match(errors.join(), /stay unpaid/);
    // What can never be charged is not held against the client.
    assert.equal((await callRaw(server, { epoch: 8, maxUsage: 1000n })).status, 200);
    await server.stop();
    assert.equal((await claimOf(dir, 5))?.status, 'forfeited');
  });

  it('warns before money is lost: how much, why, and how long there is; once per epoch', async () => {
    const warned: Record<string, unknown>[] = [];
    const lost: Record<string, unknown>[] = [];
    const log = {
      info: () => undefined,
      warn: (fields: object, message: string) => {
        if ('why' in fields) warned.push({ ...fields, message });
      },
      error: (fields: object) => void lost.push({ ...fields }),
    };
    const { server, fake } = await setUp({ log });
    for (let nonce = 1; nonce <= 3; nonce++) await callRaw(server, { nonce });
    await callRaw(server, {}, {}, BOB);
    fake.failSends(Number.POSITIVE_INFINITY);
    for (const epoch of [6, 7]) {
      fake.setEpoch(epoch);
      await assert.rejects(server.settle(), { name: 'UNREACHABLE' });
      await assert.rejects(server.settle(), { name: 'UNREACHABLE' });
    }
    const due = { epoch: 5, clients: 2, amount: '400', why: 'UNREACHABLE' };
    assert.deepEqual(warned, [
      { ...due, epochsLeft: 2, message: 'these calls are not claimed yet' },
      { ...due, epochsLeft: 1, message: 'this is the last epoch in which these calls can be claimed' },
    ]);
    assert.deepEqual(server.status().dues, [{ ...due, amount: 400n, epochsLeft: 1 }]);
    assert.equal(server.status().unsettled, 400n);
    fake.setEpoch(8);
    await server.settle();
    assert.deepEqual(
      lost.map(({ client, amount }) => [client, amount]).sort(),
      [
        [ALICE.address, '300'],
        [BOB.address, '100'],
      ].sort(),
    );
    assert.deepEqual([server.status().dues, server.status().unsettled], [[], 0n]);
  });

  it('waits for a call that is still running before it claims its client', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>(resolve => {
      release = resolve;
    });
    const { server, fake } = await setUp({
      functions: { echo: { price: PRICE, run: () => gate }, free: FUNCTIONS.free ?? never() },
    });
    const running = callRaw(server);
    await until(async () => (await callRaw(server, { fn: 'free', nonce: 2 })).status === 200);
    fake.setEpoch(6);
    await server.settle();
    assert.deepEqual(fake.rows, []);
    assert.equal((await callRaw(server, { nonce: 3 })).error, 'WRONG_EPOCH');
    release();
    assert.equal((await running).status, 200);
    await until(() => fake.rows.length > 0);
    assert.deepEqual(summary(fake), [['alice', 5, 1, 100n, 'OK']]);
  });

  it('a client finds the settlement right, or sees that it was overcharged', async () => {
    const fake = fakeChain();
    const { server } = await setUp({ fake });
    const modules = await createModuleClient({ key: ALICE, client: fake.chain, dir: await directory() });
    onEnd(() => modules.close());
    await modules.call('echo', 'echo');
    const row = { server: SERVER.address, epoch: 5, calls: 1, owed: 100n, unknown: 0n, refused: 0n };
    assert.deepEqual(await modules.audit(5), [{ ...row, settled: 0n, claims: [], status: 'open' }]);
    fake.setEpoch(6);
    await server.settle();
    fake.setEpoch(7);
    assert.deepEqual(await modules.audit(5), [{ ...row, settled: 100n, claims: ['OK'], status: 'match' }]);
    const [settled] = fake.rows;
    fake.rows.push({ ...(settled ?? never()), amount: 1n });
    assert.deepEqual(await modules.audit(5), [
      { ...row, settled: 101n, claims: ['OK', 'OK'], status: 'overcharged' },
    ]);
  });
});

const never = (): never => {
  throw new Error('this cannot be');
};

/** Polls, because the agent's retries are its own. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 5_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it never happened');
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}
