/** Signatures that implementations are known to disagree on, and ordinary ones, for all schemes. */
import { ed25519, ristretto255 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { SCHEMES, type Scheme } from '../../../chain/index.ts';
import { type KeyPair, keyPairFromUri } from '../../../chain/keys/index.ts';
import { type Check, toHex } from '../../../consensus/interface/index.ts';

export const SCHEMES_UNDER_TEST: readonly Scheme[] = ['sr25519', 'ed25519', 'ecdsa'];

const message = new TextEncoder().encode('devnet:message:1:hello');
const ED_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const SECP_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Encodings of the eight points of small order, and those of them that are not reduced. */
const SMALL_ORDER = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '0100000000000000000000000000000000000000000000000000000000000080',
].map(hex => Uint8Array.from(Buffer.from(hex, 'hex')));

export interface Sample {
  readonly name: string;
  readonly check: Check;
}

export const goodCheck = (scheme: Scheme, uri = '//Alice', text: Uint8Array = message): Check => {
  const key: KeyPair = keyPairFromUri(uri, scheme);
  return { account: key.account, signature: key.sign(text), message: text };
};

/** Good, bad and adversarial. What each should be is for the reference to say. */
export function samples(): Sample[] {
  const all: Sample[] = [];
  for (const scheme of SCHEMES_UNDER_TEST) all.push(...ordinary(scheme));
  return [...all, ...adversarialEd25519(), ...adversarialSr25519(), ...adversarialEcdsa()];
}

function ordinary(scheme: Scheme): Sample[] {
  const good = goodCheck(scheme);
  const flips = [1, 17, 32, 33, 40, 63, 64].map(at => ({
    name: `${scheme}: byte ${at} of the signature flipped`,
    check: { ...good, signature: flipped(good.signature, at, 1) },
  }));
  return [
    { name: `${scheme}: good`, check: good },
    { name: `${scheme}: empty message`, check: goodCheck(scheme, '//Bob', new Uint8Array()) },
    { name: `${scheme}: other message`, check: { ...good, message: new Uint8Array(3) } },
    { name: `${scheme}: other account`, check: { ...good, account: goodCheck(scheme, '//Bob').account } },
    { name: `${scheme}: one byte short`, check: { ...good, signature: good.signature.slice(0, -1) } },
    { name: `${scheme}: one byte long`, check: { ...good, signature: Uint8Array.of(...good.signature, 0) } },
    ...flips,
  ];
}

function adversarialEd25519(): Sample[] {
  const good = goodCheck('ed25519');
  const s = littleEndian(good.signature.subarray(33));
  const out: Sample[] = [
    { name: 'ed25519: s plus the order', check: withS(good, s + ED_ORDER) },
    { name: 'ed25519: s is the order', check: withS(good, ED_ORDER) },
    { name: 'ed25519: sign bit of R', check: { ...good, signature: flipped(good.signature, 32, 0x80) } },
  ];
  for (const [i, key] of SMALL_ORDER.entries())
    for (const [j, r] of SMALL_ORDER.entries())
      out.push({
        name: `ed25519: key ${i} and R ${j} of small order, s = 0`,
        check: { account: toHex(key), signature: joined('ed25519', r, new Uint8Array(32)), message },
      });
  return [...out, ...torsion()];
}

/** An honest key whose R, or whose key itself, carries a component of small order: only the cofactor forgives it. */
function torsion(): Sample[] {
  const Point = ed25519.Point;
  const secret = 123456789n;
  const nonce = 987654321n;
  const out: Sample[] = [];
  for (const [index, encoded] of SMALL_ORDER.slice(0, 9).entries()) {
    const small = Point.fromBytes(encoded, true);
    for (const [where, key, r] of [
      ['R', Point.BASE.multiply(secret), Point.BASE.multiply(nonce).add(small)],
      ['key', Point.BASE.multiply(secret).add(small), Point.BASE.multiply(nonce)],
    ] as const) {
      const challenge = ed25519Challenge(r.toBytes(), key.toBytes());
      const s = (nonce + challenge * secret) % ED_ORDER;
      out.push({
        name: `ed25519: torsion ${index} in ${where}`,
        check: { account: toHex(key.toBytes()), signature: joined('ed25519', r.toBytes(), le32(s)), message },
      });
    }
  }
  return out;
}

