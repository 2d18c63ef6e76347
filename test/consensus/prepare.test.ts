import assert from 'node:assert/strict';
import { Claim, consensus0 } from '../../consensus/consensus-0/index.ts';
import type { PreparedCall, StoredReceipt } from '../../consensus/interface/index.ts';
import { decode } from '../../consensus/interface/index.ts';
import { inBothRunners } from './runners.ts';
import {
  account,
  amounts,
  CHAIN,
  claimsOf,
  type client,
  rowsOf,
  served,
  server,
  statuses,
  submit,
} from './support.ts';

const prepare = async (
  receipts: readonly StoredReceipt[],
  maxArgsBytes = 256 * 1024,
): Promise<readonly PreparedCall[]> =>
  (await consensus0.prepare?.({ chainId: CHAIN, server, maxArgsBytes }, 1, receipts)) ?? [];

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** `count` calls at `price`, the last one with a tally of those before it. */
function pairOf(one: typeof client, count: number, price: bigint): StoredReceipt[] {
  const before = count - 1;
  return range(count).map(nonce => {
    const tally = nonce === count ? { nonce: before, count: before, total: BigInt(before) * price } : null;
    // Calls spread over 40 s, as an epoch of 20 blocks at 2 s has them.
    const time = 1_700_000_000_000 + ((nonce * 7919) % 40_000);
    return served({ nonce, client: one, cost: price, maxUsage: price, tally, time });
  });
}

inBothRunners('claims that consensus-0 prepares', ({ hostIn }) => {
  it('costs at most 16 bytes of arguments per paid call at 10 calls a pair', async () => {
    const pairs = 100;
    const receipts = range(pairs).flatMap(index => pairOf(account(`client ${index}`), 10, 5_000_000n));
    const [claim, ...more] = await prepare(receipts);
    assert.ok(claim);
    assert.deepEqual(more, []);
    assert.equal(claim.receipts, 1000);
    const bytes = claim.args.length / 1000;
    assert.ok(bytes <= 16, `${bytes} bytes`);
  });

  it('keeps every claim within its bound, in an order that pays everything', async () => {
    const clients = range(40).map(index => account(`client ${index}`));
    const reserves = clients.map(one => ({ client: one, server, amount: 1000n }));
    const receipts = clients.flatMap((one, index) =>
      range(1 + (index % 7)).map(nonce => served({ nonce, client: one })),
    );
    for (const bound of [600, 1500, 5000]) {
      const calls = await prepare(receipts, bound);
      assert.ok(calls.length > 2);
      const host = hostIn(2, { ...(await import('./support.ts')).world(), reserves });
      for (const { args } of calls) {
        assert.ok(args.length <= bound, `${args.length} bytes`);
        for (const status of statuses(submit(host, decode(Claim, args)))) assert.equal(status, 'OK');
      }
      assert.equal(
        calls.reduce((sum, call) => sum + call.receipts, 0),
        receipts.length,
      );
      host.nextEpoch();
      assert.equal(host.books.free(server), BigInt(receipts.length) * 10n);
    }
  });

  it('cuts the receipts of a client that never tallies into claims with rising nonces', async () => {
    const receipts = range(5000).map(nonce => served({ nonce }));
    const claims = await claimsOf(receipts);
    assert.ok(claims.length >= 3);
    const host = hostIn(2, { reserve: 100_000n });
    const paid = claims.flatMap(claim => amounts(submit(host, claim)));
    assert.equal(
      paid.reduce((sum, amount) => sum + amount, 0n),
      50_000n,
    );
  });

  it('keeps the tally of a client with too many calls above it', async () => {
    const tally = { nonce: 3, count: 3, total: 30n };
    const receipts = range(40).map(nonce => served({ nonce, tally: nonce === 20 ? tally : null }));
    const calls = await prepare(receipts, 1500);
    assert.ok(calls.length > 1);
    const host = hostIn(2);
    const rows = calls.flatMap(({ args }) => rowsOf(submit(host, decode(Claim, args))));
    assert.ok(rows.every(({ status }) => status === 'OK'));
    assert.equal(
      rows.reduce((sum, { amount }) => sum + amount, 0n),
      400n,
    );
    assert.equal(
      calls.reduce((sum, call) => sum + call.receipts, 0),
      40,
    );
  });

  it('takes the best tally that is right, and ignores wrong ones', async () => {
    const right = { nonce: 2, count: 2, total: 20n };
    const short = { nonce: 4, count: 4, total: 39n };
    const long = { nonce: 4, count: 5, total: 40n };
    const receipts = [1, 2, 3, 4, 5, 6].map(nonce =>
      served({ nonce, tally: nonce === 3 ? right : nonce === 5 ? short : nonce === 6 ? long : null }),
    );
    const [claim] = await claimsOf(receipts);
    assert.ok(claim);
    const [row] = claim.rows;
    assert.deepEqual(
      row?.receipts.map(({ nonce }) => nonce),
      [3, 4, 5, 6],
    );
    assert.equal(row?.tally, 0);
    assert.deepEqual(amounts(submit(hostIn(2), claim)), [60n]);
  });

  it('accepts a tally that leaves out free calls, and one on a call that failed', async () => {
    const tally = { nonce: 3, count: 2, total: 20n };
    const receipts = [
      served({ nonce: 1 }),
      served({ nonce: 2, cost: 0n }),
      served({ nonce: 3 }),
      served({ nonce: 4, cost: 0n, tally }),
    ];
    const [claim] = await claimsOf(receipts);
    assert.ok(claim);
    assert.equal(claim.rows[0]?.receipts.length, 1);
    assert.deepEqual(
      rowsOf(submit(hostIn(2), claim)).map(({ calls, amount }) => [calls, amount]),
      [[2, 20n]],
    );
  });

  it('leaves out what is foreign, free, damaged or double', async () => {
    const good = served({ nonce: 1 });
    const other = [
      served({ nonce: 2, epoch: 2 }),
      served({ nonce: 3, server: account('helper-2') }),
      served({ nonce: 4, chain: 'another' }),
      served({ nonce: 5, cost: 0n }),
      served({ nonce: 6, cost: 11n }),
      { ...served({ nonce: 7 }), receipt: served({ nonce: 8 }).receipt },
      { ...served({ nonce: 9 }), header: '{}' },
      served({ nonce: 1 }),
    ];
    const [claim, ...more] = await prepare([...other, good]);
    assert.equal(claim?.receipts, 1);
    assert.deepEqual(more, []);
    assert.deepEqual(await prepare([]), []);
    assert.deepEqual(await prepare(other.slice(0, 4)), []);
  });

  it('puts tallies first', async () => {
    const names = range(6).map(index => account(`client ${index}`));
    const receipts = names.flatMap((one, index) =>
      index % 2 === 0 ? [served({ nonce: 1, client: one })] : pairOf(one, 3, 10n),
    );
    const [claim] = await claimsOf(receipts);
    assert.deepEqual(
      claim?.rows.map(({ tally }) => tally !== null),
      [true, true, true, false, false, false],
    );
  });

  it('says so when not one header fits', async () => {
    await assert.rejects(prepare([served({ nonce: 1 })], 100), RangeError);
  });
});
