/** A light client believes nothing that its validators did not sign: every part of a proof, tampered with. */
import assert from 'node:assert/strict';
import { ProofError, type ProofResult, type Subject, verifyProof } from '../../node/client/index.ts';
import { alice, bob, CHAIN_ID, charlie, validators } from './fakeNode.ts';
import { ask, type Served, serve } from './support.ts';

const trusted = {
  chainId: CHAIN_ID,
  validators: validators.map(({ address }) => ({ validator: address, power: 10 })),
};

describe('proofs', () => {
  let served: Served;
  before(async () => {
    served = await serve();
  });
  after(async () => {
    await served.rpc.close();
    assert.deepEqual(served.defects, []);
  });
  const get = async (method: string, params: object) =>
    (await ask(served.rpc.url, method, params)).result as ProofResult;

  it('show what is there and what is not', async () => {
    const cases: readonly (readonly [Subject, string, object, boolean])[] = [
      [{ kind: 'account', address: alice.address }, 'account_proof', { address: alice.address }, true],
      [{ kind: 'account', address: bob.address }, 'account_proof', { address: bob.address }, false],
      [{ kind: 'link', parent: 1, child: 2 }, 'link_proof', { parent: 1, child: 2 }, true],
      [{ kind: 'link', parent: 2, child: 3 }, 'link_proof', { parent: 'module-2', child: 'module-3' }, false],
      [
        { kind: 'escrow', client: alice.address, server: bob.address },
        'escrow_proof',
        { client: alice.address, server: bob.address },
        true,
      ],
      [
        { kind: 'escrow', client: bob.address, server: alice.address, consensus: 7 },
        'escrow_proof',
        { client: bob.address, server: alice.address, consensus: 7 },
        false,
      ],
      [{ kind: 'storage', consensus: 0, key: '0x7031' }, 'consensus_proof', { id: 0, key: '0x7031' }, false],
    ];
    for (const [subject, method, params, present] of cases) {
      const proved = verifyProof({ subject, proof: await get(method, params), trusted });
      assert.equal(proved.kind, subject.kind);
      assert.equal(proved.value !== null, present);
      assert.equal(proved.height, 1);
    }
  });

  it('are refused when any part is wrong', async () => {
    const subject = { kind: 'account', address: alice.address } as const;
    const proof = await get(
      'account_proof',
      subject.address === undefined ? {} : { address: subject.address },
    );
    const refused = (part: Partial<ProofResult>, code: string, more: Partial<typeof trusted> = {}) =>
      assert.throws(
        () => verifyProof({ subject, proof: { ...proof, ...part }, trusted: { ...trusted, ...more } }),
        (error: unknown) => error instanceof ProofError && error.code === code,
        `${Object.keys(part)} ${code}`,
      );
    const { header, commit } = proof;
    const other = await get('account_proof', { address: bob.address });
    refused({ value: other.value }, 'BAD_PATH');
    refused({ value: `${proof.value}00` as ProofResult['value'] }, 'BAD_PATH');
    refused({ proof: other.proof }, 'BAD_PATH');
    refused({ key: other.key }, 'OTHER_KEY');
    refused(other, 'OTHER_KEY');
    refused({ header: { ...header, stateRoot: header.parentHash } }, 'BAD_CERTIFICATE');
    refused({ header: { ...header, height: 2 } }, 'BAD_CERTIFICATE');
    refused({ header: { ...header, chainId: 'other' } }, 'OTHER_VALIDATORS');
    refused({ header: { ...header, validatorsHash: header.parentHash } }, 'OTHER_VALIDATORS');
    refused({ commit: { ...commit, round: 1 } }, 'BAD_CERTIFICATE');
    refused({ commit: { ...commit, signatures: commit.signatures.slice(0, 2) } }, 'BAD_CERTIFICATE');
    const [first, ...rest] = commit.signatures;
    assert.ok(first);
    const { signature } = first;
    const last = signature.endsWith('00') ? '01' : '00';
    const forged = { ...first, signature: `${signature.slice(0, -2)}${last}` as typeof signature };
    refused({ commit: { ...commit, signatures: [forged, ...rest] } }, 'BAD_CERTIFICATE');
    refused({ commit: { ...commit, signatures: [...rest, first] } }, 'BAD_CERTIFICATE');
    refused({ proof: '0x' }, 'MALFORMED');
    refused({ value: '0xzz' }, 'MALFORMED');
    refused({ header: { ...header, height: 1.5 } }, 'MALFORMED');
    refused({ header: undefined as never }, 'MALFORMED');
    refused({}, 'OTHER_VALIDATORS', { validators: trusted.validators.slice(1) });
    refused({}, 'OTHER_VALIDATORS', { chainId: 'other' });
    // Validators that the server names are no reason to believe it.
    const stranger = [{ validator: charlie.address, power: 10 }];
    refused({ validators: stranger }, 'OTHER_VALIDATORS', { validators: stranger });
  });
});
