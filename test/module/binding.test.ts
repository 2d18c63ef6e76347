/** A module server whose module is bound to another consensus module: claims, reserves and debts follow, by epoch. */
import assert from 'node:assert/strict';
import { consensus0 } from '../../consensus/index.ts';
import type { ModuleServer } from '../../module/index.ts';
import { type FakeChain, fakeChain } from './support/fakeChain.ts';
import { ALICE, callRaw, cleanUp, PRICE, SERVER, setUp } from './support/setup.ts';

const OTHER = 5;
const NO_CODE = 9;

const paid = ({ rows }: FakeChain) =>
  rows.map(({ consensus, epoch, amount, status }) => [consensus, epoch, amount, status]);

/** Bound to 0 through epoch 5, and to another one from epoch 6 on, where alice has 200. */
async function rebound(to = OTHER): Promise<{ server: ModuleServer; fake: FakeChain; dir: string }> {
  const scene = await setUp();
  scene.fake.bind(SERVER.address, 6, to);
  scene.fake.setReserve(ALICE.address, SERVER.address, 2n * PRICE, to);
  return scene;
}

describe('a module server whose module changes its consensus module', () => {
  afterEach(cleanUp);

  it('claims each epoch from the one that settles it', async () => {
    const { server, fake } = await rebound();
    await callRaw(server);
    fake.setEpoch(6);
    assert.equal((await callRaw(server, { epoch: 6 })).status, 200);
    await server.settle();
    fake.setEpoch(7);
    await server.settle();
    assert.deepEqual(paid(fake), [
      [0, 5, PRICE, 'OK'],
      [OTHER, 6, PRICE, 'OK'],
    ]);
  });

  it('serves within the reserve under that one, and counts debts against the reserve that pays them', async () => {
    const { server, fake } = await rebound();
    for (let nonce = 1; nonce <= 5; nonce++) await callRaw(server, { nonce });
    fake.setEpoch(6);
    // Owed 500 under 0, where 1,000 are reserved: none of it counts here.
    for (let nonce = 1; nonce <= 2; nonce++)
      assert.equal((await callRaw(server, { epoch: 6, nonce })).status, 200);
    assert.equal((await callRaw(server, { epoch: 6, nonce: 3 })).error, 'INSUFFICIENT_RESERVE');
    // Each debt is let go by the close of its own one.
    fake.setEpoch(7);
    await server.settle();
    fake.setEpoch(8);
    await server.settle();
    assert.equal((await callRaw(server, { epoch: 8, maxUsage: 2n * PRICE })).status, 200);
  });

  it('is not taken in by a binding from before the epoch: the first call of an epoch asks', async () => {
    const { server, fake } = await setUp();
    await callRaw(server);
    fake.setEpoch(6);
    await server.settle();
    // Bound while the server heard nothing; alice has no reserve there.
    fake.bind(SERVER.address, 7, OTHER);
    fake.setEpoch(7);
    assert.equal((await callRaw(server, { epoch: 7 })).error, 'INSUFFICIENT_RESERVE');
  });

  it('goes on after a restart with claims for both', async () => {
    const { server, fake, dir } = await rebound();
    await callRaw(server);
    fake.setEpoch(6);
    await callRaw(server, { epoch: 6 });
    await server.stop();
    fake.setEpoch(7);
    const again = await setUp({ fake, dir });
    fake.setReserve(ALICE.address, SERVER.address, 2n * PRICE, OTHER);
    // One call of 100 is owed under the new one already.
    assert.equal(
      (await callRaw(again.server, { epoch: 7, maxUsage: 2n * PRICE })).error,
      'INSUFFICIENT_RESERVE',
    );
    await again.server.settle();
    assert.deepEqual(paid(fake).sort(), [
      [0, 5, PRICE, 'OK'],
      [OTHER, 6, PRICE, 'OK'],
    ]);
  });

  it('serves nothing that costs where it has no code to claim with; what costs nothing goes on', async () => {
    const { server, fake } = await rebound(NO_CODE);
    await callRaw(server);
    fake.setEpoch(6);
    const refused = await callRaw(server, { epoch: 6 });
    assert.deepEqual([refused.status, refused.error], [503, 'NOT_CLAIMABLE']);
    assert.equal((await callRaw(server, { epoch: 6, fn: 'free' })).status, 200);
    // The epoch before is claimed all the same.
    await server.settle();
    assert.deepEqual(paid(fake), [[0, 5, PRICE, 'OK']]);
    await server.stop();
    await assert.rejects(setUp({ fake }), { code: 'UNKNOWN_CONSENSUS' });
  });

  it('claims with code that its owner names, or with another version of the same', async () => {
    const named = { ...consensus0, info: { ...consensus0.info, name: 'settlement-b', version: '3.0.0' } };
    const fake = fakeChain();
    fake.setConsensus(OTHER, 'settlement-b', '3.1.0');
    const { server } = await setUp({ fake, mechanisms: [named] });
    fake.bind(SERVER.address, 6, OTHER);
    fake.setReserve(ALICE.address, SERVER.address, PRICE, OTHER);
    fake.setEpoch(6);
    assert.equal((await callRaw(server, { epoch: 6 })).status, 200);
    fake.setEpoch(7);
    await server.settle();
    assert.deepEqual(paid(fake), [[OTHER, 6, PRICE, 'OK']]);
  });

  it('tells its owner of debts that it has no code for any more', async () => {
    const named = { ...consensus0, info: { ...consensus0.info, name: 'settlement-b' } };
    const fake = fakeChain();
    fake.setConsensus(OTHER, 'settlement-b', '1.0.0');
    const { server, dir } = await setUp({ fake, mechanisms: [named] });
    fake.bind(SERVER.address, 6, OTHER);
    fake.bind(SERVER.address, 7, 0);
    fake.setReserve(ALICE.address, SERVER.address, PRICE, OTHER);
    fake.setEpoch(6);
    await callRaw(server, { epoch: 6 });
    await server.stop();
    fake.setEpoch(7);
    const without = await setUp({ fake, dir });
    await without.server.settle();
    const [due] = without.server.status().dues;
    assert.deepEqual([due?.epoch, due?.amount], [6, PRICE]);
    assert.match(due?.why ?? '', /no code here claims from consensus module 5/);
    await without.server.stop();
    const again = await setUp({ fake, dir, mechanisms: [named] });
    await again.server.settle();
    assert.deepEqual(paid(fake), [[OTHER, 6, PRICE, 'OK']]);
  });
});
