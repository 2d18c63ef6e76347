import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { keyPairFromUri, verifySignature } from '../../chain/index.ts';
import {
  canonicalJson,
  checkOf,
  decodeBlob,
  encodeBlob,
  headerText,
  MAX_DEPTH,
  ModuleError,
  nestingOf,
  parseHeader,
  parseSeed0Auth,
  RecordError,
  seed0Hashes,
  signText,
  verifyCheck,
} from '../../module/index.ts';
import { ALICE, headerOf } from './support/setup.ts';

const vectors = JSON.parse(await readFile(new URL('../vectors/seed-systems.json', import.meta.url), 'utf8'));
const unicodeJson = fc.jsonValue({ stringUnit: 'grapheme' });

describe('canonical JSON', () => {
  it('agrees with another implementation of RFC 8785', () => {
    fc.assert(fc.property(unicodeJson, value => assert.equal(canonicalJson(value), canonicalize(value))));
  });

  it('has the examples of the RFC', () => {
    const value = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    assert.equal(
      canonicalJson(value),
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
    assert.equal(
      canonicalJson({ '€': 1, '\r': 2, '\ufb33': 3, '1': 4, '😀': 5, '\u0080': 6, ö: 7 }),
      '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
    );
  });

  it('refuses what is not JSON instead of guessing', () => {
    const bad = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1n,
      undefined,
      Symbol('s'),
      () => 1,
      new Date(),
      new Map(),
      '\ud800',
      { '\udc00': 1 },
      [undefined],
    ];
    for (const value of bad) assert.throws(() => canonicalJson(value), { code: 'NOT_JSON' });
    const circle: unknown[] = [];
    circle.push(circle);
    assert.throws(() => canonicalJson(circle), { code: 'TOO_DEEP' });
  });

  it('finds the nesting of a text without parsing it', () => {
    fc.assert(
      fc.property(unicodeJson, value => {
        const depth = (json: unknown): number =>
          typeof json === 'object' && json !== null ? 1 + Math.max(0, ...Object.values(json).map(depth)) : 0;
        assert.equal(nestingOf(JSON.stringify(value)), depth(value));
      }),
    );
    assert.equal(nestingOf('['.repeat(1_000_000)), 1_000_000);
    assert.equal(nestingOf('"[[[\\"[["'), 0);
    assert.ok(MAX_DEPTH >= 32);
  });
});

describe('auth blob', () => {
  /** The interface page, followed with nothing but a hash and a signature. */
  it('can be written from the interface page alone', () => {
    const client = keyPairFromUri('//Alice');
    const server = keyPairFromUri('//Server');
    const sha256 = (data: string) => createHash('sha256').update(data, 'utf8').digest('hex');
    const header =
      `{"chain":"test-chain","client":"${client.address}","epoch":5,"fn":"echo","max_usage":"100","nonce":1,` +
      `"params_hash":"${sha256('{"a":1}')}","server":"${server.address}",` +
      `"tally":{"count":0,"nonce":1,"total":"0"},"time":1700000000000,"v":2}`;
    const signature = client.sign(Buffer.from(`devnet:header:2:${header}`, 'utf8'));
    const blob = `${Buffer.from(header).toString('base64url')}.sr25519.${Buffer.from(signature.subarray(1)).toString('hex')}`;
    const signed = decodeBlob(blob);
    const parsed = parseHeader(signed.text);
    assert.ok(verifySignature(checkOf('header', signed, parsed.client)));
    const tally = { count: 0, nonce: 1, total: 0n };
    assert.deepEqual(parsed, headerOf({ time: 1700000000000, tally }, { a: 1 }));
    assert.equal(headerText(parsed), header);
    assert.equal(encodeBlob(signed), blob);
  });

  it('round trips with every scheme', () => {
    for (const scheme of ['sr25519', 'ed25519', 'ecdsa'] as const) {
      const pair = keyPairFromUri('//Alice', scheme);
      const signed = signText('header', headerText(headerOf({ client: pair.account })), pair);
      const back = decodeBlob(encodeBlob(signed));
      assert.equal(back.text, signed.text);
      assert.ok(verifyCheck(checkOf('header', back, pair.account)));
      assert.ok(!verifyCheck(checkOf('receipt', back, pair.account)));
      assert.ok(
        !verifyCheck(
          checkOf('header', { ...back, text: back.text.replace('"nonce":1', '"nonce":2') }, pair.account),
        ),
      );
    }
  });

  it('any text is an answer or a named error', () => {
    const blob = encodeBlob(signText('header', headerText(headerOf()), ALICE));
    const named = (run: () => unknown): void => {
      try {
        run();
      } catch (error) {
        assert.ok(error instanceof ModuleError || error instanceof RecordError, String(error));
      }
    };
    fc.assert(fc.property(fc.string({ unit: 'binary' }), text => named(() => decodeBlob(text))));
    fc.assert(fc.property(unicodeJson, value => named(() => parseHeader(canonicalJson(value)))));
    fc.assert(
      fc.property(fc.nat(blob.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, unit) => {
        const changed = blob.slice(0, at) + unit + blob.slice(at + 1);
        if (changed === blob) return;
        named(() => {
          const signed = decodeBlob(changed);
          const header = parseHeader(signed.text);
          assert.ok(!verifyCheck(checkOf('header', signed, header.client)));
        });
      }),
    );
    for (const bad of [
      '',
      '..',
      'a.b',
      'a.sr25519.00',
      `${'a'.repeat(5000)}.sr25519.00`,
      `${blob}.x`,
      blob.toUpperCase(),
    ])
      assert.throws(() => decodeBlob(bad), { code: 'BAD_BLOB' });
  });
});

describe("seed 0's auth headers", () => {
  const { headers, data_preimage: preimage } = vectors.commune_header;

  it('the live header verifies, and its data is the hash of the call', () => {
    const auth = parseSeed0Auth(headers);
    assert.equal(auth.time, 1756312652381);
    assert.ok(verifyCheck(auth.check) && verifySignature(auth.check));
    const { fn, params } = JSON.parse(preimage);
    assert.ok(seed0Hashes(fn, params).includes(auth.data));
    assert.ok(!verifyCheck(parseSeed0Auth({ ...headers, cost: '11' }).check));
  });

  it('hashes what clients in JavaScript and in Python hash', () => {
    for (const { text, sha256 } of vectors.data_hash) {
      const { fn, params } = JSON.parse(text);
      assert.ok(seed0Hashes(fn, params).includes(sha256));
    }
  });

  it('malformed ones are named', () => {
    const changes = [
      { data: 'x' },
      { time: 'now' },
      { time: '1e9' },
      { key: '5x' },
      { signature: '0x00' },
      { cost: 'x'.repeat(50) },
    ];
    for (const change of changes)
      assert.throws(() => parseSeed0Auth({ ...headers, ...change }), { code: 'BAD_TEXT' });
  });
});
