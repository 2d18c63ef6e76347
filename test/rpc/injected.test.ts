/** Faults on purpose in the answers of the RPC. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { rpcFaults } from '../../devnet/commands/rpcFaults.ts';
import { createClient } from '../../node/client/index.ts';
import { createInjector } from '../../node/rpc/injected/injector.ts';
import { DOORS, type Door } from './doors.ts';
import { createFakeNode } from './fakeNode.ts';
import { ask, line, post, serve } from './support.ts';

const LIMITS = { batchLength: 10, depth: 8 };
const call = (id: number | null, method = 'chain_head', params?: unknown) => ({
  jsonrpc: '2.0',
  ...(id === null ? {} : { id }),
  method,
  params,
});

/** Answers each request with how often it was asked. */
function counting() {
  const asked: unknown[] = [];
  const answer = (request: ReturnType<typeof call>) => {
    asked.push(request);
    return { jsonrpc: '2.0', id: request.id, result: asked.length };
  };
  const next = async (text: string): Promise<string | null> => {
    const message = JSON.parse(text);
    if (!Array.isArray(message)) {
      const made = answer(message);
      return message.id === undefined ? null : JSON.stringify(made);
    }
    const answers = message.map(answer).filter(({ id }) => id !== undefined);
    return answers.length === 0 ? null : JSON.stringify(answers);
  };
  return { asked, next };
}

function bed(rules: Parameters<ReturnType<typeof createInjector>['set']>[0]) {
  const { asked, next } = counting();
  const injector = createInjector(LIMITS);
  injector.set(rules);
  return {
    asked,
    injector,
    async send(message: unknown) {
      const { text, ...rest } = await injector.carry(JSON.stringify(message), next);
      return { answer: text === null ? null : JSON.parse(text), ...rest };
    },
  };
}

