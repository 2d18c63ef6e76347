/** Chains that end otherwise than they should, and what a runner's hooks make of one. One node each: they are up at once. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import {
  defineConsensusModule,
  INTERFACE_VERSION,
  method,
  ok,
  struct,
  u32,
} from '../../../consensus/interface/index.ts';
import {
  chainMatchers,
  failsWith,
  rootChain,
  type StartedChain,
  startChain,
  useChain,
} from '../../../devnet/testing/index.ts';
import { createClient } from '../../../node/client/index.ts';

describe('a chain that is started by hand', () => {
  const started: StartedChain[] = [];
  const start = async (options: Parameters<typeof startChain>[0]): Promise<StartedChain> => {
    const chain = await startChain({ nodes: 1, ...options });
    started.push(chain);
    return chain;
  };
  afterEach(async () => {
    for (const chain of started.splice(0)) await chain.stop();
  });

  it('begins anew behind the same URLs when it cannot go back, and runs the setup again', async () => {
    let setups = 0;
    let early: Awaited<ReturnType<StartedChain['snapshot']>> | undefined;
    const chain = await start({
      nodes: 4,
      async setup(chain) {
        setups++;
        early = await chain.snapshot();
        await chain.setBalance('eve', 7n);
        await chain.serveModule('echo', { functions: { echo: { price: 1n, run: params => params } } });
      },
    });
    const urls = [0, 1, 2, 3].map(chain.urlOf);
    assert.ok(early);
    await chain.transfer('alice', 'bob', 1n);
    // Forgets what was taken later: the snapshot of the fixture as well.
    await chain.revert(early);
    const before = chain.height;
    await chain.clean();
    assert.equal(setups, 2);
    assert.ok(chain.height <= before, 'the heights of another chain');
    assert.deepEqual([0, 1, 2, 3].map(chain.urlOf), urls);
    assert.equal(chain.balance('eve'), 7n);
    assert.deepEqual(chain.events, []);
    // And that one can go back.
    await chain.transfer('eve', 'bob', 7n);
    await chain.clean();
    assert.equal(chain.balance('eve'), 7n);
    assert.equal(setups, 2);
  });

  it('tells the error of a module that crashes, and is whole again for the next test', async () => {
    const chain = await start({ modules: [crashing], nodes: 2 });
    const call = () => chain.call('crashing', 'go', { on: 7 }, { from: 'alice' });
    await failsWith(call, 'MODULE_FAULT');
    await chain.clean();
    await chain.call('crashing', 'go', { on: 1 }, { from: 'alice' });
  });

  it('goes back while somebody still sends', async () => {
    const chain = await start({});
    const { alice, bob } = chain.accounts;
    let isOver = false;
    const send = async (): Promise<void> => {
      const call = { kind: 'transfer', to: bob.account, amount: 1n } as const;
      while (!isOver) await chain.client.send({ from: alice, call, feeLimit: 0n }).catch(expected);
    };
    const sending = Promise.all(Array.from({ length: 8 }, send));
    try {
      await until(async () => chain.balance('bob') !== chain.balance('charlie'));
      // With another epoch going back takes a second block, which takes along what waits.
      await chain.advanceEpoch();
      await chain.clean();
      assert.equal(chain.epoch, 0);
    } finally {
      isOver = true;
      await sending;
    }
    await chain.clean();
    assert.equal(chain.balance('bob'), chain.balance('charlie'));
  });

  it('makes blocks by the clock, or only when it is told to', async () => {
    const chain = await start({ blockTime: 'manual' });
    const { height } = chain;
    const { alice, bob } = chain.accounts;
    const paid = chain.client.send({
      from: alice,
      call: { kind: 'transfer', to: bob.account, amount: 1n },
      feeLimit: 0n,
    });
    await until(async () => (await chain.client.getAccount({ address: alice.address })).nextNonce > 0);
    assert.equal(chain.height, height);
    await chain.mine();
    assert.equal((await paid).height, height + 1);
    await chain.client.setBlockMode({ mode: { kind: 'interval', ms: 10 } });
    await until(async () => chain.height > height + 3);
    await chain.clean();
    assert.deepEqual(await chain.client.request('dev_getBlockMode', {}), { kind: 'manual' });
  });

  it('leaves nothing when its setup fails', async () => {
    let directory = '';
    let url = '';
    await failsWith(
      () =>
        startChain({
          nodes: 1,
          setup(chain) {
            ({ directory, url } = chain);
            assert.ok(existsSync(directory));
            return chain.transfer('alice', 'bob', 10n ** 18n);
          },
        }),
      'INSUFFICIENT_BALANCE',
    );
    assert.equal(existsSync(directory), false);
    await failsWith(() => createClient(url).getHead(), 'UNREACHABLE');
  });

  it('is of use from the first hook of a runner to the last', async () => {
    const { chain, mochaHooks } = rootChain({ nodes: 1 });
    const { beforeAll: first, beforeEach: each, afterAll: last } = mochaHooks;
    assert.ok(first && each && last);
    assert.throws(() => chain.url, { code: 'CHAIN_NOT_RUNNING', hint: /inside of tests/ });
    await first();
    try {
      await each();
      await chain.setBalance('bob', 1n);
      await each();
      assert.notEqual(chain.balance('bob'), 1n);
    } finally {
      await last();
    }
    assert.throws(() => chain.height, { code: 'CHAIN_NOT_RUNNING' });
  });

  it('needs the hooks of a runner', () => {
    const kept = globalThis.beforeEach;
    try {
      Object.assign(globalThis, { beforeEach: undefined });
      assert.throws(() => useChain(), { code: 'NO_TEST_RUNNER' });
    } finally {
      Object.assign(globalThis, { beforeEach: kept });
    }
  });
});

describe('the matchers of devnet/testing', () => {
  const account = { balance: () => 5n };

  it('are promises for work that is one, and verdicts otherwise', async () => {
    const now = chainMatchers.toChangeBalances(() => 1, account, { bob: 1n });
    assert.ok(!(now instanceof Promise));
    assert.equal(now.pass, false);
    assert.match(now.message(), /bob: 0n/);
    const later = chainMatchers.toChangeBalances(async () => 1, account, { bob: 0n });
    assert.ok(later instanceof Promise);
    const { pass, message } = await later;
    assert.deepEqual([pass, message()], [true, 'balances changed by bob 0']);
  });

  it('let errors of the work through', async () => {
    const broken = () => Promise.reject(new TypeError('a typing error'));
    await assert.rejects(async () => chainMatchers.toChangeBalances(broken, account, {}), /a typing error/);
    await assert.rejects(async () => chainMatchers.toFailWith(broken, 'NOT_ENOUGH'), /a typing error/);
  });
});

/** What became of transactions that a chain took back is no matter. */
const expected = (error: unknown): void => assert.ok(error instanceof Error);

/** Polls: what is waited for has no event. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(resolve => setImmediate(resolve));
}

const crashing = defineConsensusModule<object>({
  info: {
    name: 'crashing',
    version: '1.0.0',
    interfaceVersion: INTERFACE_VERSION,
    stateVersion: 1,
    requires: [],
  },
  params: struct({}),
  genesis: () => ok(),
  events: {},
  calls: {
    go: method<{ readonly on: number }>({
      description: 'Crashes on 7.',
      codec: struct({ on: u32 }),
      weight: () => 1,
      apply(_block, _view, { args }) {
        if (args.on === 7) throw new RangeError('seven');
        return ok();
      },
    }),
  },
});
