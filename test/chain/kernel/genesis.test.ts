import assert from 'node:assert/strict';
import {
  DEFAULT_RULES,
  type Genesis,
  GenesisError,
  type GenesisErrorCode,
  genesisHash,
  genesisState,
  getStake,
  getSupply,
  invariants,
  State,
  TOKEN,
} from '../../../chain/index.ts';
import { consensus0 } from '../../../consensus/index.ts';
import { fail } from '../../../consensus/interface/index.ts';
import { accountOf, createTestChain, testGenesis, VALIDATOR } from '../../support/chain.ts';
import { withProbe } from '../../support/probe.ts';

const mechanisms = new Map([[0, consensus0]]);
const [first] = testGenesis().consensus;
assert.ok(first);

describe('genesis', () => {
  it('makes a state that is backed, and the same from its rows', () => {
    const genesis = testGenesis();
    const { state, hash, validators } = genesisState(genesis, mechanisms);
    assert.deepEqual(invariants(state), []);
    assert.equal(hash, genesisHash(genesis));
    assert.deepEqual(validators, [{ validator: accountOf(VALIDATOR), power: 100 }]);
    assert.deepEqual(getSupply(state), { total: 3100n * TOKEN, minted: 0n, burned: 0n });
    const target = { kind: 'validator', validator: accountOf(VALIDATOR) } as const;
    assert.equal(getStake(state, accountOf(VALIDATOR), target)?.amount, 100n * TOKEN);
    assert.equal(State.fromRows(state.rows()).root, state.root);
    assert.equal(genesisState(genesis, mechanisms).state.root, state.root);
  });

  it('has another name with any other content', () => {
    assert.notEqual(genesisHash(testGenesis()), genesisHash({ ...testGenesis(), time: 1 }));
  });

  const account = { account: accountOf('Alice'), free: 1n };
  const validator = { validator: accountOf(VALIDATOR), stake: TOKEN };
  const refused: readonly (readonly [GenesisErrorCode, Partial<Genesis>])[] = [
    ['OUT_OF_RANGE', { epochLength: 0 }],
    ['OUT_OF_RANGE', { graceEpochs: 61 }],
    ['OUT_OF_RANGE', { unstakeEpochs: 0 }],
    ['OUT_OF_RANGE', { governance: { ...DEFAULT_RULES, votingEpochs: 0 } }],
    ['OUT_OF_RANGE', { governance: { ...DEFAULT_RULES, thresholdBps: 4_999 } }],
    ['OUT_OF_RANGE', { maxBlockWeight: 1 }],
    ['OUT_OF_RANGE', { maxBlockBytes: 4 * 1024 * 1024 }],
    ['OUT_OF_RANGE', { chainId: '' }],
    ['OUT_OF_RANGE', { validators: [{ ...validator, stake: TOKEN - 1n }] }],
    ['NO_VALIDATORS', { validators: [] }],
    ['DUPLICATE', { validators: [validator, validator] }],
    ['DUPLICATE', { accounts: [account, account] }],
    ['DUPLICATE', { consensus: [first, first] }],
    ['SUPPLY_OVERFLOW', { accounts: [{ ...account, free: 2n ** 64n - 1n }] }],
    ['MISSING_MECHANISM', { consensus: [{ ...first, id: 1 }] }],
    ['MISSING_MECHANISM', { consensus: [{ ...first, version: '9.9.9' }] }],
    ['MISSING_CAPABILITY', { consensus: [{ ...first, capabilities: [] }] }],
    ['UNKNOWN_CAPABILITY', { consensus: [{ ...first, capabilities: ['fly'] }] }],
    ['MODULE_REFUSED', { consensus: [{ ...first, params: new Uint8Array([1, 2]) }] }],
  ];
  for (const [code, fields] of refused)
    it(`is refused with ${code} for ${Object.keys(fields)}`, () => {
      assert.throws(
        () => genesisState({ ...testGenesis(), ...fields }, mechanisms),
        (error: unknown) => error instanceof GenesisError && error.code === code,
      );
    });

  it('is refused when a consensus module refuses it', () => {
    assert.throws(() => createTestChain(withProbe({ genesis: () => fail('NO', 'not like this') })), {
      code: 'MODULE_REFUSED',
      message: 'probe: not like this',
    });
  });
});
