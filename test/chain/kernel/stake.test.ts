import assert from 'node:assert/strict';
import {
  getStake,
  getStakeSnapshot,
  getStakeTotal,
  getValidators,
  type KernelCall,
  type StakeTarget,
  stakesOf,
  TOKEN,
} from '../../../chain/index.ts';
import { onModule, onValidator, registerModule } from '../../support/calls.ts';
import {
  accountOf,
  createTestChain,
  keyOf,
  readEvents,
  type TestChain,
  VALIDATOR,
} from '../../support/chain.ts';

const stake = (target: StakeTarget, tokens: bigint): KernelCall => ({
  kind: 'stake',
  target,
  amount: tokens * TOKEN,
});
const unstake = (target: StakeTarget, tokens: bigint): KernelCall => ({
  kind: 'unstake',
  target,
  amount: tokens * TOKEN,
});
const withdraw = (target: StakeTarget): KernelCall => ({ kind: 'withdrawStake', target });

/** An account with an ed25519 key, funded by Alice. */
function fund(chain: TestChain, name: string, tokens: bigint): void {
  keyOf(name, 'ed25519');
  chain.ok('Alice', { kind: 'transfer', to: accountOf(name), amount: tokens * TOKEN });
}

const powers = (chain: TestChain, ahead: 0 | 1 | 2) =>
  getValidators(chain.state, ahead).map(({ power }) => power);

describe('stake', () => {
  it('on a module is weight; mechanisms see it as it was when the epoch began', () => {
    const chain = createTestChain();
    chain.ok('Alice', registerModule('a'));
    const target = onModule(0);
    chain.ok('Alice', stake(target, 10n));
    chain.ok('Bob', stake(target, 5n));
    assert.equal(getStakeTotal(chain.state, target), 15n * TOKEN);
    assert.equal(getStakeSnapshot(chain.state, target), 0n);
    chain.nextEpoch();
    assert.equal(getStakeSnapshot(chain.state, target), 15n * TOKEN);
    chain.ok('Bob', unstake(target, 5n));
    chain.ok('Alice', stake(target, 1n));
    assert.equal(getStakeTotal(chain.state, target), 11n * TOKEN);
    assert.equal(getStakeSnapshot(chain.state, target), 15n * TOKEN);
    chain.nextEpoch(3);
    assert.equal(getStakeSnapshot(chain.state, target), 11n * TOKEN);
    assert.deepEqual(
      stakesOf(chain.state, accountOf('Alice')).map(({ stake }) => stake.amount),
      [11n * TOKEN],
    );
  });

  it('thaws for the set number of epochs, entry by entry', () => {
    const chain = createTestChain();
    chain.ok('Alice', registerModule('a'));
    const target = onModule(0);
    chain.ok('Alice', stake(target, 10n));
    chain.fails('Bob', 'UNKNOWN_STAKE', unstake(target, 1n));
    chain.fails('Alice', 'INSUFFICIENT_STAKE', unstake(target, 11n));
    chain.fails('Alice', 'AMOUNT_ZERO', unstake(target, 0n));
    chain.fails('Alice', 'UNKNOWN_STAKE', withdraw(target));
    const first = chain.epoch;
    chain.ok('Alice', unstake(target, 1n));
    chain.ok('Alice', unstake(target, 1n));
    chain.nextEpoch();
    chain.ok('Alice', unstake(target, 8n));
    assert.deepEqual(getStake(chain.state, accountOf('Alice'), target)?.thawing, [
      { amount: 2n * TOKEN, epoch: first + 3 },
      { amount: 8n * TOKEN, epoch: first + 4 },
    ]);
    chain.fails('Alice', 'NOTHING_THAWED', withdraw(target));
    chain.nextEpoch(2);
    const before = chain.free('Alice');
    const { fee } = chain.ok('Alice', withdraw(target));
    assert.equal(chain.free('Alice'), before + 2n * TOKEN - fee);
    chain.nextEpoch();
    chain.ok('Alice', withdraw(target));
    assert.equal(getStake(chain.state, accountOf('Alice'), target), undefined);
    assert.deepEqual(stakesOf(chain.state, accountOf('Alice')), []);
  });

  it('is refused on what is unknown or retired', () => {
    const chain = createTestChain();
    chain.fails('Alice', 'UNKNOWN_MODULE', stake(onModule(3), 1n));
    chain.fails('Alice', 'UNKNOWN_VALIDATOR', stake(onValidator(accountOf('Bob')), 1n));
    chain.fails('Alice', 'NOT_A_VALIDATOR_KEY', stake(onValidator(accountOf('Alice')), 1n));
    chain.fails('Alice', 'INSUFFICIENT_BALANCE', stake(onValidator(accountOf(VALIDATOR)), 10_000n));
    chain.ok('Alice', registerModule('a'));
    chain.ok('Alice', { kind: 'retireModule', module: 0 });
    chain.fails('Bob', 'MODULE_RETIRED', stake(onModule(0), 1n));
  });

  it('on a validator is power from the next epoch, two heights after its first block', () => {
    const chain = createTestChain();
    chain.ok('Alice', stake(onValidator(accountOf(VALIDATOR)), 50n));
    assert.deepEqual(powers(chain, 2), [100]);
    const { outcomes, nextValidators } = chain.nextEpoch();
    const [started, changed] = readEvents(outcomes.events);
    assert.equal(started?.name, 'EpochStarted');
    const validators = [{ validator: accountOf(VALIDATOR), power: 150 }];
    assert.deepEqual(changed, {
      name: 'ValidatorsChanged',
      data: { fromHeight: chain.height + 2, validators },
    });
    assert.deepEqual(nextValidators[0]?.power, 100);
    assert.deepEqual([powers(chain, 0), powers(chain, 1), powers(chain, 2)], [[100], [100], [150]]);
    const next = chain.block();
    assert.deepEqual([next.validators[0]?.power, next.nextValidators[0]?.power], [100, 150]);
    assert.equal(chain.block().validators[0]?.power, 150);
  });

  it('makes a validator out of an ed25519 key that stakes on itself, and then others may join', () => {
    const chain = createTestChain();
    fund(chain, 'Second', 40n);
    // keyOf gives sr25519 for this name; the scheme says what the signature was made with.
    const self = onValidator(accountOf('Second'));
    assert.equal(chain.submit('Second', stake(self, 20n), { scheme: 'ed25519' }).failure, null);
    chain.ok('Bob', stake(self, 30n));
    chain.nextEpoch();
    assert.deepEqual(powers(chain, 2).sort(), [100, 50].sort());
    chain.ok('Second', unstake(self, 20n));
    chain.ok('Bob', unstake(self, 30n));
    chain.nextEpoch();
    assert.deepEqual(powers(chain, 2), [100]);
    chain.fails('Bob', 'UNKNOWN_VALIDATOR', stake(self, 1n));
  });

  it('never leaves the chain without voters', () => {
    const chain = createTestChain();
    chain.ok(VALIDATOR, unstake(onValidator(accountOf(VALIDATOR)), 100n));
    const { outcomes } = chain.nextEpoch();
    assert.deepEqual(
      readEvents(outcomes.events).map(({ name }) => name),
      ['EpochStarted', 'ValidatorsKept'],
    );
    assert.deepEqual(powers(chain, 2), [100]);
  });
});
