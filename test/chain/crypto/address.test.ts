import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AddressError, type AddressErrorCode, fromAddress, toAddress } from '../../../chain/index.ts';
import type { Hex } from '../../../consensus/interface/index.ts';
import { hexBytes } from '../../support/arbitrary.ts';
import { VECTORS } from '../../support/vectors.ts';

const ALICE = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
const ALICE_ID: Hex = '0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d';

const refuses = (code: AddressErrorCode, work: () => unknown): void =>
  assert.throws(work, error => error instanceof AddressError && error.code === code && error.hint.length > 0);

describe('addresses', () => {
  it('agree with the vectors', () => {
    for (const { public: key, ss58 } of Object.values(VECTORS.sr25519.uris)) {
      assert.equal(toAddress(`0x${key}`), ss58);
      assert.equal(fromAddress(ss58), `0x${key}`);
    }
    assert.equal(fromAddress(VECTORS.seed0_example_address), `0x${VECTORS.seed0_example_public}`);
  });

  it('agree with other networks known to all', () => {
    assert.equal(toAddress(ALICE_ID, 0), '15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5');
    assert.equal(toAddress(ALICE_ID, 2), 'HNZata7iMYWmk5RvZRTiAsSDhV8366zq2YGb3tLH5Upf74F');
  });

  it('are there and back again under every prefix', () => {
    fc.assert(
      fc.property(hexBytes(32), fc.integer({ min: 0, max: 16_383 }), (id, prefix) =>
        assert.equal(fromAddress(toAddress(id, prefix), prefix), id),
      ),
    );
  });

  it('are refused with one character changed, left out or doubled', () => {
    const property = fc.property(
      fc.nat(ALICE.length - 1),
      fc.constantFrom(...'123456789ABCXYZabcxyz'),
      (at, letter) => {
        const changed = ALICE.slice(0, at) + letter + ALICE.slice(at + 1);
        if (changed !== ALICE) assert.throws(() => fromAddress(changed), AddressError);
        assert.throws(() => fromAddress(ALICE.slice(0, at) + ALICE.slice(at + 1)), AddressError);
        assert.throws(() => fromAddress(ALICE.slice(0, at) + letter + ALICE.slice(at)), AddressError);
      },
    );
    fc.assert(property);
  });

  it('are an AddressError or an account, whatever the text', () => {
    const property = fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'15Gab') })),
      text => assert.throws(() => fromAddress(text), AddressError),
    );
    fc.assert(property);
  });

  it('name what is wrong', () => {
    refuses('ADDRESS_LENGTH', () => fromAddress(''));
    refuses('ADDRESS_LENGTH', () => fromAddress('5'.repeat(100_000)));
    refuses('ADDRESS_LENGTH', () => fromAddress('5Grwva'));
    refuses('ADDRESS_NOT_BASE58', () => fromAddress(`${ALICE.slice(0, -1)}0`));
    refuses('ADDRESS_CHECKSUM', () => fromAddress(`${ALICE.slice(0, -1)}Z`));
    refuses('ADDRESS_PREFIX', () => fromAddress(toAddress(ALICE_ID, 0)));
    refuses('ADDRESS_PREFIX', () => toAddress(ALICE_ID, 16_384));
    refuses('ADDRESS_ACCOUNT', () => toAddress('0x00'));
    refuses('ADDRESS_ACCOUNT', () => toAddress(undefined as unknown as Hex));
    refuses('ADDRESS_LENGTH', () => fromAddress(undefined as unknown as string));
  });
});
