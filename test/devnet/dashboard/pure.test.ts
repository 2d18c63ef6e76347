import assert from 'node:assert/strict';
import fc from 'fast-check';
import { checksumOf, LIMITS } from '../../../chain/index.ts';
import { formatTokens } from '../../../devnet/amount.ts';
import { loadParts } from '../../../devnet/dashboard/dumpParts.ts';
import { baseUnits, duration, grouped, shortened, tokens } from '../../../devnet/dashboard/format.ts';
import { meanInterval, mergeHeads, missingHeights } from '../../../devnet/dashboard/heads.ts';
import { fromHex } from '../../../devnet/dashboard/hex.ts';
import {
  accountLink,
  earnedLink,
  moduleLink,
  parseRoute,
  parseSearch,
  receiptLink,
  receiptsLink,
  settlementLink,
} from '../../../devnet/dashboard/route.ts';
import type { Head } from '../../../node/client/results.ts';

const ALICE = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
const BOB = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty';
const HASH = `0x${'ab'.repeat(32)}`;
const head = (height: number, time = height * 1_000): Head => ({
  height,
  hash: `0x${height.toString(16).padStart(64, '0')}`,
  parentHash: '0x',
  time,
  epoch: 0,
  proposer: '',
  stateRoot: '0x',
  transactions: 0,
});

