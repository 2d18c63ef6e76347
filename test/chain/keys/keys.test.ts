import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import * as schnorrkel from '@polkadot-labs/schnorrkel-wasm';
import * as sr25519 from '@scure/sr25519';
import fc from 'fast-check';
import {
  blake2b256,
  DEV_PHRASE,
  KeyError,
  type KeyErrorCode,
  keyPairFromSecret,
  keyPairFromUri,
  type Scheme,
  secretFromUri,
  verifySignature,
} from '../../../chain/index.ts';
import { seedFromPhrase } from '../../../chain/keys/seed.ts';
import { platform } from '../../../chain/keys/signEd25519.ts';
import { parseSecretUri } from '../../../chain/keys/uri.ts';
import { fromHex, toHex } from '../../../consensus/interface/index.ts';
import { VECTORS } from '../../support/vectors.ts';

const MESSAGE = Uint8Array.of(1, 2, 3);
const refuses = (code: KeyErrorCode, work: () => unknown): void =>
  assert.throws(work, error => error instanceof KeyError && error.code === code && error.hint.length > 0);
const addressOf = (uri: string, scheme: Scheme): string => keyPairFromUri(uri, scheme).address;

describe('secret URIs', () => {
  it('agree with the vectors', () => {
    assert.equal(DEV_PHRASE, VECTORS.sr25519.phrase);
    assert.equal(toHex(seedFromPhrase(DEV_PHRASE, '')), `0x${VECTORS.sr25519.mini_secret}`);
    for (const [uri, { public: key, ss58 }] of Object.entries(VECTORS.sr25519.uris)) {
      for (const written of [uri, DEV_PHRASE + uri, `0x${VECTORS.sr25519.mini_secret}${uri}`]) {
        const pair = keyPairFromUri(written);
        assert.equal(pair.account, `0x${key}`);
        assert.equal(pair.address, ss58);
      }
    }
  });

  it('agree with what Substrate prints for the other schemes', () => {
    assert.equal(addressOf('//Alice', 'ed25519'), '5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu');
    assert.equal(addressOf('//Bob', 'ed25519'), '5GoNkf6WdbxCFnPdAnYYQyCjAKPJgLNxXwPjwTh6DGg6gN3E');
    assert.equal(addressOf('//Alice', 'ecdsa'), '5C7C2Z5sWbytvHpuLTvzKunnnRwQxft1jiqrLD5rhucQ5S9X');
    assert.equal(addressOf('//Bob', 'ecdsa'), '5DVskgSC9ncWQpxFMeUn45NU43RUq93ByEge6ApbnLk6BR9N');
    assert.equal(
      toHex(keyPairFromUri('//Alice', 'ecdsa').publicKey),
      '0x020a1091341fe5664bfa1782d5e04779689068c916b04cb365ec3153755684d9a1',
    );
  });

  it('derive as schnorrkel does, hard and soft', () => {
    const junction = fc.record({
      hard: fc.boolean(),
      name: fc.constantFrom('a', '0', '42', 'Alice', 'x'.repeat(40)),
    });
    const property = fc.property(fc.array(junction, { maxLength: 4 }), junctions => {
      const path = junctions.map(({ hard, name }) => (hard ? '//' : '/') + name).join('');
      let keypair = schnorrkel.sr25519_keypair_from_seed(fromHex(`0x${VECTORS.sr25519.mini_secret}`));
      for (const { hard, chainCode } of parseSecretUri(path).junctions)
        keypair = hard
          ? schnorrkel.sr25519_derive_keypair_hard(keypair, chainCode)
          : schnorrkel.sr25519_derive_keypair_soft(keypair, chainCode);
      assert.equal(keyPairFromUri(path).account, toHex(keypair.subarray(64)));
    });
    fc.assert(property, { numRuns: 20 });
  });

  it('sign with softly derived keys', () => {
    const { account, sign } = keyPairFromUri('//Alice/soft/1');
    assert.ok(verifySignature({ account, signature: sign(MESSAGE), message: MESSAGE }));
  });

  it('encode junctions in SCALE: numbers that fit u64, texts, long texts hashed', () => {
    const codes = (uri: string): string[] =>
      parseSecretUri(uri).junctions.map(({ hard, chainCode }) => `${hard ? '//' : '/'}${toHex(chainCode)}`);
    const padded = (hex: string): string => `0x${hex.padEnd(64, '0')}`;
    assert.deepEqual(codes('/1//256'), [`/${padded('01')}`, `//${padded('0001')}`]);
    assert.deepEqual(codes('//18446744073709551615'), [`//${padded('ffffffffffffffff')}`]);
    // One more does not fit u64, so it is a text of 20 characters.
    assert.deepEqual(codes('//18446744073709551616'), [`//${padded(`50${text('18446744073709551616')}`)}`]);
    assert.deepEqual(codes('//007'), [`//${padded('07')}`]);
    assert.deepEqual(codes('//+7'), [`//${padded('07')}`]);
    assert.deepEqual(codes('//-7'), [`//${padded(`08${text('-7')}`)}`]);
    assert.deepEqual(codes(`//${'a'.repeat(31)}`), [`//0x7c${text('a'.repeat(31))}`]);
    const long = Uint8Array.of(32 << 2, ...new TextEncoder().encode('a'.repeat(32)));
    assert.deepEqual(codes(`//${'a'.repeat(32)}`), [`//${toHex(blake2b256(long))}`]);
    const longer = Uint8Array.of(
      ((100 << 2) & 0xff) | 1,
      (100 << 2) >> 8,
      ...new TextEncoder().encode('b'.repeat(100)),
    );
    assert.deepEqual(codes(`//${'b'.repeat(100)}`), [`//${toHex(blake2b256(longer))}`]);
  });

  it('take a password, which changes the key of a phrase', () => {
    const { phrase, junctions, password } = parseSecretUri(`${DEV_PHRASE}//a/b///pass//word`);
    assert.deepEqual([phrase, junctions.length, password], [DEV_PHRASE, 2, 'pass//word']);
    assert.notEqual(addressOf('//a///secret', 'sr25519'), addressOf('//a', 'sr25519'));
    assert.equal(addressOf('//a///', 'sr25519'), addressOf('//a', 'sr25519'));
  });

  it('name what is wrong, and never repeat the secret', () => {
    refuses('BAD_URI', () => keyPairFromUri('//Alice//'));
    refuses('BAD_URI', () => keyPairFromUri('phrase-with-dashes'));
    refuses('BAD_URI', () => keyPairFromUri('x'.repeat(10_000)));
    refuses('BAD_PHRASE', () => keyPairFromUri('bottom drive obey'));
    refuses('BAD_PHRASE', () => keyPairFromUri(DEV_PHRASE.replace('walk', 'bottom')));
    refuses('BAD_SEED', () => keyPairFromUri('0x1234//Alice'));
    refuses('SOFT_DERIVATION', () => keyPairFromUri('//Alice/soft', 'ed25519'));
    refuses('SOFT_DERIVATION', () => keyPairFromUri('/soft', 'ecdsa'));
    refuses('UNKNOWN_SCHEME', () => keyPairFromUri('//Alice', 'toString' as Scheme));
    assert.throws(
      () => keyPairFromUri('zebra secretword'),
      error => !String(error).includes('secretword'),
    );
  });

  it('are a key or a KeyError, whatever the text', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('/', 'a', '0', 'x', ' ', '1') }));
    const property = fc.property(
      text,
      fc.constantFrom<Scheme>('sr25519', 'ed25519', 'ecdsa'),
      (uri, scheme) => {
        try {
          assert.equal(keyPairFromUri(uri, scheme).scheme, scheme);
        } catch (error) {
          assert.ok(error instanceof KeyError, String(error));
        }
      },
    );
    fc.assert(property, { numRuns: 60 });
  });
});

