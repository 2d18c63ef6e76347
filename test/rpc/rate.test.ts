/** How much one address may ask: the buckets by themselves, and before a node and a gateway. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { startGateway } from '../../devnet/supervisor/gateway.ts';
import { batchLength } from '../../node/rpc/batchLength.ts';
import { DEFAULT_LIMITS } from '../../node/rpc/options.ts';
import { createRateLimiter, whoIs } from '../../node/rpc/rate.ts';
import { fakeControl } from '../devnet/fakeControl.ts';
import { line, post, serve } from './support.ts';

const call = (id: number, method = 'chain_head') => JSON.stringify({ jsonrpc: '2.0', id, method });

describe('token buckets', () => {
  it('let a burst through, then as many as there are in a second, whoever else asks', () => {
    let time = 0;
    const { take } = createRateLimiter({ perSecond: 4, burst: 3 }, () => time);
    assert.deepEqual([take('a'), take('a'), take('a'), take('a')], [0, 0, 0, 250]);
    assert.equal(take('b'), 0);
    time = 249;
    assert.ok(take('a') > 0);
    time = 250;
    assert.deepEqual([take('a'), take('a')], [0, 250]);
    time = 1_000_000;
    assert.deepEqual([take('a'), take('a'), take('a'), take('a')], [0, 0, 0, 250], 'no more than the burst');
  });

  it('let a batch through whole, and then wait for all of it', () => {
    let time = 0;
    const { take, owe } = createRateLimiter({ perSecond: 10, burst: 1 }, () => time);
    assert.equal(take('a'), 0);
    owe('a', 20);
    assert.equal(take('a'), 2_100);
    time = 2_100;
    assert.equal(take('a'), 0);
  });

  it('without a limit say yes', () => {
    const { take, owe } = createRateLimiter({ perSecond: 0, burst: 0 }, () => 0);
    owe('a', 1e9);
    assert.equal(take('a'), 0);
  });

  it('whatever comes when, no second has more than its requests and a burst', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 9 })), {
          minLength: 1,
          maxLength: 200,
        }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        (messages, perSecond, burst) => {
          let time = 0;
          let answered = 0;
          const { take, owe } = createRateLimiter({ perSecond, burst }, () => time);
          for (const [pause, requests] of messages) {
            time += pause;
            const wait = take('a');
            if (wait === 0) {
              owe('a', requests - 1);
              answered += requests;
            } else {
              // What it says is right: not before then, and then.
              time += wait - 1;
              assert.ok(take('a') > 0);
              time += 1;
              assert.equal(take('a'), 0);
              answered += 1;
            }
            // The last batch may be answered before it is paid.
            assert.ok(answered <= burst + (time / 1_000) * perSecond + 8);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('forget who was silent longest, not who asks too much', () => {
    const { take } = createRateLimiter({ perSecond: 1, burst: 1 }, () => 0);
    assert.deepEqual([take('quiet'), take('loud')], [0, 0]);
    for (let n = 0; n < 9_999; n++) {
      take(`10.0.${n >> 8}.${n & 255}`);
      if (n % 100 === 0) assert.ok(take('loud') > 0);
    }
    assert.ok(take('loud') > 0);
    assert.equal(take('quiet'), 0);
  });

  it('know an address by what nobody has many of', () => {
    for (const [remote, who] of [
      ['127.0.0.1', '127.0.0.1'],
      ['::ffff:10.1.2.3', '10.1.2.3'],
      ['::1', '0:0:0:0::/64'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
      ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
      ['2001:db8::9', '2001:db8:0:0::/64'],
      ['fe80::1%eth0', 'fe80:0:0:0::/64'],
      ['', ''],
    ] as const)
      assert.equal(whoIs(remote), who);
  });
});

describe('the length of a batch', () => {
  it('is what a parser says, and never more than the limit', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 20 }), fc.nat(3), (batch, space) => {
        const body = Buffer.from(`${' '.repeat(space)}${JSON.stringify(batch, null, space)}`);
        assert.equal(batchLength(body, 1_000), batch.length);
        assert.equal(batchLength(body, 5), Math.min(5, batch.length));
      }),
    );
    for (const text of ['', '  ', '{"a":[1,2]}', '"[1,2]"', '"'])
      assert.equal(batchLength(Buffer.from(text), 1_000), 1, text);
    assert.equal(batchLength(Buffer.from('["\\\\",",\\"",'), 1_000), 3);
  });
});

/** A clock that stands still until somebody sets it, before a node and before a gateway. */
const CLOCKED = [
  [
    'node',
    async (now: () => number, perSecond: number) => {
      const { rpc, defects } = await serve({
        now,
        limits: { requestsPerSecond: perSecond, requestBurst: 2 * perSecond },
      });
      return { url: rpc.url, defects, close: () => rpc.close() };
    },
  ],
  [
    'gateway',
    async (now: () => number, perSecond: number) => {
      const pass = 'of this test alone';
      // The node would refuse the gateway at once if it did not know it.
      const { rpc, defects } = await serve({
        now: () => 0,
        pass,
        limits: { requestsPerSecond: 1, requestBurst: 1 },
      });
      const gateway = await startGateway({
        host: '127.0.0.1',
        port: 0,
        backends: () => [{ index: 0, port: rpc.port }],
        control: fakeControl().control,
        readiness: async () => ({ reasons: [], warnings: [] }),
        rateLimit: perSecond,
        pass,
        now,
      });
      const close = async (): Promise<void> => {
        await gateway.close();
        await rpc.close();
      };
      return { url: `http://127.0.0.1:${gateway.port}`, defects, close };
    },
  ],
] as const;

