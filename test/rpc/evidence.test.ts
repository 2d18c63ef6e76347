import assert from 'node:assert/strict';
import { keyPairFromUri } from '../../chain/index.ts';
import { toHex } from '../../consensus/interface/index.ts';
import { loadMechanisms } from '../../node/mechanisms.ts';
import { addressOf } from '../../node/rpc/addresses.ts';
import { stakeMethods } from '../../node/rpc/methods/stake.ts';
import { blockJson } from '../../node/rpc/render.ts';
import * as schemas from '../../node/rpc/schemas.ts';
import { validatorUri, withDirectory } from '../node/support/cluster.ts';
import { openSolo } from '../node/support/solo.ts';
import { BLOCK_A, BLOCK_B, doubleSigning } from '../support/evidence.ts';

const key = keyPairFromUri(validatorUri(0), 'ed25519');

describe('a double-signing', () => {
  it('is seen in its block, in the events of the block and beside the validator', () =>
    withDirectory(async directory => {
      const { advance, application, evidence, genesis, store } = await openSolo(directory);
      await advance();
      const [vote, proposal] = [
        doubleSigning(key, 'prevote', { height: 1 }),
        doubleSigning(key, 'proposal', { height: 1 }),
      ];
      await evidence.add(vote);
      await evidence.add(proposal);
      await advance();
      const stored = await store.block(2);
      assert.ok(stored);
      const shown = schemas.block.parse(blockJson(stored, loadMechanisms(genesis)));
      const validator = addressOf(key.account);
      const shared = { validator, height: 1, round: 0 };
      assert.deepEqual(shown.evidence, [
        {
          kind: 'prevote',
          ...shared,
          first: { blockHash: BLOCK_A, signature: toHex(vote.first.signature) },
          second: { blockHash: BLOCK_B, signature: toHex(vote.second.signature) },
        },
        {
          kind: 'proposal',
          ...shared,
          first: { blockHash: BLOCK_A, validRound: null, signature: toHex(proposal.first.signature) },
          second: { blockHash: BLOCK_B, validRound: null, signature: toHex(proposal.second.signature) },
        },
      ]);
      const slashed = shown.events.filter(({ name }) => name === 'ValidatorSlashed');
      assert.deepEqual(slashed[0]?.data, { ...shared, offence: 'prevote', burned: '5000000000' });
      const method = stakeMethods.find(({ name }) => name === 'stake_validators');
      const api = { state: () => application.tip().state };
      const voters = await method?.run({ api } as never, {} as never);
      const offences = ['prevote', 'proposal'].map(kind => ({ kind, height: 1, round: 0 }));
      assert.deepEqual(voters, [{ validator, power: 100, offences }]);
      await store.close();
    }));
});
