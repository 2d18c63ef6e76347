/**
 * A settlement agent that dies between any two steps: its disk is copied at that moment, as the operating system would
 * find it after kill -9, and another server goes on from the copy. `kill.test.ts` kills a real process.
 */
import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CallHeader,
  type Chain,
  canonicalJson,
  headerText,
  openStore,
  receiptText,
  signText,
  textHash,
} from '../../module/index.ts';
import { fastSigner } from '../support/fastSigner.ts';
import { type FakeChain, fakeChain } from './support/fakeChain.ts';
import { ALICE, BOB, callRaw, cleanUp, directory, headerOf, PRICE, setUp } from './support/setup.ts';

/** What a dead process leaves: its files, without its lock. */
async function remainsOf(dir: string): Promise<string> {
  const copy = join(await directory(), 'copy');
  await cp(dir, copy, { recursive: true });
  await rm(join(copy, 'LOCK'));
  return copy;
}

/** A chain whose answers to one method stop the one who asks, before or after the chain did what was asked. */
function stopping(chain: Chain, method: 'send' | 'getSettlement', when: 'before' | 'after', skip = 0) {
  let reached = (): void => undefined;
  const there = new Promise<void>(resolve => {
    reached = resolve;
  });
  let left = skip;
  const hang = async (work: () => Promise<unknown>): Promise<unknown> => {
    if (left-- > 0) return work();
    if (when === 'after') await work();
    reached();
    return new Promise(() => undefined);
  };
  const stopped = {
    ...chain,
    [method]: (args: never) => hang(() => (chain[method] as (args: never) => Promise<unknown>)(args)),
  } as Chain;
  return { chain: stopped, there };
}

const paid = ({ rows }: FakeChain): readonly (readonly [string, bigint])[] =>
  rows
    .filter(({ amount }) => amount > 0n)
    .map(({ client, amount }): [string, bigint] => [client === ALICE.address ? 'alice' : 'bob', amount])
    .sort();

const OWED = [
  ['alice', 3n * PRICE],
  ['bob', PRICE],
] as const;

/** Three calls of alice's and one of bob's in epoch 5. */
async function served(chain?: (fake: FakeChain) => Chain) {
  const fake = fakeChain();
  const setup = await setUp({ fake, stopMs: 1, ...(chain && { client: chain(fake) }) });
  for (let nonce = 1; nonce <= 3; nonce++) await callRaw(setup.server, { nonce });
  await callRaw(setup.server, {}, {}, BOB);
  return setup;
}

/** A new server on what is left brings everything to its end, and nothing is paid twice. */
async function goOn(fake: FakeChain, dir: string, epoch: number): Promise<void> {
  const { server } = await setUp({ fake, dir });
  await server.settle();
  assert.deepEqual(paid(fake), OWED);
  fake.setEpoch(epoch + 1);
  await server.settle();
  assert.equal(server.status().unsettled, 0n);
  assert.deepEqual(server.status().dues, []);
  await server.stop();
  const store = await openStore(dir);
  for (const client of [ALICE.account, BOB.account])
    assert.equal(store.claim({ epoch: 5, client })?.status, 'settled');
  await store.close();
  assert.deepEqual(paid(fake), OWED);
}

describe('settlement agent, dying', () => {
  afterEach(cleanUp);

  it('after the receipts were stored', async () => {
    const { fake, dir, server } = await served();
    const copy = await remainsOf(dir);
    await server.stop();
    fake.setEpoch(6);
    await goOn(fake, copy, 6);
  });

  for (const [when, what] of [
    ['before', 'after the claim was written down, before it was sent'],
    ['after', 'after the claim was final, before that was written down'],
  ] as const)
    it(what, async () => {
      let there = Promise.resolve();
      const { fake, dir } = await served(({ chain }) => {
        const stop = stopping(chain, 'send', when);
        there = stop.there;
        return stop.chain;
      });
      fake.setEpoch(6);
      await there;
      await goOn(fake, await remainsOf(dir), 6);
    });

  it('after the claim was accepted, before its epoch was closed', async () => {
    const { fake, dir, server } = await served();
    fake.setEpoch(6);
    await server.settle();
    await goOn(fake, await remainsOf(dir), 6);
  });

  it('after the close, before the debt was let go', async () => {
    let there = Promise.resolve();
    const { fake, dir, server } = await served(({ chain }) => {
      const stop = stopping(chain, 'getSettlement', 'after');
      there = stop.there;
      return stop.chain;
    });
    fake.setEpoch(6);
    await server.settle();
    fake.setEpoch(7);
    await there;
    await goOn(fake, await remainsOf(dir), 7);
  });

  it('after everything', async () => {
    const { fake, dir, server } = await served();
    fake.setEpoch(6);
    await server.settle();
    fake.setEpoch(7);
    await server.settle();
    await goOn(fake, await remainsOf(dir), 7);
  });

  /** More calls of one client, who never tallies, than one transaction has room for. */
  describe('between the parts of a claim', () => {
    const CALLS = 3_500;
    const client = fastSigner('many calls');
    const server = fastSigner('their server');
    const owed = BigInt(CALLS) * PRICE;

    async function manyCalls(): Promise<string> {
      const dir = await directory();
      const store = await openStore(dir, `test-chain ${server.address}`);
      const pair = { epoch: 5, client: client.account };
      const writes = Array.from({ length: CALLS }, (_, index) => {
        const nonce = index + 1;
        const header: CallHeader = headerOf({ client: client.account, server: server.account, nonce });
        const signed = signText('header', headerText(header), client);
        const resultHash = textHash(canonicalJson(null));
        const text = receiptText({ headerHash: textHash(signed.text), cost: PRICE, resultHash, time: 1 });
        const receipt = signText('receipt', text, server);
        const call = {
          header: signed.text,
          headerSignature: signed.signature,
          receipt: receipt.text,
          receiptSignature: receipt.signature,
          cost: PRICE,
          tallied: false,
        };
        return store.putCall(pair, nonce, call, null);
      });
      await Promise.all(writes);
      await store.close();
      return dir;
    }

    const start = (fake: FakeChain, dir: string, chain = fake.chain) =>
      setUp({ fake, dir, key: server, client: chain, stopMs: 1 });
    const total = ({ rows }: FakeChain): bigint => rows.reduce((sum, { amount }) => sum + amount, 0n);

    it('what was sent is paid once, and the rest after the restart', async () => {
      const dir = await manyCalls();
      const fake = fakeChain(6);
      const stop = stopping(fake.chain, 'send', 'before', 1);
      await start(fake, dir, stop.chain);
      await stop.there;
      assert.ok(total(fake) > 0n && total(fake) < owed);
      const { server: second } = await start(fake, await remainsOf(dir));
      await second.settle();
      assert.equal(total(fake), owed);
      assert.ok(fake.rows.every(({ status }) => status === 'OK'));
      assert.ok(fake.claims.length > 1);
    });

    it('a part that fails holds back the ones after it, which would make it unclaimable', async () => {
      const dir = await manyCalls();
      const fake = fakeChain(6);
      fake.failSends(1);
      const { server: served } = await start(fake, dir);
      while (fake.rows.length === 0) await new Promise(resolve => setTimeout(resolve, 10));
      await served.settle();
      assert.equal(total(fake), owed);
    });
  });
});
