import assert from 'node:assert/strict';
import { ristretto255 } from '@noble/curves/ed25519.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import * as schnorrkel from '@polkadot-labs/schnorrkel-wasm';
import fc from 'fast-check';
import {
  blake2b256,
  fromAddress,
  joinSignature,
  type KeyPair,
  keyPairFromUri,
  SCHEME_NAMES,
  SCHEMES,
  SIGNATURE_BYTES,
  secretFromUri,
  signatureParts,
  verifySignature,
} from '../../../chain/index.ts';
import { type Account, fromHex, toHex } from '../../../consensus/interface/index.ts';
import { VECTORS } from '../../support/vectors.ts';

const MESSAGE = new TextEncoder().encode('devnet:message:1:hello');
const alice = (scheme: (typeof SCHEME_NAMES)[number]): KeyPair => keyPairFromUri('//Alice', scheme);
const verify = (account: Account, signature: Uint8Array, message = MESSAGE): boolean =>
  verifySignature({ account, signature, message });
const flipped = (bytes: Uint8Array, bit: number): Uint8Array =>
  bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

describe('verifySignature', () => {
  for (const scheme of SCHEME_NAMES) {
    describe(scheme, () => {
      const pair = alice(scheme);
      const signature = pair.sign(MESSAGE);

      it('accepts its own signatures over any message', () => {
        const property = fc.property(fc.uint8Array({ maxLength: 200 }), message =>
          assert.ok(verify(pair.account, pair.sign(message), message)),
        );
        fc.assert(property, { numRuns: 15 });
      });

      it('starts with the byte of its scheme and has its length', () => {
        assert.equal(signature[0], SCHEMES[scheme]);
        assert.equal(signature.length, SIGNATURE_BYTES[scheme] + 1);
      });

      it('refuses a change of any bit of signature, account or message', () => {
        const bits = fc.nat(signature.length * 8 - 1);
        const property = fc.property(bits, bit => {
          assert.ok(!verify(pair.account, flipped(signature, bit)));
          assert.ok(!verify(toHex(flipped(fromHex(pair.account), bit % 256)), signature));
          assert.ok(
            !verify(pair.account, signature, Uint8Array.from(flipped(MESSAGE, bit % (MESSAGE.length * 8)))),
          );
        });
        fc.assert(property, { numRuns: 40 });
      });

      it('refuses the signature under another scheme, and other lengths', () => {
        for (const byte of [0, 1, 2, 3, 4, 42, 255])
          if (byte !== SCHEMES[scheme])
            assert.ok(!verify(pair.account, Uint8Array.of(byte, ...signature.subarray(1))));
        for (const length of [0, 1, 32, 64, signature.length - 1])
          assert.ok(!verify(pair.account, signature.subarray(0, length)));
        assert.ok(!verify(pair.account, Uint8Array.of(...signature, 0)));
      });

      it('answers false to any bytes, and never throws', () => {
        const raw = fc.uint8Array({ minLength: SIGNATURE_BYTES[scheme], maxLength: SIGNATURE_BYTES[scheme] });
        const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
        const property = fc.property(raw, key, (bytes, account) => {
          assert.equal(verify(toHex(account), joinSignature(scheme, bytes)), false);
          assert.equal(verify(pair.account, joinSignature(scheme, bytes)), false);
        });
        fc.assert(property, { numRuns: 40 });
        for (const fill of [0, 0x7f, 0x80, 0xff])
          assert.equal(
            verify(pair.account, joinSignature(scheme, new Uint8Array(SIGNATURE_BYTES[scheme]).fill(fill))),
            false,
          );
      });

      it('answers false to an account that is none', () => {
        for (const account of ['0x', '0x00', `${pair.account}00`, pair.account.toUpperCase(), undefined, 7])
          assert.equal(verify(account as Account, signature), false);
      });
    });
  }
});

