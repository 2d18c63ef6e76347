import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_RECEIPTS } from '../../consensus/consensus-0/format.ts';
import { Claim, type ClaimRow } from '../../consensus/consensus-0/index.ts';
import { CodecError, decode, encode, toHex } from '../../consensus/interface/index.ts';
import { inBothRunners } from './runners.ts';
import { account, CHAIN, client, server } from './support.ts';

const MAX_U64 = 0xffff_ffff_ffff_ffffn;
const MAX = Number.MAX_SAFE_INTEGER;

/** Small numbers that collide, and the largest that there are. */
const integer = fc.oneof(fc.nat(6), fc.constantFrom(MAX, MAX - 1, 2 ** 32));
const amount = fc.oneof(fc.bigInt(0n, 12n), fc.constantFrom(MAX_U64, MAX_U64 - 1n, 2n ** 63n));
const tally = fc.record({ nonce: integer, count: integer, total: amount });
const someAccount = fc.constantFrom(client, server, account('second'), account('helper-2'));

const terms = fc.record({
  fn: fc.constantFrom('infer', 'free', '', 'constructor'),
  maxUsage: amount,
  server: fc.option(someAccount, { freq: 4 }),
  epoch: fc.option(integer, { freq: 4 }),
});
const receipt = fc.record({
  terms: fc.constantFrom(0, 1),
  paramsHash: fc.constant(toHex(new Uint8Array(32))),
  time: fc.nat(9),
  nonce: integer,
  tally: fc.option(tally),
  signature: fc.uint8Array({ maxLength: 66 }),
  cost: fc.option(amount),
});
const row: fc.Arbitrary<ClaimRow> = fc
  .tuple(someAccount, fc.array(receipt, { maxLength: 5 }), fc.boolean())
  .map(([who, receipts, sorted]) => {
    const own = sorted ? [...receipts].sort((a, b) => a.nonce - b.nonce) : receipts;
    const at = own.findIndex(one => one.tally !== null);
    return { client: who, tally: at < 0 ? null : at, receipts: own };
  });
const claim: fc.Arbitrary<Claim> = fc.record({
  epoch: fc.constantFrom(0, 1),
  time: fc.nat(9),
  terms: fc.tuple(terms, terms),
  rows: fc.array(row, { maxLength: 5 }),
});

inBothRunners('consensus-0 against clients and servers that collude', ({ hostIn, module, runs }) => {
  it('takes any signed claims without a throw, and pays no more than the reserves', () => {
    fc.assert(
      fc.property(fc.array(claim, { minLength: 1, maxLength: 4 }), claims => {
        const host = hostIn(2, { reserve: 30n, thawing: 3n });
        const before = host.books.total();
        for (const args of claims) host.call({ sender: server, method: 'claim', args });
        const owed = [client, account('second')].map(
          who => (host.query('pending', { server, client: who }) as { amount: bigint }).amount,
        );
        assert.ok((owed[0] ?? 0n) <= 33n && (owed[1] ?? 0n) <= 1000n);
        host.nextEpoch();
        assert.equal(host.books.pot(), 0n);
        assert.equal(host.books.total(), before);
      }),
      { numRuns: runs(500) },
    );
  });

  it('adds up counts of calls that nobody can have made', () => {
    const host = hostIn(2);
    const huge = { nonce: MAX, count: MAX, total: 1n };
    const rows = [client, account('second')].map(who => ({
      client: who,
      tally: 0,
      receipts: [
        {
          terms: 0,
          paramsHash: toHex(new Uint8Array(32)),
          time: 0,
          nonce: 1,
          tally: huge,
          signature: new Uint8Array(),
          cost: 0n,
        },
      ],
    }));
    const args: Claim = {
      epoch: 1,
      time: 0,
      terms: [{ fn: 'infer', maxUsage: 1n, server: null, epoch: null }],
      rows,
    };
    assert.ok(host.call({ sender: server, method: 'claim', args }).ok);
    assert.ok(host.call({ sender: server, method: 'claim', args: { ...args, epoch: 0 } }).ok);
    const [{ events } = { events: [] }] = host.nextEpoch();
    const settled = events.find(({ name }) => name === 'settled')?.data as { calls: number; total: bigint };
    assert.deepEqual([settled.calls, settled.total], [MAX, 4n]);
  });

  it('refuses claims that point nowhere', () => {
    const base: Claim = {
      epoch: 1,
      time: 0,
      terms: [{ fn: 'f', maxUsage: 1n, server: null, epoch: null }],
      rows: [],
    };
    const call = {
      terms: 0,
      paramsHash: toHex(new Uint8Array(32)),
      time: 0,
      nonce: 1,
      tally: null,
      signature: new Uint8Array(),
      cost: null,
    };
    const withRow = (change: Partial<ClaimRow>): Claim => ({
      ...base,
      rows: [{ client, tally: null, receipts: [call], ...change }],
    });
    const bad: Claim[] = [
      withRow({ tally: 0 }),
      withRow({ tally: 1 }),
      withRow({ receipts: [{ ...call, terms: 1 }] }),
      { ...withRow({ receipts: [{ ...call, time: MAX }] }), time: 1 },
      withRow({ receipts: Array.from({ length: MAX_RECEIPTS + 1 }, () => call) }),
    ];
    for (const args of bad) assert.throws(() => encode(Claim, args), CodecError);
    assert.deepEqual(decode(Claim, encode(Claim, withRow({}))), withRow({}));
  });

  it('makes one check per header, in order, whatever the claim', () => {
    fc.assert(
      fc.property(claim, args => {
        const method = module().calls.claim;
        const checks = method?.checks?.({ sender: server, args }, { chainId: CHAIN }) ?? [];
        const headers = args.rows.flatMap(({ client: who, receipts }) =>
          receipts.map(({ signature }) => ({ account: who, signature })),
        );
        assert.deepEqual(
          checks.map(({ account: who, signature }) => ({ account: who, signature })),
          headers,
        );
        const weight = method?.weight(args) ?? 0;
        assert.ok(Number.isSafeInteger(weight) && weight >= 100 * headers.length);
      }),
      { numRuns: runs(200) },
    );
  });
});