function ed25519Challenge(r: Uint8Array, key: Uint8Array): bigint {
  return littleEndian(sha512(Uint8Array.of(...r, ...key, ...message))) % ED_ORDER;
}

function adversarialSr25519(): Sample[] {
  const good = goodCheck('sr25519');
  const zero = new Uint8Array(32);
  const generator = ristretto255.Point.BASE.toBytes();
  return [
    {
      name: 'sr25519: without the marker bit',
      check: { ...good, signature: flipped(good.signature, 64, 0x80) },
    },
    { name: 'sr25519: s above the order', check: { ...good, signature: flipped(good.signature, 64, 0x70) } },
    {
      name: 'sr25519: R all ones',
      check: { ...good, signature: replaced(good.signature, 1, new Uint8Array(32).fill(255)) },
    },
    { name: 'sr25519: R zero', check: { ...good, signature: replaced(good.signature, 1, zero) } },
    { name: 'sr25519: R negative', check: { ...good, signature: flipped(good.signature, 1, 1) } },
    {
      name: 'sr25519: identity key, R = identity, s = 0',
      check: { account: toHex(zero), signature: joined('sr25519', zero, marked(zero)), message },
    },
    {
      name: 'sr25519: identity key, R = generator, s = 1',
      check: { account: toHex(zero), signature: joined('sr25519', generator, marked(le32(1n))), message },
    },
    { name: 'sr25519: ed25519 key', check: { ...good, account: goodCheck('ed25519').account } },
  ];
}

function adversarialEcdsa(): Sample[] {
  const good = goodCheck('ecdsa');
  const s = bigEndian(good.signature.subarray(33, 65));
  const recovery = good.signature[65] ?? 0;
  const withRecovery = (id: number): Check => ({
    ...good,
    signature: replaced(good.signature, 65, Uint8Array.of(id)),
  });
  const highS = replaced(good.signature, 33, be32(SECP_ORDER - s));
  return [
    {
      name: 'ecdsa: high s',
      check: { ...good, signature: replaced(highS, 65, Uint8Array.of(recovery ^ 1)) },
    },
    { name: 'ecdsa: high s, same recovery id', check: { ...good, signature: highS } },
    { name: 'ecdsa: s = 0', check: { ...good, signature: replaced(good.signature, 33, new Uint8Array(32)) } },
    { name: 'ecdsa: r = 0', check: { ...good, signature: replaced(good.signature, 1, new Uint8Array(32)) } },
    {
      name: 'ecdsa: r is the order',
      check: { ...good, signature: replaced(good.signature, 1, be32(SECP_ORDER)) },
    },
    ...[0, 1, 2, 3, 4, 255].map(id => ({ name: `ecdsa: recovery id ${id}`, check: withRecovery(id) })),
  ];
}

const flipped = (bytes: Uint8Array, at: number, mask: number): Uint8Array =>
  bytes.map((byte, index) => (index === at ? byte ^ mask : byte));

function replaced(bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy.set(part, at);
  return copy;
}

const joined = (scheme: Scheme, r: Uint8Array, s: Uint8Array): Uint8Array =>
  Uint8Array.of(SCHEMES[scheme], ...r, ...s);
const withS = (check: Check, s: bigint): Check => ({
  ...check,
  signature: replaced(check.signature, 33, le32(s)),
});
const marked = (s: Uint8Array): Uint8Array => flipped(s, 31, 0x80);
const bigEndian = (bytes: Uint8Array): bigint => BigInt(toHex(bytes));
const littleEndian = (bytes: Uint8Array): bigint => bigEndian(bytes.slice().reverse());
const be32 = (value: bigint): Uint8Array =>
  Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'));
const le32 = (value: bigint): Uint8Array => be32(value).reverse();
