import assert from 'node:assert/strict';
import { keyPairFromUri, signingBytes } from '../../../chain/index.ts';
import {
  defineConsensusModule,
  fail,
  INTERFACE_VERSION,
  method,
  more,
  ok,
  struct,
  u32,
} from '../../../consensus/interface/index.ts';
import { CallFailed, changesBalances, createChain, emits, failsWith } from '../../../devnet/testing/index.ts';
import { timeLock } from '../../../examples/timeLock.ts';

const lockFor = (to: string, epoch: number) => ({ to: createChain().account(to), epoch });
const withLock = () => createChain({ modules: [{ module: timeLock, params: { maxEpochs: 10 } }] });

describe('the chain of devnet/testing', () => {
  it('names people as devnet up does', () => {
    const chain = createChain();
    for (const name of ['alice', 'bob', 'charlie', 'dave', 'eve', 'ferdie']) {
      const path = `//${name.charAt(0).toUpperCase()}${name.slice(1)}`;
      assert.equal(chain.account(name), keyPairFromUri(path).account, name);
    }
    assert.equal(chain.balance('alice'), 1_000_000_000_000n);
    assert.notEqual(chain.account('somebody'), chain.account('somebody else'));
    assert.equal(createChain({ accounts: { zoe: 7n } }).balance('zoe'), 7n);
  });

  it('calls a module, attaches value, closes epochs and answers queries', () => {
    const chain = withLock();
    const receipt = changesBalances(chain, { alice: -100n, bob: 0n }, () =>
      chain.call('time-lock', 'lock', lockFor('bob', 2), { from: 'alice', value: 100n }),
    );
    emits(receipt, 'locked', { amount: 100n, epoch: 2 });
    assert.equal(chain.pot('time-lock'), 100n);
    assert.deepEqual(chain.query(1, 'lockedFor', lockFor('bob', 2)), { amount: 100n });
    const events = changesBalances(chain, { bob: 100n }, () => chain.advanceEpoch(2));
    emits(events, 'released', { to: chain.account('bob') });
    assert.equal(chain.epoch, 2);
    assert.equal(chain.pot('time-lock'), 0n);
  });

  it('charges fees where they are asked for', () => {
    const chain = createChain({ feePerWeight: 10n });
    const { fee, weight } = changesBalances(chain, { alice: -6_410n, bob: 5_000n }, () =>
      chain.transfer('alice', 'bob', 5_000n),
    );
    assert.equal(fee, BigInt(weight) * 10n);
  });

  it('names the error, the sender, the method and the height of a call that fails', () => {
    const chain = withLock();
    const error = failsWith(
      () => chain.call('time-lock', 'lock', lockFor('bob', 0), { from: 'alice', value: 1n }),
      'TOO_EARLY',
    );
    assert.ok(error instanceof CallFailed);
    assert.match(
      error.message,
      /^time-lock\.lock by alice at height 1: TOO_EARLY: epoch 0 has begun already$/,
    );
    failsWith(() => chain.transfer('alice', 'bob', 10n ** 18n), 'INSUFFICIENT_BALANCE');
    assert.throws(() => chain.call('time-lock', 'lok', {}, { from: 'alice' }), /has no method lok: lock$/);
    assert.throws(
      () => chain.query('tome-lock', 'lockedFor'),
      /no consensus module tome-lock: consensus-0, time-lock/,
    );
  });

  it('names the line where the code of a module crashed, and loses nothing by it', () => {
    const chain = createChain({ modules: [broken({})] });
    chain.call('broken', 'go', { on: 1 }, { from: 'bob' });
    const { height, stateRoot } = chain;
    const error = failsWith(() => chain.call('broken', 'go', { on: 7 }, { from: 'bob' }), 'MODULE_FAULT');
    assert.match(
      error.message,
      /^broken, go, in broken\.go by bob at height 2 crashed: seven \(.*chain\.test\.ts:\d+:\d+\)$/,
    );
    assert.ok(error.cause instanceof RangeError);
    assert.deepEqual([chain.height, chain.stateRoot], [height, stateRoot]);
  });

  it('says when a close is refused or has no end', () => {
    const refused = createChain({ modules: [broken({ closeEpoch: () => fail('NOT_NOW', 'later') })] });
    assert.match(
      failsWith(() => refused.advanceEpoch(), 'NOT_NOW').message,
      /^broken, closing epoch 0 at height 2/,
    );
    const endless = createChain({ modules: [broken({ closeEpoch: () => more() })], checkInvariants: false });
    failsWith(() => endless.advanceEpoch(), 'ENDLESS');
  });

  it('goes back to a snapshot, as often as one likes', () => {
    const chain = withLock();
    chain.call(1, 'lock', lockFor('bob', 2), { from: 'alice', value: 5n });
    const snapshot = chain.snapshot();
    const before = [chain.stateRoot, chain.height, chain.epoch, chain.time, chain.events.length];
    for (let round = 0; round < 2; round++) {
      changesBalances(chain, { bob: 5n }, () => chain.advanceEpoch(2));
      chain.increaseTime(99_000);
      chain.revert(snapshot);
      assert.deepEqual([chain.stateRoot, chain.height, chain.epoch, chain.time, chain.events.length], before);
    }
    chain.mine();
    assert.equal(chain.time, Number(before[3]) + 1000, 'the delay is gone with the rest');
  });

  it('ends an epoch with two blocks, however long epochs are', () => {
    const chain = createChain({ epochLength: 100_000 });
    chain.advanceEpoch(50);
    assert.deepEqual([chain.epoch, chain.height], [50, 100]);
  });

  it('ends epochs by blocks as a network does', () => {
    const chain = createChain({ epochLength: 3 });
    emits(chain.mine(4), 'EpochStarted', { epoch: 1 });
  });
});