describe('the dashboard without a browser', () => {
  it('reads its deep links, and refuses what is none', () => {
    assert.deepEqual(parseRoute(''), { page: 'overview' });
    assert.deepEqual(parseRoute('#/'), { page: 'overview' });
    assert.deepEqual(parseRoute('#/block/12'), { page: 'block', block: 12 });
    assert.deepEqual(parseRoute(`#/block/${HASH}`), { page: 'block', block: HASH });
    assert.deepEqual(parseRoute(`#/transaction/${HASH}`), { page: 'transaction', hash: HASH });
    assert.deepEqual(parseRoute('#/accounts'), { page: 'accounts' });
    assert.deepEqual(parseRoute(accountLink(ALICE)), { page: 'account', address: ALICE });
    assert.deepEqual(parseRoute(moduleLink(3)), { page: 'module', id: 3 });
    assert.deepEqual(parseRoute('#/settlement'), { page: 'settlement', consensus: 0, epoch: null });
    for (const epoch of [null, 7])
      assert.deepEqual(parseRoute(settlementLink(128, epoch)), { page: 'settlement', consensus: 128, epoch });
    for (const epoch of [null, 7])
      assert.deepEqual(parseRoute(receiptsLink(0, epoch)), { page: 'receipts', consensus: 0, epoch });
    const pair = { server: ALICE, client: BOB };
    assert.deepEqual(parseRoute(receiptLink(0, 7, pair)), {
      page: 'receipt',
      consensus: 0,
      epoch: 7,
      ...pair,
    });
    assert.deepEqual(parseRoute(earnedLink(0, 7, BOB)), {
      page: 'earned',
      consensus: 0,
      epoch: 7,
      address: BOB,
    });
    for (const page of ['logs', 'snapshots'] as const) assert.deepEqual(parseRoute(`#/${page}`), { page });
    for (const wrong of [
      'logs/1',
      'receipts/x',
      `receipt/0/7/${ALICE}`,
      `receipt/0/x/${ALICE}/${BOB}`,
      'earned/0/7/alice',
      'accounts/1',
      'account/0x12',
      'module/x',
      'settlement/1/x',
      'settlement/1/2/3',
      'block',
      'block/',
      'block/-1',
      'block/01',
      'block/1/2',
      'block/0xAB',
      'overview/1',
      '%',
    ])
      assert.deepEqual(parseRoute(`#/${wrong}`), { page: 'unknown', path: wrong });
  });

  it('takes any fragment without an error', () => {
    fc.assert(fc.property(fc.string(), text => void parseRoute(text)));
  });

  it('searches for heights, hashes, addresses and names', () => {
    const names = new Map([[ALICE, 'alice']]);
    assert.deepEqual(parseSearch(' 12 ', names), { height: 12 });
    assert.deepEqual(parseSearch(HASH.toUpperCase().replace('0X', '0x'), names), { hash: HASH });
    assert.deepEqual(parseSearch(ALICE, new Map()), { address: ALICE });
    assert.deepEqual(parseSearch('Alice', names), { address: ALICE });
    for (const wrong of ['', '1.5', '0x12', 'bob']) assert.equal(parseSearch(wrong, names), null);
  });

  it('writes amounts to the digit, as the command line does', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 0xffff_ffff_ffff_ffffn), amount => {
        assert.equal(tokens(amount).replaceAll('\u202f', ''), formatTokens(amount));
        assert.equal(tokens(amount.toString()), tokens(amount));
      }),
    );
    assert.equal(tokens(-1_500_000_000n), '-1.5');
    fc.assert(
      fc.property(fc.bigInt(0n, 0xffff_ffff_ffff_ffffn), units =>
        assert.equal(baseUnits(formatTokens(units)), units),
      ),
    );
    for (const wrong of ['', '1.', '.5', '-1', '1e3', '1.0000000001', '18446744073.709551616', '1,5'])
      assert.equal(baseUnits(wrong), null, wrong);
    assert.equal(grouped(1234567), '1\u202f234\u202f567');
  });

  it('writes durations and hashes short', () => {
    assert.deepEqual([-5, 999, 1_000, 9_940, 59_999, 60_000, 3_600_000, 49 * 3_600_000].map(duration), [
      '0 ms',
      '999 ms',
      '1.0 s',
      '9.9 s',
      '59 s',
      '1 min',
      '1 h',
      '2 d',
    ]);
    assert.equal(shortened(HASH), '0xabababab…ababab');
    assert.equal(shortened('0x12'), '0x12');
  });

  it('keeps each height once, the newest first, however blocks arrive', () => {
    const heights = fc.array(fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(heights, heights, (a, b) => {
        const merged = mergeHeads(
          a.map(h => head(h)),
          b.map(h => head(h)),
          10,
        ).map(({ height }) => height);
        const all = [...new Set([...a, ...b])].sort((x, y) => y - x);
        assert.deepEqual(merged, all.slice(0, 10));
      }),
    );
    assert.equal(mergeHeads([head(3, 1)], [head(3, 2)], 5)[0]?.time, 2);
  });

  it('knows which blocks it was not told of, and fetches none that the node lacks', () => {
    assert.deepEqual(missingHeights([head(9), head(7)], 9, 1, 4), [8, 6]);
    assert.deepEqual(missingHeights([], 3, 0, 15), [3, 2, 1]);
    assert.deepEqual(missingHeights([], 9, 8, 15), [9, 8]);
    assert.deepEqual(missingHeights([], 0, 0, 15), []);
  });

  it('cuts dumps into parts as large as a node takes, and nothing is lost', () => {
    for (const size of [0, 1, LIMITS.loadPart, LIMITS.loadPart + 1, 3 * LIMITS.loadPart]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i % 251);
      const parts = loadParts(bytes);
      assert.equal(parts.length, Math.max(1, Math.ceil(size / LIMITS.loadPart)));
      assert.deepEqual(Buffer.concat(parts.map(({ data }) => fromHex(data))), Buffer.from(bytes));
      for (const [index, { part, parts: of, dump }] of parts.entries())
        assert.deepEqual(
          [part, of, dump],
          parts.length === 1 ? [undefined, undefined, undefined] : [index, parts.length, checksumOf(bytes)],
        );
    }
  });

  it('averages the time between blocks', () => {
    assert.equal(meanInterval([head(9, 5_000), head(8, 4_000), head(5, 1_000)]), 1_000);
    assert.equal(meanInterval([head(9)]), null);
    assert.equal(meanInterval([]), null);
  });
});
