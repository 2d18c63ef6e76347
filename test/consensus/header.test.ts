import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { fromAddress, toAddress } from '../../consensus/consensus-0/address.ts';
import {
  type CallHeader,
  headerHash,
  headerSigningBytes,
  headerText,
  parseHeader,
  parseReceipt,
  RecordError,
  receiptText,
} from '../../consensus/consensus-0/index.ts';
import { type Hex, toHex } from '../../consensus/interface/index.ts';
import { account, client, server, sha } from './support.ts';

const vectors = JSON.parse(readFileSync(new URL('../vectors/seed-systems.json', import.meta.url), 'utf8'));

const header: CallHeader = {
  chain: 'devnet',
  server,
  client,
  fn: 'infer',
  paramsHash: sha('{}'),
  time: 1_700_000_000_000,
  epoch: 3,
  nonce: 7,
  maxUsage: 1_000_000_000n,
  tally: { nonce: 6, count: 6, total: 6_000_000_000n },
};

const hash32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
const integer = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const positive = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const amount = fc.bigInt(0n, 0xffff_ffff_ffff_ffffn);
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter(text => Buffer.byteLength(text) <= 64 && !/\p{Surrogate}/u.test(text));
const headers: fc.Arbitrary<CallHeader> = fc.record(
  {
    chain: name,
    server: hash32,
    client: hash32,
    fn: name,
    paramsHash: hash32,
    time: integer,
    epoch: integer,
    nonce: positive,
    maxUsage: amount,
    tally: fc.option(
      fc.record({ nonce: positive, count: integer, total: amount }, { noNullPrototype: true }),
    ),
  },
  { noNullPrototype: true },
);

describe('headers and receipts', () => {
  it('writes the JCS text of the interface page, to the byte', () => {
    assert.equal(
      headerText(header),
      `{"chain":"devnet","client":"${toAddress(client)}","epoch":3,"fn":"infer","max_usage":"1000000000","nonce":7,` +
        `"params_hash":"${sha('{}').slice(2)}","server":"${toAddress(server)}",` +
        `"tally":{"count":6,"nonce":6,"total":"6000000000"},"time":1700000000000,"v":2}`,
    );
  });

  it('agrees with an independent JCS implementation', () => {
    fc.assert(
      fc.property(headers, made => {
        const text = headerText(made);
        assert.equal(canonicalize(JSON.parse(text)), text);
      }),
    );
  });

  it('reads back what it wrote', () => {
    fc.assert(fc.property(headers, made => assert.deepEqual(parseHeader(headerText(made)), made)));
    const receipt = { headerHash: sha('h'), cost: 5n, resultHash: sha('r'), time: 9 };
    assert.deepEqual(parseReceipt(receiptText(receipt)), receipt);
    assert.equal(canonicalize(JSON.parse(receiptText(receipt))), receiptText(receipt));
  });

  it('signs with the domain in front, and hashes the text alone', () => {
    const text = headerText(header);
    assert.equal(Buffer.from(headerSigningBytes(text)).toString(), `devnet:header:2:${text}`);
    assert.equal(headerHash(text), sha(text));
  });

  const refused: [string, (fields: Record<string, unknown>) => unknown][] = [
    ['another version', f => ({ ...f, v: 1 })],
    ['a float budget', f => ({ ...f, max_usage: 1.5 })],
    ['a budget above u64', f => ({ ...f, max_usage: '18446744073709551616' })],
    ['a budget with a leading zero', f => ({ ...f, max_usage: '01' })],
    ['nonce 0', f => ({ ...f, nonce: 0 })],
    ['a negative time', f => ({ ...f, time: -1 })],
    ['an epoch beyond 2^53', f => ({ ...f, epoch: 2 ** 53 })],
    ['an address with a broken checksum', f => ({ ...f, client: `${f.client}`.slice(0, -1).concat('1') })],
    ['a hash with 0x', f => ({ ...f, params_hash: `0x${f.params_hash}` })],
    ['an upper-case hash', f => ({ ...f, params_hash: `${f.params_hash}`.toUpperCase() })],
    ['an unknown field', f => ({ ...f, extra: 1 })],
    ['a field named __proto__', f => JSON.parse(`{"__proto__":1,${JSON.stringify(f).slice(1)}`)],
    ['a missing field', ({ fn, ...rest }) => rest],
    ['an empty fn', f => ({ ...f, fn: '' })],
    ['a fn of 65 bytes', f => ({ ...f, fn: 'x'.repeat(65) })],
    ['a tally that is null', f => ({ ...f, tally: null })],
    ['a list', f => [f]],
    ['a text', () => 'header'],
  ];
  for (const [what, change] of refused)
    it(`refuses ${what}`, () => {
      const text = canonicalize(change(JSON.parse(headerText(header)))) ?? '';
      assert.throws(() => parseHeader(text), RecordError);
    });

  it('refuses other spellings of the same header', () => {
    const text = headerText(header);
    const others = [
      text.replace('{', '{ '),
      ` ${text}`,
      text.replace('"epoch":3', '"epoch":3.0'),
      text.replace('"epoch":3', '"epoch":3,"epoch":3'),
      text.replace('devnet', '\\u0064evnet'),
      JSON.stringify({ v: 2, ...JSON.parse(text) }),
    ];
    for (const other of others)
      assert.throws(
        () => parseHeader(other),
        (error: unknown) => error instanceof RecordError && error.hint !== '',
      );
  });

  it('never throws anything but RecordError', () => {
    const damaged = fc
      .tuple(headers, fc.nat(600), fc.string({ maxLength: 4 }))
      .map(
        ([made, at, noise]) =>
          headerText(made).slice(0, at) + noise + headerText(made).slice(at + noise.length),
      );
    fc.assert(
      fc.property(fc.oneof(damaged, fc.json(), fc.string()), text => {
        for (const parse of [parseHeader, parseReceipt]) {
          try {
            parse(text);
          } catch (error) {
            assert.ok(error instanceof RecordError, String(error));
          }
        }
      }),
      { numRuns: 500 },
    );
    assert.throws(() => parseHeader('['.repeat(1_000_000)), RecordError);
    assert.throws(() => parseHeader('['.repeat(2_000)), RecordError);
  });
});

describe('addresses in headers', () => {
  it('are the ones of Substrate', () => {
    const uris: Record<string, { public: string; ss58: string }> = vectors.sr25519.uris;
    for (const { public: key, ss58 } of Object.values(uris)) {
      assert.equal(toAddress(`0x${key}` as Hex), ss58);
      assert.equal(fromAddress(ss58), `0x${key}`);
    }
  });

  it('of other networks, lengths and alphabets are refused', () => {
    for (const text of [
      '',
      '1',
      'x'.repeat(48),
      '0OIl',
      '12bzRJfh7arnnfPPUZHeJUaE62QLEwhK48QnH9LXeK2m1iZU',
      '1'.repeat(48),
    ])
      assert.equal(fromAddress(text), undefined);
    assert.notEqual(account('a'), account('b'));
  });
});