describe('sr25519', () => {
  const pair = alice('sr25519');

  it('accepts the live header of the system that seed 0 describes', () => {
    const { headers, signed_message } = VECTORS.commune_header;
    const signature = joinSignature('sr25519', fromHex(headers.signature));
    const account = fromAddress(headers.key);
    assert.ok(verify(account, signature, new TextEncoder().encode(signed_message)));
    assert.ok(!verify(account, signature, new TextEncoder().encode(signed_message.replace('"10"', '"11"'))));
  });

  it('agrees with schnorrkel, both ways', () => {
    const signature = pair.sign(MESSAGE);
    assert.ok(schnorrkel.sr25519_verify(pair.publicKey, MESSAGE, signature.subarray(1)));
    const theirs = schnorrkel.sr25519_sign(pair.publicKey, secretFromUri('//Alice'), MESSAGE);
    assert.ok(verify(pair.account, joinSignature('sr25519', theirs)));
  });

  it('refuses a signature without the marker bit', () => {
    assert.ok(!verify(pair.account, flipped(pair.sign(MESSAGE), 64 * 8 + 7)));
  });

  it('refuses s at or above the group order', () => {
    const signature = pair.sign(MESSAGE);
    const order = ristretto255.Point.Fn.ORDER;
    const s = signature.subarray(33).map((byte, index) => (index === 31 ? byte & 0x7f : byte));
    const above = BigInt(toHex(s.toReversed())) + order;
    const raw = Uint8Array.of(
      ...signature.subarray(1, 33),
      ...fromHex(`0x${above.toString(16).padStart(64, '0')}`).reverse(),
    );
    raw[63] = (raw[63] ?? 0) | 0x80;
    assert.ok(!verify(pair.account, joinSignature('sr25519', raw)));
  });

  it('refuses the identity as a key before any implementation sees it: they disagree on it', () => {
    const raw = new Uint8Array(64);
    raw[63] = 0x80;
    const check = {
      account: toHex(new Uint8Array(32)),
      signature: joinSignature('sr25519', raw),
      message: MESSAGE,
    };
    assert.ok(schnorrkel.sr25519_verify(new Uint8Array(32), MESSAGE, raw));
    assert.equal(signatureParts(check), undefined);
    assert.equal(verifySignature(check), false);
  });
});

describe('ecdsa', () => {
  const pair = alice('ecdsa');
  const signature = pair.sign(MESSAGE);
  const order = secp256k1.Point.Fn.ORDER;

  it('is deterministic', () => assert.deepEqual(pair.sign(MESSAGE), signature));

  it('refuses the same signature with the high s', () => {
    const s = BigInt(toHex(signature.subarray(33, 65)));
    const high = fromHex(`0x${(order - s).toString(16).padStart(64, '0')}`);
    const twin = Uint8Array.of(...signature.subarray(0, 33), ...high, (signature[65] ?? 0) ^ 1);
    // It recovers the same key: without the rule anyone could make a second transaction of one.
    const recoveryFirst = Uint8Array.of(...twin.subarray(65), ...twin.subarray(1, 65));
    const recovered = secp256k1.recoverPublicKey(recoveryFirst, blake2b256(MESSAGE), { prehash: false });
    assert.deepEqual(recovered, pair.publicKey);
    assert.ok(!verify(pair.account, twin));
  });

  it('refuses other recovery ids, 27 and 28 included', () => {
    const right = signature[65] ?? 0;
    for (let id = 0; id < 256; id++)
      if (id !== right)
        assert.ok(!verify(pair.account, Uint8Array.of(...signature.subarray(0, 65), id)), `${id}`);
  });

  it('refuses r or s that is 0 or at least the order', () => {
    const bytes = (value: bigint): Uint8Array => fromHex(`0x${value.toString(16).padStart(64, '0')}`);
    const [r, s] = [signature.subarray(1, 33), signature.subarray(33, 65)];
    for (const bad of [0n, order, order + 1n, 2n ** 256n - 1n])
      for (const [badR, badS] of [
        [bytes(bad), s],
        [r, bytes(bad)],
      ] as const)
        for (const id of [0, 1, 2, 3])
          assert.ok(!verify(pair.account, joinSignature('ecdsa', Uint8Array.of(...badR, ...badS, id))));
  });
});