for (const [kind, open] of CLOCKED)
  describe(`the limit of rate of a ${kind}`, () => {
    let time = 0;
    let door: Awaited<ReturnType<typeof open>>;
    beforeEach(async () => {
      time = 0;
      door = await open(() => time, 3);
    });
    afterEach(async () => {
      await door.close();
      assert.deepEqual(door.defects, []);
    });

    it('answers 429 with when to come again, and goes on then', async () => {
      for (let id = 0; id < 6; id++) assert.equal((await post(door.url, call(id))).status, 200);
      time = 100;
      const { status, headers, text } = await post(door.url, call(7));
      assert.deepEqual([status, headers.get('retry-after')], [429, '1']);
      const { jsonrpc, id, error } = JSON.parse(text);
      assert.deepEqual([jsonrpc, id, error.code, error.data.name], ['2.0', null, -32013, 'RATE_LIMITED']);
      assert.match(error.data.hint, /--rpc-rate-limit/);
      time += error.data.retryAfterMs;
      assert.equal((await post(door.url, call(8))).status, 200);
      assert.equal((await post(door.url, call(9))).status, 429);
    });

    it('counts a batch as its requests, and pages as well; who watches is welcome', async () => {
      const batch = `[${[1, 2, 3, 4, 5, 6, 7, 8].map(id => call(id)).join()}]`;
      assert.equal(JSON.parse((await post(door.url, batch)).text).length, 8);
      const { status, headers } = await post(door.url, call(1));
      // Two beyond the burst of six, and one for this.
      assert.deepEqual([status, headers.get('retry-after')], [429, '1']);
      assert.equal((await fetch(`${door.url}/metrics`)).status, 429);
      for (let n = 0; n < 20; n++)
        for (const page of ['healthz', 'readyz'])
          assert.equal((await fetch(`${door.url}/${page}`)).status, 200);
      time = 1_000;
      assert.match(
        await (await fetch(`${door.url}/metrics`)).text(),
        new RegExp(`^devnet_rpc_refused_total\\{reason="RATE_LIMITED",node="(${kind}|fake)"\\} 2$`, 'm'),
      );
    });

    it('does not believe who says to be the supervisor, or somebody else', async () => {
      for (let id = 0; id < 6; id++) await post(door.url, call(id));
      for (const headers of [
        { 'devnet-pass': 'x' },
        { 'devnet-pass': '' },
        { 'x-forwarded-for': '10.0.0.1' },
      ])
        assert.equal((await post(door.url, call(1), headers)).status, 429);
    });

    it('refuses messages of a WebSocket by their ids, then ends it, and takes no other one', async () => {
      const socket = await line(door.url);
      const closed = once(socket.socket, 'close');
      for (let id = 0; id < 5; id++) assert.ok((await socket.ask('chain_head')).result);
      const refused = await socket.ask('chain_head');
      assert.equal(refused.error?.data.name, 'RATE_LIMITED');
      socket.socket.send('{"jsonrpc":"2.0","method":"chain_head"}');
      socket.socket.send(`[${call(5)},${call(6)}]`);
      const both: { id: number; error: { code: number } }[] = JSON.parse(await socket.next());
      assert.deepEqual(
        both.map(({ id, error }) => [id, error.code]),
        [
          [5, -32013],
          [6, -32013],
        ],
      );
      // Whoever waits is welcome again, and has a new patience.
      time = 1_000;
      assert.ok((await socket.ask('chain_head')).result);
      for (let n = 0; n < 2; n++) await socket.ask('chain_head');
      const other = new WebSocket(door.url.replace('http', 'ws'));
      const [, response] = await once(other, 'unexpected-response');
      assert.equal(response.statusCode, 429);
      response.destroy();
      for (let id = 0; id < 101; id++) socket.socket.send(call(id));
      const [code, reason] = await closed;
      assert.equal(code, 1013);
      assert.match(String(reason), /^RATE_LIMITED: /);
    });
  });

it('the limit that nobody chose lets a burst of a hundred thousand through', () => {
  const { requestsPerSecond: perSecond, requestBurst: burst } = DEFAULT_LIMITS;
  const { take } = createRateLimiter({ perSecond, burst }, () => 0);
  for (let n = 0; n < 100_000; n++) assert.equal(take('127.0.0.1'), 0);
});
