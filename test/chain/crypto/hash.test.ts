import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import {
  blake2b256,
  DOMAINS,
  type Domain,
  EMPTY_MERKLE_ROOT,
  hashOf,
  merkleRoot,
  sha256,
  sha256Bytes,
  signingBytes,
} from '../../../chain/index.ts';
import { type Hex, toHex, u32 } from '../../../consensus/interface/index.ts';
import { hexBytes } from '../../support/arbitrary.ts';
import { VECTORS } from '../../support/vectors.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('hashes', () => {
  it('sha256 agrees with the vectors', () => {
    for (const { text, sha256: expected } of VECTORS.data_hash) {
      assert.equal(sha256(utf8(text)), `0x${expected}`);
      assert.equal(toHex(sha256Bytes(utf8(text))), `0x${expected}`);
    }
  });

  it('blake2b-256 agrees with its known answers', () => {
    assert.equal(
      toHex(blake2b256(new Uint8Array())),
      '0x0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8',
    );
    for (const { password, seed } of VECTORS.password_key)
      assert.equal(toHex(blake2b256(utf8(password))), `0x${seed}`);
  });

  it('hashOf names a value by its canonical bytes', () => {
    assert.equal(hashOf(u32, 5), sha256(Uint8Array.of(5)));
  });
});

describe('merkleRoot', () => {
  const leaves = (count: number): Hex[] =>
    Array.from({ length: count }, (_, index) => sha256(utf8(`${index}`)));

  it('is defined by RFC 6962', () => {
    assert.equal(merkleRoot([]), `0x${createHash('sha256').digest('hex')}`);
    for (let count = 0; count <= 33; count++) assert.equal(merkleRoot(leaves(count)), rfc6962(leaves(count)));
  });

  it('has another root for every other list', () => {
    const property = fc.property(
      fc.array(hexBytes(32), { maxLength: 6 }),
      fc.array(hexBytes(32), { maxLength: 6 }),
      (a, b) => assert.equal(merkleRoot(a) === merkleRoot(b), a.join() === b.join()),
    );
    fc.assert(property);
    const [a, b, c] = leaves(3) as [Hex, Hex, Hex];
    assert.notEqual(merkleRoot([a, b, c]), merkleRoot([a, b, c, c]));
    assert.notEqual(merkleRoot([merkleRoot([a, b])]), merkleRoot([a, b]));
    assert.notEqual(merkleRoot([a]), a);
    assert.notEqual(merkleRoot([EMPTY_MERKLE_ROOT]), EMPTY_MERKLE_ROOT);
  });
});

describe('signingBytes', () => {
  it('puts the domain and its version before the body', () => {
    assert.deepEqual(signingBytes('header', utf8('{}')), utf8('devnet:header:2:{}'));
    assert.deepEqual(
      signingBytes('transaction', Uint8Array.of(0xff)).subarray(-2),
      Uint8Array.of(0x3a, 0xff),
    );
  });

  it('has no domain whose bytes begin with those of another', () => {
    const prefixes = (Object.keys(DOMAINS) as Domain[]).map(domain =>
      new TextDecoder().decode(signingBytes(domain, new Uint8Array())),
    );
    for (const a of prefixes) for (const b of prefixes) assert.equal(a.startsWith(b), a === b);
  });
});

/** The recursive definition of RFC 6962 section 2.1, with the leaves' hashes as its entries. */
function rfc6962(list: readonly Hex[]): Hex {
  if (list.length === 0) return sha256(new Uint8Array());
  const [only] = list;
  if (list.length === 1 && only !== undefined) return sha256(Buffer.from(`00${only.slice(2)}`, 'hex'));
  let half = 1;
  while (half * 2 < list.length) half *= 2;
  const left = rfc6962(list.slice(0, half)).slice(2);
  const right = rfc6962(list.slice(half)).slice(2);
  return sha256(Buffer.from(`01${left}${right}`, 'hex'));
}