describe('secrets', () => {
  it('give the key of their URI back', () => {
    for (const scheme of ['sr25519', 'ed25519', 'ecdsa'] as const)
      assert.equal(
        keyPairFromSecret(secretFromUri('//Bob', scheme), scheme).address,
        addressOf('//Bob', scheme),
      );
    assert.equal(keyPairFromSecret(secretFromUri('//Bob/soft')).address, addressOf('//Bob/soft', 'sr25519'));
  });

  it('can be the blake2b-256 of a password, as in the system of seed 0', () => {
    for (const { password, ss58 } of VECTORS.password_key)
      assert.equal(keyPairFromSecret(blake2b256(new TextEncoder().encode(password))).address, ss58);
  });

  it('are not reachable and not changed through the key', () => {
    const secret = secretFromUri('//Alice', 'ed25519');
    const pair = keyPairFromSecret(secret, 'ed25519');
    secret.fill(0);
    assert.ok(verifySignature({ account: pair.account, signature: pair.sign(MESSAGE), message: MESSAGE }));
    assert.ok(!JSON.stringify(pair).includes(toHex(secretFromUri('//Alice', 'ed25519')).slice(2)));
  });

  it('sign with ed25519 to the bytes of the reference, and with sr25519 so that it accepts them', () => {
    for (let round = 0; round < 20; round++) {
      const secret = createHash('sha256').update(`secret ${round}`).digest();
      const message = createHash('sha256').update(`message ${round}`).digest().subarray(round);
      const pair = keyPairFromSecret(secret, 'ed25519');
      const expected = ed25519.sign(message, secret);
      assert.deepEqual(pair.sign(message).subarray(1), expected);
      // What signs where no library loads.
      assert.deepEqual(new Uint8Array(platform(secret)(message)), expected);
      const other = keyPairFromSecret(secret);
      assert.ok(sr25519.verify(message, other.sign(message).subarray(1), other.publicKey));
    }
  });

  it('are refused in other lengths, and for ecdsa outside the group order', () => {
    for (const scheme of ['sr25519', 'ed25519', 'ecdsa'] as const)
      for (const length of [0, 31, 33, 63, 65])
        refuses('BAD_SECRET', () => keyPairFromSecret(new Uint8Array(length), scheme));
    refuses('BAD_SECRET', () => keyPairFromSecret(new Uint8Array(64), 'ed25519'));
    refuses('BAD_SECRET', () => keyPairFromSecret(new Uint8Array(32), 'ecdsa'));
    refuses('BAD_SECRET', () => keyPairFromSecret(new Uint8Array(32).fill(0xff), 'ecdsa'));
  });
});

const text = (characters: string): string => Buffer.from(characters).toString('hex');
