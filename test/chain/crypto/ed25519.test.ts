import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { joinSignature, keyPairFromUri, verifySignature } from '../../../chain/index.ts';
import { toHex } from '../../../consensus/interface/index.ts';

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;
const FIELD = Point.Fp.ORDER;
const MESSAGE = new TextEncoder().encode('Zcash');

const fromHexText = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const littleEndian = (value: bigint): Uint8Array =>
  fromHexText(value.toString(16).padStart(64, '0')).reverse();
const toBigInt = (bytes: Uint8Array): bigint => BigInt(toHex(Uint8Array.from(bytes).reverse()));

const TORSION = ED25519_TORSION_SUBGROUP.map(hex => Point.fromHex(hex));
const ORDER_EIGHT = TORSION.find(point => !point.multiplyUnsafe(4n).is0());

/** y = 1 and y = -1 with a sign bit on x = 0, and y = 0, 1 written as p and p + 1, with and without the sign. */
const NON_CANONICAL: readonly string[] = [
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
];
const SMALL_ORDER = [...ED25519_TORSION_SUBGROUP, ...NON_CANONICAL].map(fromHexText);

const SECRET = 123_456_789n;
const NONCE = 987_654_321n;
const challenge = (r: Uint8Array, key: Uint8Array): bigint =>
  toBigInt(sha512(Uint8Array.of(...r, ...key, ...MESSAGE))) % ORDER;

const accepts = (key: Uint8Array, r: Uint8Array, s: bigint, message = MESSAGE): boolean =>
  verifySignature({
    account: toHex(key),
    signature: joinSignature('ed25519', Uint8Array.of(...r, ...littleEndian(s))),
    message,
  });

describe('ed25519 by ZIP-215', () => {
  it('accepts every pair of small-order A and R with s = 0, in canonical form or not', () => {
    assert.equal(SMALL_ORDER.length, 14);
    for (const key of SMALL_ORDER) for (const r of SMALL_ORDER) assert.ok(accepts(key, r, 0n));
  });

  it('refuses small-order A and R with another s', () => {
    for (const key of SMALL_ORDER) assert.ok(!accepts(key, key, 1n));
  });

  it('ignores torsion in A and in R: the equation is multiplied by the cofactor', () => {
    assert.ok(ORDER_EIGHT);
    for (const [inKey, inR] of [
      [true, false],
      [false, true],
      [true, true],
    ]) {
      const key = Point.BASE.multiply(SECRET)
        .add(inKey ? ORDER_EIGHT : Point.ZERO)
        .toBytes();
      const r = Point.BASE.multiply(NONCE)
        .add(inR ? ORDER_EIGHT : Point.ZERO)
        .toBytes();
      assert.ok(accepts(key, r, (NONCE + challenge(r, key) * SECRET) % ORDER));
      assert.ok(!accepts(key, r, (NONCE + challenge(r, key) * SECRET + 1n) % ORDER));
    }
  });

  it('refuses s at or above the group order', () => {
    const key = Point.BASE.multiply(SECRET).toBytes();
    const r = Point.BASE.multiply(NONCE).toBytes();
    const s = (NONCE + challenge(r, key) * SECRET) % ORDER;
    assert.ok(accepts(key, r, s));
    assert.ok(!accepts(key, r, s + ORDER));
    assert.ok(!accepts(key, r, s + 2n ** 255n));
    for (const point of SMALL_ORDER) assert.ok(!accepts(point, point, ORDER));
  });

  it('hashes the bytes of A and R as they came, not their reduced form', () => {
    const [identity, reencoded] = [fromHexText(`01${'00'.repeat(31)}`), fromHexText(NON_CANONICAL[2] ?? '')];
    const key = Point.BASE.multiply(SECRET).toBytes();
    const s = (challenge(reencoded, key) * SECRET) % ORDER;
    assert.ok(accepts(key, reencoded, s));
    assert.ok(!accepts(key, identity, s));
  });

  it('refuses A and R that are on no point', () => {
    const onNoPoint = littleEndian(2n);
    assert.throws(() => Point.fromBytes(onNoPoint, true));
    const good = Point.BASE.multiply(NONCE).toBytes();
    assert.ok(!accepts(onNoPoint, good, NONCE));
    assert.ok(!accepts(good, onNoPoint, NONCE));
  });

  it('decodes y from p to 2^255 - 1 as y - p', () => {
    let decoded = 0;
    for (let y = FIELD; y < 2n ** 255n; y++) {
      const reduced = littleEndian(y - FIELD);
      let point: InstanceType<typeof Point>;
      try {
        point = Point.fromBytes(reduced, true);
      } catch {
        continue;
      }
      decoded++;
      assert.deepEqual(Point.fromBytes(littleEndian(y), true).toBytes(), point.toBytes());
    }
    assert.ok(decoded > 0);
  });

  it('accepts what node:crypto signs and accepts', () => {
    const pair = keyPairFromUri('//Alice', 'ed25519');
    const signature = pair.sign(MESSAGE);
    const x = Buffer.from(pair.publicKey).toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    assert.ok(verify(null, MESSAGE, key, signature.subarray(1)));
    assert.ok(verifySignature({ account: pair.account, signature, message: MESSAGE }));
  });
});