describe('faults of the RPC on purpose', () => {
  it('errors are told by name, and what they refuse is not carried out', async () => {
    const { send, asked, injector } = bed({ errorRate: 100 });
    const { answer, told, dropped } = await send(call(1, 'tx_submit'));
    assert.deepEqual([answer.id, answer.error.code, answer.error.data.name], [1, -32012, 'INJECTED_FAULT']);
    assert.deepEqual([told, dropped, asked.length], ['errors=1', false, 0]);
    assert.equal(injector.report().counters.errors, 1);
  });

  it('what is dropped is carried out', async () => {
    const { send, asked } = bed({ drop: 100 });
    assert.deepEqual(await send(call(1, 'tx_submit')), { answer: null, dropped: true, told: 'dropped=1' });
    assert.equal(asked.length, 1);
    // Nobody waits for an answer to a notification: nothing is broken off.
    assert.equal((await send(call(null))).dropped, false);
  });

  it('stale answers are earlier ones to the same question, of reads alone', async () => {
    const { send, asked, injector } = bed({ stale: 60, seed: 5 });
    const heights: number[] = [];
    for (let n = 0; n < 60; n++) heights.push((await send(call(n))).answer.result);
    assert.ok(
      heights.some((height, at) => height < (heights[at - 1] ?? 0)),
      'goes back in time',
    );
    assert.equal(asked.length + injector.report().counters.stale, 60);
    const other = (await send(call(1, 'chain_head', [7]))).answer.result;
    assert.equal(other, asked.length, 'another question has no earlier answer');
    const before = asked.length;
    for (let n = 0; n < 20; n++) await send(call(n, 'tx_submit', ['0x00']));
    assert.equal(asked.length, before + 20);
  });

  it('an answer is late by latency and jitter', async () => {
    const { send } = bed({ latency: 3, jitter: 4 });
    const seen = new Set<number>();
    for (let n = 0; n < 40; n++)
      seen.add(Number(/^delayed=(\d+)$/.exec((await send(call(n))).told ?? '')?.[1]));
    assert.deepEqual([...seen].sort(), [3, 4, 5, 6, 7]);
  });

  it('spares dev_ methods, subscriptions, and methods that are not named', async () => {
    const all = bed({ errorRate: 100 });
    for (const method of ['dev_setRpcFaults', 'chain_subscribe', 'tx_unsubscribe'])
      assert.ok((await all.send(call(1, method))).answer.result > 0, method);
    const one = bed({ errorRate: 100, methods: ['chain_head'] });
    assert.ok((await one.send(call(1, 'account_get'))).answer.result > 0);
    assert.ok((await one.send(call(1, 'chain_head'))).answer.error);
  });

  it('leaves to others what is no request, too long or too deep', async () => {
    const { injector } = bed({ errorRate: 100 });
    const deep = `${'['.repeat(9)}${']'.repeat(9)}`;
    for (const text of [
      '{',
      '',
      '[]',
      '1',
      '[1,2]',
      `[${Array(11)
        .fill(JSON.stringify(call(1)))
        .join()}]`,
      deep,
    ]) {
      const carried = await injector.carry(text, async sent => {
        assert.equal(sent, text.startsWith('[1') || text === '1' ? JSON.stringify(JSON.parse(text)) : text);
        return '{"refused":1}';
      });
      assert.deepEqual(carried, { text: '{"refused":1}', dropped: false, told: 'none' }, text);
    }
  });

  it('the same seed and requests give the same faults, about as many as asked for', async () => {
    const run = async (seed: number) => {
      const { send, injector } = bed({ errorRate: 20, drop: 10, seed });
      const fates: string[] = [];
      for (let n = 0; n < 1_000; n++) fates.push((await send(call(n))).told ?? '');
      return { fates, counters: injector.report().counters };
    };
    const [first, again, other] = [await run(1), await run(1), await run(2)];
    assert.deepEqual(first, again);
    assert.notDeepEqual(first.fates, other.fates);
    for (const { counters } of [first, other]) {
      assert.ok(counters.errors > 150 && counters.errors < 250, `${counters.errors}`);
      assert.ok(counters.dropped > 50 && counters.dropped < 130, `${counters.dropped}`);
    }
  });

  it('any batch is answered in its order, by as many as it says', async () => {
    const percent = fc.integer({ min: 0, max: 100 });
    const requests = fc.array(
      fc.record({
        id: fc.option(fc.integer({ min: 0, max: 99 })),
        method: fc.constantFrom('chain_head', 'account_get', 'dev_mine', 'tx_submit', 'chain_subscribe'),
      }),
      { minLength: 1, maxLength: 10 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(requests, { minLength: 1, maxLength: 4 }),
        fc.record({ errorRate: percent, drop: percent, stale: percent, seed: fc.nat() }),
        async (batches, rules) => {
          const { send, injector } = bed({ ...rules, latency: 0 });
          for (const batch of batches) {
            const before = injector.report().counters;
            const { answer } = await send(batch.map(({ id, method }) => call(id, method)));
            const { counters } = injector.report();
            const ids = batch.flatMap(({ id }) => (id === null ? [] : [id]));
            const got: number[] = (answer ?? []).map(({ id }: { id: number }) => id);
            let at = 0;
            for (const id of ids) if (got[at] === id) at += 1;
            assert.equal(at, got.length, 'the ids of the requests, in their order');
            const lost = ids.length - got.length;
            assert.ok(lost <= counters.dropped - before.dropped);
            const spared = batch.filter(({ id, method }) => id !== null && /^dev_|subscribe/.test(method));
            assert.ok(got.length >= spared.length);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

for (const [kind, open] of DOORS)
  describe(`faults on purpose of a ${kind}`, () => {
    let door: Door;
    before(async () => {
      door = await open();
    });
    afterEach(() => ask(door.url, 'dev_setRpcFaults', {}));
    after(async () => {
      await door.close();
      assert.deepEqual(door.served.defects, []);
    });

    it('are set, listed, told in a header and in metrics, and cleared', async () => {
      const set = await ask(door.url, 'dev_setRpcFaults', { errorRate: 100, seed: 3 });
      assert.equal((set.result as { errorRate: number }).errorRate, 100);
      const { text, headers, status } = await post(door.url, JSON.stringify(call(1)));
      assert.equal(JSON.parse(text).error.data.name, 'INJECTED_FAULT');
      assert.deepEqual([status, headers.get('devnet-rpc-faults')], [200, 'errors=1']);
      const { result } = await ask(door.url, 'dev_rpcFaults');
      assert.deepEqual(result, {
        latency: 0,
        jitter: 0,
        errorRate: 100,
        stale: 0,
        drop: 0,
        methods: null,
        seed: 3,
        counters: { delayed: 0, errors: 1, stale: 0, dropped: 0 },
      });
      const metrics = await (await fetch(`${door.url}/metrics`)).text();
      const name = kind === 'gateway' ? 'gateway' : door.served.node.info.name;
      assert.match(metrics, new RegExp(`^devnet_rpc_faults_total\\{kind="errors",node="${name}"\\} 1$`, 'm'));
      await ask(door.url, 'dev_setRpcFaults');
      const fine = await post(door.url, JSON.stringify(call(1)));
      assert.ok(JSON.parse(fine.text).result);
      assert.equal(fine.headers.get('devnet-rpc-faults'), null);
    });

    it('break connections off by HTTP, and say nothing by WebSocket', async () => {
      const socket = await line(door.url);
      await ask(door.url, 'dev_setRpcFaults', { drop: 100, methods: ['chain_head'] });
      await assert.rejects(post(door.url, JSON.stringify(call(1))), TypeError);
      socket.socket.send(JSON.stringify(call(2)));
      assert.ok((await socket.ask('node_info')).result);
      assert.ok((await socket.ask('chain_subscribe')).result);
      socket.close();
    });

    it('answer a batch in part', async () => {
      await ask(door.url, 'dev_setRpcFaults', { errorRate: 100, methods: ['chain_head'] });
      const batch = [call(1), call(2, 'node_info'), call(null), call(3, 'dev_rpcFaults'), call(4)];
      const { text } = await post(door.url, JSON.stringify(batch));
      const outcomes = JSON.parse(text).map((each: { id: number; error?: object }) => [
        each.id,
        'error' in each,
      ]);
      assert.deepEqual(outcomes, [
        [1, true],
        [2, false],
        [3, false],
        [4, true],
      ]);
    });

    it('tell of old heads', async () => {
      await ask(door.url, 'dev_setRpcFaults', { stale: 100 });
      const height = async () => ((await ask(door.url, 'chain_head')).result as { height: number }).height;
      const first = await height();
      door.served.node.publish();
      assert.equal(await height(), first);
      await ask(door.url, 'dev_setRpcFaults');
      assert.equal(await height(), first + 1);
    });

    it('are refused to foreign pages, and in wrong sizes', async () => {
      const origin = 'https://evil.example';
      for (const method of ['dev_setRpcFaults', 'dev_rpcFaults'])
        assert.equal((await ask(door.url, method, {}, { origin })).error?.data.name, 'FORBIDDEN_ORIGIN');
      for (const params of [
        { errorRate: 101 },
        { drop: -1 },
        { latency: 59_000, jitter: 1_001 },
        { methods: [] },
        { methods: ['dev_mine'] },
        { methods: ['chain_subscribe'] },
        { seed: 0.5 },
        { errors: 1 },
      ])
        assert.equal(
          (await ask(door.url, 'dev_setRpcFaults', params)).error?.data.name,
          'INVALID_PARAMS',
          JSON.stringify(params),
        );
    });

    it('are set from the command line', async () => {
      const client = createClient(door.url);
      const { value, text } = await rpcFaults({ client }, { errors: '10%', methods: 'chain_head,tx_get' });
      assert.deepEqual((value as { methods: unknown }).methods, ['chain_head', 'tx_get']);
      assert.match(text, /errors +10 %; 0 so far\nof chain_head, tx_get \(seed 0\)/);
      assert.deepEqual((await rpcFaults({ client }, {})).value, value);
      assert.match((await rpcFaults({ client }, { clear: true })).text, /as they should be/);
      await assert.rejects(rpcFaults({ client }, { clear: true, drop: '1' }), { name: 'USAGE' });
      await assert.rejects(rpcFaults({ client }, { drop: '101' }), { name: 'USAGE' });
      client.close();
    });
  });

describe('faults on purpose', () => {
  it('are for devnets', async () => {
    const production = await serve({}, createFakeNode({ devnet: false }));
    for (const method of ['dev_setRpcFaults', 'dev_rpcFaults'])
      assert.equal((await ask(production.rpc.url, method)).error?.data.name, 'NOT_A_DEVNET');
    await production.rpc.close();
  });
});