describe('the economy of devnet/testing', () => {
  it('settles served calls over links once per epoch, tallies included', async () => {
    const chain = createChain();
    const router = chain.registerModule('bob', { alias: 'router', prices: { echo: 1_000n } });
    const worker = chain.registerModule('charlie', { alias: 'worker' });
    chain.link(router, worker, { shareBps: 2_500 });
    chain.reserve('alice', 'bob', 50_000n);
    chain.advanceEpoch();
    const { epoch } = chain;
    for (let call = 0; call < 3; call++) chain.serve('alice', 'bob', { fn: 'echo' });
    chain.serve('alice', 'bob', { fn: 'echo', tally: true });
    chain.advanceEpoch();
    const supply = chain.supply();
    const receipts = await chain.claim('bob', epoch);
    assert.equal(receipts.length, 1);
    emits(receipts[0] ?? assert.fail(), 'row', { status: 'OK', calls: 4, amount: 4_000n });
    changesBalances(chain, { bob: 3_000n, charlie: 1_000n }, () => chain.advanceEpoch());
    assert.equal(chain.reserved('alice', 'bob')?.amount, 46_000n);
    assert.equal(chain.supply(), supply);
    await assert.rejects(chain.claim('alice', epoch), /alice was no module/);
  });

  it('has stakes that count from the next epoch on, and thawing', () => {
    const chain = createChain();
    const id = chain.registerModule('bob');
    chain.stake('alice', id, 5_000n);
    assert.equal(chain.staked(id), 0n);
    chain.advanceEpoch();
    assert.equal(chain.staked(id), 5_000n);
    emits(chain.unstake('alice', id, 2_000n), 'Unstaked', { amount: 2_000n });
    chain.reserve('alice', 'bob', 10n);
    chain.thaw('alice', 'bob', 4n);
    assert.equal(chain.reserved('alice', 'bob')?.thawing, 4n);
  });

  it('verifies real signatures and stand-ins, and takes neither for other bytes', () => {
    const message = signingBytes('transaction', Uint8Array.of(1, 2, 3));
    const eve = keyPairFromUri('//Eve');
    const checking = broken({}, eve.sign(message), message);
    const chain = createChain({ modules: [checking] });
    emits(chain.call('broken', 'verify', { on: 0 }, { from: 'eve' }), 'checked', { on: 1 });
    emits(chain.call('broken', 'verify', { on: 1 }, { from: 'eve' }), 'checked', { on: 0 });
    emits(chain.call('broken', 'verify', { on: 0 }, { from: 'dave' }), 'checked', { on: 0 });
  });
});

/** Crashes on 7; `verify` tells whether the signature is its sender's, over the message with `on` in front. */
function broken(
  extra: object,
  signature: Uint8Array = new Uint8Array(),
  message: Uint8Array = new Uint8Array(),
) {
  const Args = struct({ on: u32 });
  return defineConsensusModule<object>({
    info: {
      name: 'broken',
      version: '1.0.0',
      interfaceVersion: INTERFACE_VERSION,
      stateVersion: 1,
      requires: [],
    },
    params: struct({}),
    genesis: () => ok(),
    events: { checked: Args },
    calls: {
      go: method<{ readonly on: number }>({
        description: 'Crashes on 7.',
        codec: Args,
        weight: () => 1,
        apply(_block, _view, { args }) {
          if (args.on === 7) throw new RangeError('seven');
          return ok();
        },
      }),
      verify: method<{ readonly on: number }>({
        description: 'Tells whether a signature is right.',
        codec: Args,
        weight: () => 1,
        checks: ({ sender, args }) => [
          {
            account: sender,
            signature,
            message: args.on === 0 ? message : Uint8Array.of(args.on, ...message),
          },
        ],
        apply: (_block, _view, { verified }) =>
          ok([], [{ name: 'checked', data: Uint8Array.of(0x91, verified[0] === true ? 1 : 0) }]),
      }),
    },
    ...extra,
  });
}
