import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  createReplicaSet,
  ModuleError,
  type ModuleServer,
  type ReplicaSetOptions,
} from '../../../module/index.ts';
import { seeded } from '../../../module/tree/random.ts';
import { cleanUp } from '../support/setup.ts';
import { CALLER, keyOf, PRICE, plant, type Tree, worker } from './support.ts';

/** Children a, b, ... of a router whose `work` costs something. */
async function replicaSet(
  tree: Tree,
  children: Readonly<Record<string, () => unknown>>,
  options: ReplicaSetOptions = {},
) {
  const servers: Record<string, ModuleServer> = {};
  for (const [name, run] of Object.entries(children))
    servers[name] = await tree.serve(name, worker(name, run));
  const set = createReplicaSet(options);
  const router = await tree.serve('router', { work: set.serve({ price: PRICE }) });
  tree.link(...Object.keys(servers).map(name => ['router', name] as const));
  for (const name of Object.keys(servers)) await tree.log.heard('a child has come', name);
  return { set, router, servers };
}

const say = (name: string) => () => name;

describe('replica sets', () => {
  afterEach(cleanUp);

  it('give equal children equal work, and pay them nothing per call', async () => {
    const tree = plant();
    const { router, servers } = await replicaSet(tree, { a: say('a'), b: say('b'), c: say('c') });
    const caller = await tree.client();
    const answers: unknown[] = [];
    for (let call = 0; call < 9; call++) {
      const { result, cost } = await caller.call('router', 'work');
      answers.push(result);
      assert.equal(cost, PRICE);
    }
    assert.deepEqual([...new Set(answers)].sort(), ['a', 'b', 'c']);
    assert.equal(router.counters.answered, 9);
    for (const server of Object.values(servers)) assert.equal(server.status().unsettled, 0n);
    assert.equal(router.status().unsettled, 9n * PRICE);
  });

  it('lets only the parent in below, as the links say', async () => {
    const tree = plant();
    await replicaSet(tree, { a: say('a') });
    const caller = await tree.client();
    await assert.rejects(caller.call('a', 'work'), { name: 'NOT_ALLOWED' });
    assert.equal((await caller.call('router', 'work')).result, 'a');
    tree.link();
    await tree.log.heard('a child has gone', 'a');
    await assert.rejects(caller.call('router', 'work'), { name: 'NO_CHILDREN' });
    const parent = await tree.client(keyOf('router'));
    await assert.rejects(parent.call('a', 'work'), { name: 'NOT_ALLOWED' });
  });

  it('go on without a child that has died, and with it when it is back, under another URL', async () => {
    const tree = plant();
    const { servers } = await replicaSet(tree, { a: say('a'), b: say('b') });
    const caller = await tree.client();
    await servers.a?.stop();
    for (let call = 0; call < 6; call++) assert.equal((await caller.call('router', 'work')).result, 'b');
    const down = await tree.log.heard('a child is down', 'a');
    assert.match(String(down.fields.reason), /ECONNREFUSED/);
    await tree.serve('a', worker('a', say('again')));
    const answers = new Set<unknown>();
    while (answers.size < 2) answers.add((await caller.call('router', 'work')).result);
    assert.deepEqual(answers, new Set(['b', 'again']));
  });

  it('finds a child again that was down and stayed where it was', async () => {
    const tree = plant();
    const { servers } = await replicaSet(tree, { a: say('a') });
    const caller = await tree.client();
    const { port } = servers.a ?? { port: 0 };
    await servers.a?.stop();
    await assert.rejects(caller.call('router', 'work'), { name: 'NO_CHILDREN' });
    await tree.log.heard('a child is down', 'a');
    await tree.serve('a', worker('a', say('back')), { port });
    for (;;) {
      const answer = await caller.call('router', 'work').catch((error: Error) => error.name);
      if (typeof answer === 'object') break;
      assert.equal(answer, 'NO_CHILDREN');
      await sleep(20);
    }
    await tree.log.heard('a child is up again', 'a');
  });

  it('with all children dead a call is refused by name and costs nothing', async () => {
    const tree = plant();
    const { router, servers } = await replicaSet(tree, { a: say('a'), b: say('b') });
    await Promise.all(Object.values(servers).map(server => server.stop()));
    const caller = await tree.client();
    for (let call = 0; call < 3; call++)
      await assert.rejects(caller.call('router', 'work'), { name: 'NO_CHILDREN', status: 503 });
    assert.equal(router.status().unsettled, 0n);
    assert.equal(
      (await caller.receipts()).every(({ call }) => call.state === 'refused'),
      true,
    );
  });

  it('asks another child where one is slow; the slow one does not hold the others up', async () => {
    const tree = plant();
    let started = 0;
    const slow = async () => {
      started++;
      await sleep(60_000, undefined, { ref: false });
    };
    const { router } = await replicaSet(tree, { a: slow, b: say('b') }, { tryMs: 300 });
    const caller = await tree.client();
    while (started < 3) assert.equal((await caller.call('router', 'work')).result, 'b');
    // After three in a row it is taken out; when a probe succeeds, single calls try it.
    await tree.log.heard('a child is down', 'a');
    for (let call = 0; call < 4; call++) assert.equal((await caller.call('router', 'work')).result, 'b');
    assert.equal(router.counters.failed, 0);
  });

  it('never believes a child that lies: each call is answered by an honest one, and paid once', async () => {
    const lies: readonly (readonly [string, (body: string) => { body: string; receipt?: string }])[] = [
      ['garbage', () => ({ body: '<html>' })],
      ['no receipt', () => ({ body: '"a"' })],
      ['a receipt of nobody', () => ({ body: '"a"', receipt: 'eyJ9.ed25519.00' })],
      ['deep nesting', () => ({ body: '['.repeat(5_000) })],
    ];
    for (const [, lie] of lies) {
      const tree = plant();
      const { router } = await replicaSet(tree, { a: say('a') });
      let asked = 0;
      await tree.pretend('liar', (_, response) => {
        asked++;
        const { body, receipt = '' } = lie('');
        response.writeHead(200, { 'content-type': 'application/json', 'module-receipt': receipt }).end(body);
      });
      tree.link(['router', 'a'], ['router', 'liar']);
      await tree.log.heard('a child has come', 'liar');
      const caller = await tree.client();
      for (let call = 0; call < 8; call++) {
        const { result, cost } = await caller.call('router', 'work');
        assert.deepEqual([result, cost], ['a', PRICE]);
      }
      await tree.log.heard('a child is down', 'liar');
      assert.ok(asked >= 3);
      assert.equal(router.status().unsettled, 8n * PRICE);
      await cleanUp();
    }
  });

  it('a child that asks for money gets none', async () => {
    const tree = plant();
    const { router } = await replicaSet(tree, { a: say('a') });
    const greedy = await tree.serve('greedy', { work: { price: 5n, run: say('greedy') } });
    // There is money that it could take.
    tree.fake.setReserve(keyOf('router').address, keyOf('greedy').address, 1_000n);
    tree.link(['router', 'a'], ['router', 'greedy']);
    await tree.log.heard('a child has come', 'greedy');
    const caller = await tree.client();
    for (let call = 0; call < 4; call++) assert.equal((await caller.call('router', 'work')).result, 'a');
    assert.equal(router.status().unsettled, 4n * PRICE);
    assert.deepEqual([greedy.counters.answered, greedy.status().unsettled], [0, 0n]);
    assert.ok(greedy.counters.refused > 0);
  });

  it('a child whose answer cannot be right is passed over, if the parent can tell', async () => {
    const tree = plant();
    const check = (result: unknown) => result === 'right';
    const { set } = await replicaSet(tree, { a: say('wrong'), b: say('right') }, { check });
    const caller = await tree.client();
    // Two at a time, so that both children are asked however fast they are.
    while (set.children()[0]?.health.phase === 'up') {
      const answers = await Promise.all([caller.call('router', 'work'), caller.call('router', 'work')]);
      for (const { result } of answers) assert.equal(result, 'right');
    }
    await tree.log.heard('a child is down', 'a');
  });

  it('a request that fails at every child is not their fault; one that fails at one of them is', async () => {
    const tree = plant();
    let poisoned = true;
    const failing = () => {
      throw new Error('I do not like it');
    };
    const { set } = await replicaSet(tree, { a: failing, b: () => (poisoned ? failing() : 'b') });
    const caller = await tree.client();
    for (let call = 0; call < 5; call++)
      await assert.rejects(caller.call('router', 'work'), {
        name: 'FUNCTION_FAILED',
        message: /do not like it/,
      });
    assert.deepEqual(
      set.children().map(({ health }) => health.phase),
      ['up', 'up'],
    );
    poisoned = false;
    while (set.children()[0]?.health.phase === 'up')
      assert.equal((await caller.call('router', 'work')).result, 'b');
    assert.deepEqual(
      set.children().map(({ health }) => health.phase),
      ['down', 'up'],
    );
  });

  it('a call that must not be done twice is not sent again once it may have begun', async () => {
    const tree = plant();
    let done = 0;
    const die = () => {
      done++;
      throw new Error('in the middle');
    };
    await replicaSet(tree, { a: die, b: die }, { repeatable: false });
    const caller = await tree.client();
    await assert.rejects(caller.call('router', 'work'), {
      name: 'FUNCTION_FAILED',
      message: /must not be done twice/,
    });
    assert.equal(done, 1);
  });

  it('params that a child refuses are the caller’s fault: no other child is asked, none is blamed', async () => {
    const tree = plant();
    const params = z.strictObject({ n: z.int() });
    const terms = { price: 0n, params, run: say('counted') } as const;
    for (const name of ['a', 'b']) await tree.serve(name, { work: terms });
    const set = createReplicaSet();
    await tree.serve('router', { work: set.serve({ price: PRICE }) });
    tree.link(['router', 'a'], ['router', 'b']);
    await tree.log.heard('a child has come', 'b');
    const caller = await tree.client();
    for (let call = 0; call < 4; call++)
      await assert.rejects(caller.call('router', 'work', { n: 'x' }), { name: 'BAD_PARAMS', status: 400 });
    assert.deepEqual(
      set.children().map(({ health, failed }) => [health.phase, failed]),
      [
        ['up', 0],
        ['up', 0],
      ],
    );
    assert.equal((await caller.call('router', 'work', { n: 1 })).result, 'counted');
  });

  it('the time of the caller bounds the grandchildren', async () => {
    const tree = plant();
    const leaf = new Promise<{ readonly left: number; readonly ended: Promise<unknown> }>(resolve => {
      tree
        .serve('leaf', {
          work: {
            price: 0n,
            allow: 'parents',
            run: (_, { deadline, signal }) => {
              const ended = new Promise(end => signal.addEventListener('abort', end));
              resolve({ left: deadline - Date.now(), ended });
              return ended;
            },
          },
        })
        .catch(assert.fail);
    });
    await tree.serve('middle', { work: createReplicaSet().serve({ price: 0n, allow: 'parents' }) });
    await tree.serve('top', { work: createReplicaSet().serve({ price: PRICE }) });
    tree.link(['top', 'middle'], ['middle', 'leaf']);
    await Promise.all(['middle', 'leaf'].map(name => tree.log.heard('a child has come', name)));
    const caller = await tree.client();
    const call = caller.call('top', 'work', {}, { timeoutMs: 2_000 });
    call.catch(() => undefined);
    const { left, ended } = await leaf;
    assert.ok(left > 0 && left < 2_000, `${left} ms`);
    await ended;
    await assert.rejects(
      call,
      (error: Error & { code?: string }) =>
        ['FUNCTION_TIMEOUT', 'NO_CHILDREN'].includes(error.name) || error.code === 'TIMEOUT',
    );
  });

  it('1,000 calls at once over children that fail at random: one answer each or a named error, and the books agree', async function () {
    this.timeout(120_000);
    const tree = plant();
    const seed = 20_261_121;
    const random = seeded(seed);
    const flaky = (name: string) => async () => {
      const dice = random() % 100;
      if (dice < 4) throw new Error('no luck');
      if (dice < 8) return undefined;
      if (dice < 12) await sleep(dice);
      return name;
    };
    const check = (result: unknown) => result !== null;
    const children = { a: flaky('a'), b: flaky('b'), c: flaky('c') };
    const { router, servers } = await replicaSet(tree, children, { check, seed });
    const caller = await tree.client();
    let answered = 0;
    const errors = new Map<string, number>();
    async function callOnce(index: number): Promise<void> {
      if (index === 500) await servers.c?.stop();
      try {
        const { result, cost } = await caller.call('router', 'work', { index });
        assert.ok(['a', 'b', 'c'].includes(String(result)));
        assert.equal(cost, PRICE);
        answered++;
      } catch (error) {
        const name = error instanceof ModuleError ? error.code : (error as Error).name;
        errors.set(name, (errors.get(name) ?? 0) + 1);
      }
    }
    const calls: Promise<void>[] = [];
    for (let index = 0; index < 1_000; index++) {
      calls.push(callOnce(index));
      // All are under way at the same time, but not all knock in one instant: the system keeps few connections waiting.
      if (index % 50 === 0) await sleep(1);
    }
    await Promise.all(calls);
    const known = ['NO_CHILDREN', 'FUNCTION_FAILED', 'REPLAY', 'OVERLOADED', 'LOST'];
    assert.deepEqual(
      [...errors.keys()].filter(name => !known.includes(name)),
      [],
      `seed ${seed}`,
    );
    const receipts = (await caller.receipts()).filter(({ call }) => call.state === 'answered');
    assert.equal(receipts.length, answered);
    const charged = receipts.reduce((sum, { call }) => sum + call.amount, 0n);
    assert.equal(charged, BigInt(answered) * PRICE);
    // What the server is owed is what the caller has receipts for, and at most what was lost on a connection that broke.
    const owed = router.status().unsettled;
    const lost = BigInt(errors.get('LOST') ?? 0);
    assert.ok(
      owed >= charged && owed <= charged + lost * PRICE,
      `${owed} owed, ${charged} on receipts, ${lost} lost`,
    );
    assert.ok(answered > 900, `${answered} answered, errors ${JSON.stringify([...errors])}`);
    tree.fake.setEpoch(6);
    await router.settle();
    assert.equal(
      tree.fake.rows.reduce((sum, { amount }) => sum + amount, 0n),
      owed,
    );
    assert.ok(tree.fake.rows.every(({ server }) => server === keyOf('router').address));
    assert.ok(tree.fake.rows.every(({ client }) => client === CALLER.address));
  });
});
