import assert from 'node:assert/strict';
import {
  executeBlock,
  genesisState,
  getAccount,
  getValidators,
  type KeyPair,
  keyPairFromUri,
  SignedTransaction,
  type State,
  selectTransactions,
  sha256,
  TOKEN,
  verifySignature,
} from '../../chain/index.ts';
import { decode, encode, type Hex } from '../../consensus/interface/index.ts';
import { loadMechanisms } from '../../node/mechanisms.ts';
import { createRunner } from '../../node/plugins/runner.ts';
import { PoolError } from '../../node/pool/errors.ts';
import { createPool, type Drop, type Pool } from '../../node/pool/pool.ts';
import type { PoolLimits } from '../../node/pool/queues.ts';
import { alice, bob, signed, testGenesis, transfer } from './support/cluster.ts';

interface Bench {
  readonly pool: Pool;
  readonly drops: Drop[];
  readonly state: () => State;
  readonly height: () => number;
  /** Makes a block of what the pool offers, as a proposer does, and brings the pool up to it. */
  block(): readonly Hex[];
  /** A block with other transactions than the pool's. */
  foreign(encoded: readonly Uint8Array[]): void;
  passTime(ms: number): void;
}

const honest = async (checks: readonly Parameters<typeof verifySignature>[0][]) =>
  checks.map(verifySignature);
const trusting = async (checks: readonly unknown[]) => checks.map(() => true);

function bench(limits: Partial<PoolLimits> = {}, accounts: readonly KeyPair[] = [], verify = honest): Bench {
  const genesis = testGenesis({ accounts });
  const mechanisms = loadMechanisms(genesis);
  let { state } = genesisState(genesis, mechanisms);
  let height = 0;
  let time = genesis.time;
  const drops: Drop[] = [];
  const verifier = { verify };
  const pool = createPool({
    chainId: genesis.chainId,
    runner: createRunner(mechanisms),
    verifier,
    head: () => ({ state, nextHeight: height + 1 }),
    now: () => time,
    limits,
  });
  pool.onDrop(drop => drops.push(drop));
  const input = () => ({
    height: height + 1,
    time: time + 1,
    proposer: getValidators(state)[0]?.validator ?? '0x',
    evidence: [],
  });
  return {
    pool,
    drops,
    state: () => state,
    height: () => height,
    block() {
      const candidates = pool.candidates(genesis.maxBlockBytes);
      const chosen = selectTransactions(state, { ...input(), transactions: candidates }, mechanisms, {
        transactions: 700,
      });
      pool.reject(chosen.rejected);
      const hashes = chosen.included.map(({ hash }) => hash);
      ({ state } = chosen.execution);
      height++;
      pool.committed(hashes, chosen.execution);
      return hashes;
    },
    foreign(encoded) {
      const transactions = encoded.map(bytes => {
        const { transaction, signature } = decode(SignedTransaction, bytes);
        const scheme = signature[0] ?? 0;
        return { hash: sha256(bytes), encoded: bytes, transaction, scheme, authentic: true, verified: [] };
      });
      const execution = executeBlock(state, { ...input(), transactions }, mechanisms);
      ({ state } = execution);
      height++;
      pool.committed(
        transactions.map(({ hash }) => hash),
        execution,
      );
    },
    passTime(ms) {
      time += ms;
    },
  };
}

/** `code`, and whether it is worth trying again. */
const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'accepted',
    (error: unknown) => {
      assert.ok(error instanceof PoolError, String(error));
      assert.ok(error.hint.length > 0);
      return `${error.code}, ${error.final ? 'never' : 'not now'}`;
    },
  );

