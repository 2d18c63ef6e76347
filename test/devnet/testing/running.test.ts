/** One chain of four nodes for all of these: what each test changes is what the others must not see. */
import assert from 'node:assert/strict';
import { keyPairFromUri } from '../../../chain/index.ts';
import {
  changesBalances,
  createChain,
  emits,
  failsWith,
  type RunningChain,
  type ServedModule,
  useChain,
} from '../../../devnet/testing/index.ts';
import { timeLock } from '../../../examples/timeLock.ts';
import { defineModule } from '../../../module/index.ts';
import { createClient, signTransaction } from '../../../node/client/index.ts';

const echo = defineModule({ functions: { echo: { price: 1_000n, run: params => ({ echo: params }) } } });

describe('a running chain of devnet/testing', () => {
  let setups = 0;
  let served: ServedModule;
  const chain = useChain({
    modules: [{ module: timeLock, params: { maxEpochs: 10 } }],
    async setup(chain) {
      setups++;
      served = await chain.serveModule('echo', echo);
      await chain.reserve('alice', 'echo', 50_000n);
      await chain.setBalance('eve', 7n);
      await chain.advanceEpoch();
    },
  });

  it('has named people with keys and money, as devnet up has', () => {
    assert.deepEqual(chain.accounts.alice.address, keyPairFromUri('//Alice').address);
    assert.equal(chain.account('bob'), createChain().account('bob'));
    assert.equal(chain.balance('bob'), createChain().balance('bob'));
    assert.equal(chain.balance(chain.accounts.bob.address), chain.balance('bob'));
    assert.equal(chain.balance('eve'), 7n, 'the setup stays');
  });

  it('answers programs by HTTP and WebSocket, through its gateway and each node', async () => {
    const client = createClient(chain.url);
    const heights: number[] = [];
    const stop = await client.subscribeBlocks({ onBlock: ({ height }) => heights.push(height) });
    const { alice, bob } = chain.accounts;
    const final = await changesBalances(chain, { bob: 5n }, () =>
      client.send({ from: alice, call: { kind: 'transfer', to: bob.account, amount: 5n } }),
    );
    emits(chain, 'Transferred', { amount: 5n });
    await chain.settled();
    for (const node of [0, 1, 2, 3]) {
      const one = createClient(chain.urlOf(node));
      assert.equal((await one.getHead()).height, chain.height);
      one.close();
    }
    await stop();
    client.close();
    assert.ok(heights.includes(final.height));
  });

  it('sends programs to node 0, so that tests know whom they may cut off', async () => {
    assert.equal(await peerIdOf(chain.url), await peerIdOf(chain.urlOf(0)));
  });

  // Twice the same: whatever the first one leaves, the second one would trip over.
  for (const turn of ['once', 'twice'])
    it(`is clean ${turn}`, async () => {
      assert.deepEqual([chain.epoch, chain.events.length, chain.pot('time-lock')], [1, 0, 0n]);
      await changesBalances(chain, { dave: 1n - chain.balance('dave'), alice: -3n, bob: 3n }, async () => {
        await chain.setBalance('dave', 1n);
        await chain.transfer('alice', 'bob', 3n);
      });
      await chain.registerModule('charlie');
      const snapshot = await chain.snapshot();
      await chain.advanceEpoch(2);
      await chain.revert(snapshot);
      assert.equal(chain.epoch, 1);
      assert.equal(chain.balance('dave'), 1n);
      await chain.increaseTime(60_000);
      await chain.client.setBlockMode({ mode: { kind: 'manual' } });
      await chain.client.request('dev_setRpcFaults', { errorRate: 100 });
    });

  it('forgets transactions that still wait', async () => {
    await waitingTransfer(chain);
    assert.equal(chain.balance('ferdie'), createChain().balance('ferdie'));
  });

  it('makes none of them final later', async () => {
    await chain.transfer('charlie', 'bob', 1n);
    await chain.mine(2);
    assert.equal(chain.balance('ferdie'), createChain().balance('ferdie'));
  });

  it('says what the chain refuses as the chain without nodes does', async () => {
    const call = { to: chain.account('bob'), epoch: 0 };
    const here = await failsWith(
      () => chain.call('time-lock', 'lock', call, { from: 'alice', value: 1n }),
      'TOO_EARLY',
    );
    assert.equal(here.name, 'CallFailed');
    assert.match(
      here.message,
      /^time-lock\.lock by alice at height \d+: TOO_EARLY: epoch 0 has begun already$/,
    );
    const broke = await failsWith(() => chain.transfer('eve', 'bob', 8n), 'INSUFFICIENT_BALANCE');
    assert.match((broke as Error & { hint: string }).hint, /base units/);
    await failsWith(() => chain.client.revert({ name: 'nothing' }), 'UNKNOWN_SNAPSHOT');
    assert.throws(() => chain.urlOf(4), /there is no node 4/);
  });

  it('calls consensus modules, closes epochs and acts in the name of others', async () => {
    const args = { to: chain.account('bob'), epoch: 3 };
    const receipt = await chain.call('time-lock', 'lock', args, { from: 'alice', value: 100n });
    emits(receipt, 'locked', { amount: 100n, epoch: 3 });
    assert.deepEqual(chain.query('time-lock', 'lockedFor', args), { amount: 100n });
    await changesBalances(chain, { bob: 100n }, () => chain.advanceEpoch(3));
    emits(chain, 'released', { to: chain.account('bob') });
    const nobody = `0x${'77'.repeat(32)}`;
    await chain.setBalance(nobody, 9n);
    const gift = { kind: 'transfer', to: chain.account('bob'), amount: 9n } as const;
    await failsWith(() => chain.submit(nobody, gift).catch(asCode), 'RangeError');
    await changesBalances(chain, { [nobody]: -9n, bob: 9n }, () => chain.impersonate(nobody, gift));
    await failsWith(() => chain.impersonate(nobody, gift), 'INSUFFICIENT_BALANCE');
  });

  for (const turn of ['once', 'again'])
    it(`serves the module of the setup ${turn}, with empty books`, async () => {
      const modules = await chain.moduleClient('alice');
      for (let calls = 0; calls < 3; calls++) {
        const { result, cost } = await modules.call('echo', 'echo', { calls });
        assert.deepEqual([result, cost], [{ echo: { calls } }, 1_000n]);
      }
      const paid = chain.balance('echo');
      await chain.advanceEpoch();
      await served.server.settle();
      await chain.advanceEpoch();
      const [row] = await modules.audit();
      assert.deepEqual([row?.calls, row?.owed, row?.settled], [3, 3_000n, 3_000n]);
      assert.equal(chain.balance('echo') - paid, 3_000n);
    });

  it('goes on without one of four nodes, and has it back', async () => {
    await chain.kill(3);
    assert.throws(() => chain.urlOf(3), /node 3 is killed/);
    await chain.transfer('alice', 'bob', 1n);
    const { height } = chain;
    await chain.restart(3);
    assert.ok((await headOf(chain.urlOf(3))) >= height);
    await chain.kill(0);
  });

  it('stands still in a partition without a majority, and goes on when it heals', async () => {
    await chain.partition([0], [1, 2, 3]);
    const client = createClient(chain.urlOf(0));
    await chain.transfer('alice', 'bob', 1n);
    const { height } = chain;
    assert.equal((await client.getHead()).height, height - 1);
    await chain.heal();
    assert.equal((await client.getHead()).height, chain.height);
    client.close();
    await chain.partition([0, 1], [2, 3]);
    await chain.latency(5, { between: [0, 1] });
  });

  it('shows programs what was done, also where their node hears of it late', async () => {
    const { peerId } = await chain.client.getNodeInfo();
    const peers = await Promise.all([0, 1, 2, 3].map(node => peerIdOf(chain.urlOf(node))));
    const theirs = peers.indexOf(peerId);
    const others = [0, 1, 2, 3].filter(node => node !== theirs);
    for (const other of others) await chain.latency(40, { between: [theirs, other] });
    const { alice, bob } = chain.accounts;
    const ahead = createClient(chain.urlOf(others[0] ?? assert.fail()));
    await ahead.send({ from: alice, call: { kind: 'transfer', to: bob.account, amount: 5n } });
    ahead.close();
    await chain.advanceEpoch();
    assert.equal((await chain.client.getCurrentEpoch()).epoch, chain.epoch);
  });

  it('has all nodes and no faults after that', async () => {
    await chain.transfer('alice', 'bob', 1n);
    const heads = await Promise.all([0, 1, 2, 3].map(node => headOf(chain.urlOf(node))));
    assert.equal(Math.max(...heads), chain.height);
    const { nodes, ...faults } = await chain.client.request('dev_faults', {});
    assert.deepEqual(faults, { seed: 1, groups: [], latency: [], loss: [] });
    assert.ok(nodes.every(({ applied }) => applied));
    await failsWith(() => chain.client.request('dev_nodePause', { node: 1 }), 'NODE_FAILED');
    assert.equal(setups, 1);
  });
});

const headOf = async (url: string): Promise<number> => (await createClient(url).getHead()).height;
const peerIdOf = async (url: string): Promise<string> => (await createClient(url).getNodeInfo()).peerId;

/** A transfer with a nonce of later, which waits for those before it. */
async function waitingTransfer(chain: RunningChain): Promise<void> {
  const { charlie, ferdie } = chain.accounts;
  const { client } = chain;
  const { chainId } = await client.getNodeInfo();
  const { nonce } = await client.getAccount({ address: charlie.address });
  const call = { kind: 'transfer', to: ferdie.account, amount: 1n } as const;
  const fields = { chainId, sender: charlie.account, nonce: nonce + 1, feeLimit: 0n, expiry: null, call };
  await client.submitTransaction({ tx: signTransaction(fields, charlie) });
}

/** Errors of JavaScript have no code of their own. */
const asCode = (error: unknown): never => {
  throw Object.assign(error as Error, { code: (error as Error).name });
};
