/** Four validators, each of which runs the packed plugin in a process of its own. */
import assert from 'node:assert/strict';
import { invariants } from '../../../chain/index.ts';
import { decode, encode, struct, u32 } from '../../../consensus/interface/index.ts';
import { stakeTime } from '../../../examples/stake-time/src/index.ts';
import { alice, bob, signed, untilFinal, untilHeight, withCluster } from '../../node/support/cluster.ts';
import { withPacked } from './pack.ts';
import { params } from './people.ts';

const ID = 7;
const REWARD = 1_000_000n;
const BAD_CURVE = { kPpm: 1, p: 1, tMax: 1, haircutBps: 10_001 };

describe('stake-time tokens in processes of their own on four validators', () => {
  it('lock, earn, vest and leave early, with the same blocks and states everywhere', async function () {
    this.timeout(120_000);
    const own = { ...params, rewardPerEpoch: REWARD, governor: null };
    await withPacked(ID, own, async ({ file, entry }) => {
      const options = {
        validators: 4,
        epochLength: 1_000,
        consensus: [entry],
        runners: [{ id: ID, runner: 'process' as const, file }],
        blockMode: { kind: 'auto' as const, emptyMs: 200 },
      };
      await withCluster(options, async cluster => {
        const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
        await Promise.all(nodes.map(node => untilHeight(node, 1)));
        const [first, second] = nodes;
        assert.ok(first !== undefined && second !== undefined);
        const nonces = new Map<string, number>();
        const send = async (key: typeof alice, method: string, args: object, value = 0n) => {
          const nonce = nonces.get(key.account) ?? 0;
          nonces.set(key.account, nonce + 1);
          const { codec } = stakeTime.calls[method] ?? assert.fail();
          const call = { kind: 'call', consensus: ID, method, args: encode(codec, args), value } as const;
          const node = nonce % 2 === 0 ? first : second;
          const status = await untilFinal(node, await node.submit(signed(key, nonce, call)));
          assert.ok(status.status === 'final');
          return status.outcome.failure?.code ?? 'ok';
        };
        const ask = async (query: string, args: object) => {
          const { codec, result } = stakeTime.queries?.[query] ?? assert.fail();
          const asked = { name: query, args: encode(codec, args) };
          const answers = await Promise.all(nodes.map(node => node.query(ID, asked)));
          for (const answer of answers) assert.deepEqual(answer, answers[0]);
          return decode<unknown>(result, answers[0] ?? assert.fail());
        };
        const nextEpoch = async () => {
          await first.dev?.advanceEpoch(1);
          await Promise.all(nodes.map(node => untilHeight(node, first.head().header.height)));
        };

        assert.deepEqual(
          await Promise.all([
            send(alice, 'lock', { epochs: 4 }, 10n * REWARD),
            send(bob, 'lock', { epochs: 4 }, 30n * REWARD),
          ]),
          ['ok', 'ok'],
        );
        assert.equal(await send(bob, 'extend', { lock: 99, epochs: 8 }), 'NO_SUCH_LOCK');
        // Refused by the codec in the process, and known here for what it is.
        const args = encode(struct({ kPpm: u32, p: u32, tMax: u32, haircutBps: u32 }), BAD_CURVE);
        const wrong = { kind: 'call', consensus: ID, method: 'setCurve', args, value: 0n } as const;
        const nonce = nonces.get(bob.account) ?? 0;
        await assert.rejects(first.submit(signed(bob, nonce, wrong)), { code: 'BAD_ARGUMENTS' });
        await nextEpoch();
        await nextEpoch();
        const totals = { rewardPerEpoch: REWARD, vestEpochs: 2, curve: 0, epoch: 2 };
        assert.deepEqual(await ask('totals', {}), {
          ...totals,
          stake: 80n * REWARD,
          principal: 40n * REWARD,
          pool: 0n,
        });
        const [mine] = (await ask('locksOf', { account: alice.account, after: null })) as {
          readonly lock: number;
          readonly claimable: bigint;
        }[];
        const [own] = (await ask('locksOf', { account: bob.account, after: null })) as {
          readonly lock: number;
        }[];
        assert.ok(mine !== undefined && own !== undefined);
        // A quarter of the reward, half of it vested, or nearly: units of 2^-64 are rounded down.
        assert.ok(REWARD / 8n - mine.claimable <= 1n, `${mine.claimable}`);
        assert.equal(await send(alice, 'claim', { lock: mine.lock }), 'ok');
        assert.equal(await send(bob, 'extend', { lock: own.lock, epochs: 8 }), 'ok');
        assert.equal(await send(alice, 'exit', { lock: mine.lock }), 'ok');
        assert.equal(await send(alice, 'exit', { lock: mine.lock }), 'NO_SUCH_LOCK');
        for (let epoch = 0; epoch < 8; epoch++) await nextEpoch();
        assert.equal(await send(bob, 'withdraw', { lock: own.lock }), 'ok');
        assert.deepEqual(await ask('locksOf', { account: alice.account, after: null }), []);

        const height = first.head().header.height;
        await Promise.all(nodes.map(node => untilHeight(node, height)));
        for (let at = 1; at <= height; at++) {
          const [here, ...others] = await Promise.all(nodes.map(node => node.block(at)));
          for (const there of others) {
            assert.equal(there?.hash, here?.hash, `block ${at}`);
            assert.deepEqual(there?.outcomes, here?.outcomes);
          }
          assert.deepEqual(
            here?.outcomes.system.filter(({ ok }) => !ok),
            [],
            `closes of block ${at}`,
          );
        }
        for (const node of nodes) assert.deepEqual(invariants(node.state()), []);
      });
    });
  });
});
