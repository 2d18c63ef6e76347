import assert from 'node:assert/strict';
import { invariants, type KernelCall, keyPairFromUri, signingBytes, TOKEN } from '../../../chain/index.ts';
import { consensus0, headerHash, headerText, receiptText } from '../../../consensus/consensus-0/index.ts';
import { decode, encode, type StoredReceipt } from '../../../consensus/interface/index.ts';
import type { Node } from '../../../node/node.ts';
import { sha } from '../../consensus/support.ts';
import { registerModule } from '../../support/calls.ts';
import { alice, bob, signed, transfer, untilFinal, untilHeight, withCluster } from '../support/cluster.ts';

const PRICE = 1_000n;
const router = keyPairFromUri('//Router');
const clients = [alice, bob];
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A call that a client paid for, as the router keeps it. */
function served(client: typeof alice, nonce: number, epoch: number): StoredReceipt {
  const header = headerText({
    chain: 'test-chain',
    server: router.account,
    client: client.account,
    fn: 'echo',
    paramsHash: sha('{}'),
    time: 1_700_000_000_000,
    epoch,
    nonce,
    maxUsage: PRICE,
    tally: null,
  });
  const receipt = receiptText({ headerHash: headerHash(header), cost: PRICE, resultHash: sha('1'), time: 1 });
  return {
    header,
    headerSignature: client.sign(signingBytes('header', utf8(header))),
    receipt,
    receiptSignature: router.sign(signingBytes('receipt', utf8(receipt))),
  };
}

describe('one validator with consensus-0 in its process and three with it in processes of their own', () => {
  it('agree on every block, through claims, transfers and closes of epochs', async function () {
    this.timeout(120_000);
    await withCluster(
      {
        validators: 4,
        epochLength: 1_000,
        accounts: [router],
        isolated: [1, 2, 3],
        blockMode: { kind: 'auto', emptyMs: 200 },
      },
      async cluster => {
        const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
        await Promise.all(nodes.map(node => untilHeight(node, 1)));
        const [first, second] = nodes as [Node, Node];
        const nonces = new Map<string, number>();
        const send = async (key: typeof alice, call: KernelCall, to = first) => {
          const nonce = nonces.get(key.account) ?? 0;
          nonces.set(key.account, nonce + 1);
          const status = await untilFinal(to, await to.submit(signed(key, nonce, call)));
          assert.ok(
            status.status === 'final' && status.outcome.failure === null,
            JSON.stringify(status, (_, v) => (typeof v === 'bigint' ? String(v) : v)),
          );
          return status.outcome;
        };
        await send(router, registerModule('router', { prices: [{ fn: 'echo', price: PRICE }] }));
        for (const client of clients)
          await send(
            client,
            { kind: 'reserve', consensus: 0, server: router.account, amount: TOKEN },
            second,
          );
        await first.dev?.advanceEpoch(1);
        for (let round = 0; round < 2; round++) {
          const epoch = (await first.dev?.advanceEpoch(0)) ?? 0;
          const receipts = clients.flatMap(client => [1, 2, 3].map(nonce => served(client, nonce, epoch)));
          const local = { chainId: 'test-chain', server: router.account, maxArgsBytes: 64 * 1024 };
          const prepared = (await consensus0.prepare?.(local, epoch, receipts)) ?? [];
          assert.ok(prepared.length > 0);
          await second.dev?.advanceEpoch(1);
          for (const { method, args } of prepared) {
            const call = { kind: 'call', consensus: 0, method, args, value: 0n } as const;
            const [{ events }] = await Promise.all([
              send(router, call, second),
              send(alice, transfer(bob), first),
            ]);
            assert.equal(events.length, clients.length);
          }
          await first.dev?.advanceEpoch(1);
          await untilHeight(second, first.head().header.height + 1);
          const settled = await second.settlement(0, epoch + 1);
          assert.equal(settled?.total, 6n * PRICE);
        }
        const height = Math.max(...nodes.map(node => node.head().header.height));
        await Promise.all(nodes.map(node => untilHeight(node, height)));
        for (let at = 1; at <= height; at++) {
          const [here, ...others] = await Promise.all(nodes.map(node => node.block(at)));
          for (const there of others) {
            assert.equal(there?.hash, here?.hash, `block ${at}`);
            assert.deepEqual(there?.outcomes, here?.outcomes);
          }
        }
        const { codec, result } = consensus0.queries?.settlementOf ?? assert.fail();
        const query = { name: 'settlementOf', args: encode(codec, { epoch: 2 }) };
        const answers = await Promise.all(nodes.map(node => node.query(0, query)));
        assert.equal(decode<{ total: bigint }>(result, answers[0] ?? assert.fail()).total, 6n * PRICE);
        for (const answer of answers) assert.deepEqual(answer, answers[0]);
        for (const node of nodes) assert.deepEqual(invariants(node.state()), []);
      },
    );
  });
});