describe('the pool', () => {
  it('refuses what can never be included, and says so', async () => {
    const { pool, block } = bench();
    const good = signed(alice, 0, transfer(bob));
    const { transaction, signature } = decode(SignedTransaction, good);
    const other = encode(SignedTransaction, { transaction: { ...transaction, chainId: 'other' }, signature });
    const forged = encode(SignedTransaction, { transaction: { ...transaction, nonce: 1 }, signature });
    assert.equal(await refusal(pool.add(new Uint8Array(5), true)), 'MALFORMED, never');
    assert.equal(await refusal(pool.add(new Uint8Array(1_000_000), true)), 'MALFORMED, never');
    assert.equal(await refusal(pool.add(other, true)), 'WRONG_CHAIN, never');
    assert.equal(await refusal(pool.add(forged, true)), 'BAD_SIGNATURE, never');
    assert.equal(
      await refusal(pool.add(signed(alice, 0, transfer(bob), 1n), true)),
      'FEE_LIMIT_TOO_LOW, never',
    );
    assert.equal(await refusal(pool.add(signed(alice, 0, transfer(bob), TOKEN, 0), true)), 'EXPIRED, never');
    const unknown = {
      kind: 'call',
      consensus: 0,
      method: 'nothing',
      args: new Uint8Array(),
      value: 0n,
    } as const;
    assert.equal(await refusal(pool.add(signed(alice, 0, unknown), true)), 'UNKNOWN_METHOD, never');
    assert.equal(await pool.add(good, true), sha256(good));
    block();
    assert.equal(await refusal(pool.add(good, true)), 'NONCE_USED, never');
    assert.equal(pool.size, 0);
  });

  it('refuses what cannot be included now, and says that too', async () => {
    const { pool } = bench({ transactions: 2 });
    const poor = keyPairFromUri('//Poor');
    assert.equal(await refusal(pool.add(signed(poor, 0, transfer(bob)), true)), 'FEE_NOT_PAYABLE, not now');
    await pool.add(signed(alice, 0, transfer(bob)), true);
    await pool.add(signed(alice, 1, transfer(bob)), true);
    assert.equal(await refusal(pool.add(signed(bob, 0, transfer(alice)), true)), 'POOL_FULL, not now');
  });

  it('takes the same transaction once, however often it comes', async () => {
    const { pool } = bench();
    const encoded = signed(alice, 0, transfer(bob));
    const hashes = await Promise.all([
      pool.add(encoded, true),
      pool.add(encoded, false),
      pool.add(encoded, true),
    ]);
    assert.deepEqual(new Set(hashes), new Set([sha256(encoded)]));
    assert.equal(pool.size, 1);
  });

  it('waits for missing nonces, and gives up with a reason', async () => {
    const { pool, block, drops, passTime } = bench();
    const late = await pool.add(signed(alice, 2, transfer(bob)), true);
    assert.equal(pool.hasWork(), false);
    assert.equal(pool.nextNonce(alice.account), 0);
    await pool.add(signed(alice, 0, transfer(bob)), true);
    assert.equal(pool.nextNonce(alice.account), 1);
    assert.equal(block().length, 1);
    assert.equal(pool.get(late)?.hash, late);
    passTime(6 * 60_000);
    block();
    assert.equal(pool.dropped(late)?.code, 'GAP_TIMEOUT');
    assert.deepEqual(
      drops.map(({ hash }) => hash),
      [late],
    );
  });

  it('judges again only who was touched: expiry, spent nonces, spent money', async () => {
    const { pool, block, foreign, state } = bench();
    const expiring = await pool.add(signed(alice, 1, transfer(bob), TOKEN, 1), true);
    const overtaken = await pool.add(signed(bob, 0, transfer(alice, 5n)), true);
    const { free } = getAccount(state(), alice.account);
    foreign([signed(bob, 0, transfer(alice, 7n))]);
    assert.equal(pool.dropped(overtaken)?.code, 'NONCE_USED');
    assert.equal(pool.dropped(expiring)?.code, 'EXPIRED');
    await pool.add(signed(alice, 0, transfer(bob, free - 200n)), true);
    const poor = await pool.add(signed(alice, 1, transfer(bob)), true);
    const behind = await pool.add(signed(alice, 2, transfer(bob)), true);
    block();
    assert.equal(pool.dropped(poor)?.code, 'FEE_NOT_PAYABLE');
    assert.equal(pool.get(behind)?.hash, behind, 'what waits behind it may still be wanted');
    assert.equal(pool.hasWork(), false);
  });

  it('replaces for a tenth more, and tells who was replaced', async () => {
    const { pool, block } = bench();
    const old = await pool.add(signed(alice, 0, transfer(bob), 10_000n), true);
    assert.equal(
      await refusal(pool.add(signed(alice, 0, transfer(bob), 10_999n), true)),
      'NONCE_TAKEN, never',
    );
    const better = await pool.add(signed(alice, 0, transfer(bob), 11_000n), true);
    assert.equal(pool.dropped(old)?.code, 'REPLACED');
    assert.deepEqual(block(), [better]);
  });

  it('remembers its own for peers that come later', async () => {
    const { pool } = bench();
    const [own, foreign] = [signed(alice, 0, transfer(bob)), signed(bob, 0, transfer(alice))];
    const heard: boolean[] = [];
    pool.onAdded((_, isOwn) => heard.push(isOwn));
    await pool.add(own, true);
    await pool.add(foreign, false);
    assert.deepEqual(pool.ownPending(1e6), [own]);
    assert.deepEqual(pool.ownPending(10), []);
    assert.deepEqual(heard, [true, false]);
  });

  it('neither loses nor repeats one of 10,000 from 32 connections', async function () {
    this.timeout(60_000);
    const senders = Array.from({ length: 100 }, (_, index) => keyPairFromUri(`//S//${index}`, 'ed25519'));
    const { pool, block, drops, height, state } = bench({}, senders, trusting);
    const all = Array.from({ length: 10_000 }, (_, index) => {
      const sender = senders[index % 100] ?? alice;
      const unsigned = { ...sender, sign: () => new Uint8Array(65).fill(2) };
      return signed(unsigned, Math.floor(index / 100), transfer(bob));
    });
    const final: Hex[] = [];
    let next = 0;
    let open = 32;
    const connection = async (): Promise<void> => {
      for (let at = next++; at < all.length; at = next++) {
        await pool.add(all[at] ?? new Uint8Array(), true);
        if (at % 500 === 0) final.push(...block());
      }
      open--;
    };
    await Promise.all(Array.from({ length: 32 }, connection));
    while (pool.hasWork()) final.push(...block());
    assert.equal(open, 0);
    assert.equal(pool.size, 0);
    assert.deepEqual(drops, []);
    assert.equal(new Set(final).size, 10_000);
    assert.deepEqual(new Set(final), new Set(all.map(sha256)));
    assert.ok(senders.every(({ account }) => getAccount(state(), account).nonce === 100));
    assert.ok(height() > 10);
  });
});
