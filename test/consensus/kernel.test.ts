/** consensus-0 on the real kernel, with real signatures. */
import assert from 'node:assert/strict';
import {
  type BlockInput,
  type Execution,
  getConsensus,
  getModuleByAlias,
  getReserve,
  hashOf,
  type KernelCall,
  LinkTerms,
  type Scheme,
  type State,
  signingBytes,
  verifySignature,
} from '../../chain/index.ts';
import {
  type CallHeader,
  consensus0,
  headerHash,
  headerText,
  type RowEvent,
  receiptText,
} from '../../consensus/consensus-0/index.ts';
import { decode, type StoredReceipt } from '../../consensus/interface/index.ts';
import { openRunner } from '../../node/plugins/open.ts';
import { inputOf, weighed } from '../node/plugins/support.ts';
import { silentLog } from '../node/support/log.ts';
import { linkTerms, registerModule } from '../support/calls.ts';
import {
  CHAIN_ID,
  createTestChain,
  keyOf,
  readEvents,
  type TestChain,
  testGenesis,
} from '../support/chain.ts';
import { sha } from './support.ts';

const PRICE = 1_000n;
const RESERVED = 100_000n;

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A call of a client to the router, signed by both as the call protocol has it. */
function served(
  client: string,
  fields: Partial<CallHeader> & { nonce: number; epoch: number },
): StoredReceipt {
  const header = headerText({
    chain: CHAIN_ID,
    server: keyOf('Router').account,
    client: keyOf(client).account,
    fn: 'echo',
    paramsHash: sha('{}'),
    time: 1_700_000_000_000,
    maxUsage: PRICE,
    tally: null,
    ...fields,
  });
  const receipt = receiptText({ headerHash: headerHash(header), cost: PRICE, resultHash: sha('1'), time: 1 });
  return {
    header,
    headerSignature: keyOf(client).sign(signingBytes('header', utf8(header))),
    receipt,
    receiptSignature: keyOf('Router').sign(signingBytes('receipt', utf8(receipt))),
  };
}

/** A router that gives half of its revenue to a worker, and two clients with reserves, at the start of epoch 1. */
function economy(): TestChain {
  const chain = createTestChain({ accounts: ['Router', 'Worker', 'Alice', 'Bob'] });
  chain.ok('Router', registerModule('router', { prices: [{ fn: 'echo', price: PRICE }] }));
  chain.ok('Worker', registerModule('worker'));
  const [parent, child] = ['router', 'worker'].map(alias => getModuleByAlias(chain.state, alias)?.id);
  assert.ok(parent !== undefined && child !== undefined);
  const terms = linkTerms(parent, child, { shareBps: 5000 });
  chain.ok('Router', { kind: 'proposeLink', terms, expires: 10 });
  chain.ok('Worker', { kind: 'acceptLink', parent, child, termsHash: hashOf(LinkTerms, terms) });
  for (const client of ['Alice', 'Bob'])
    chain.ok(client, { kind: 'reserve', consensus: 0, server: keyOf('Router').account, amount: RESERVED });
  chain.nextEpoch();
  return recorded(chain);
}

interface Recorded {
  readonly state: State;
  readonly input: BlockInput;
  readonly execution: Execution;
}
const blocks: Recorded[] = [];

/** Keeps every block that the chain makes from now on. */
function recorded(chain: TestChain): TestChain {
  const make = chain.block;
  const block: TestChain['block'] = (transactions = [], evidence) => {
    const { state } = chain;
    const input = inputOf(chain, transactions);
    const execution = make(transactions, evidence);
    blocks.push({ state, input, execution });
    return execution;
  };
  return Object.assign(chain, { block });
}

async function claims(receipts: readonly StoredReceipt[], epoch: number): Promise<KernelCall[]> {
  const local = { chainId: CHAIN_ID, server: keyOf('Router').account, maxArgsBytes: 256 * 1024 };
  const prepared = (await consensus0.prepare?.(local, epoch, receipts)) ?? [];
  return prepared.map(({ method, args }) => ({ kind: 'call', consensus: 0, method, args, value: 0n }));
}

/** The verdicts on a claim of the router, once it stands in a block. */
const rowsOf = (chain: TestChain, claim: KernelCall): RowEvent[] =>
  readEvents(chain.ok('Router', claim).events, chain.mechanisms)
    .filter(({ name }) => name === 'row')
    .map(({ data }) => data as RowEvent);

const reserveOf = (chain: TestChain, client: string): bigint =>
  getReserve(chain.state, 0, keyOf(client).account, keyOf('Router').account)?.amount ?? 0n;

describe('consensus-0 on the kernel', () => {
  it('settles a claim of receipts and tallies once, shares it, and keeps the sum of all money', async () => {
    const chain = economy();
    const epoch = chain.epoch;
    const receipts = [
      ...[1, 2, 3].map(nonce => served('Alice', { nonce, epoch })),
      served('Alice', { nonce: 4, epoch, tally: { nonce: 3, count: 3, total: 3n * PRICE } }),
      ...[1, 2].map(nonce => served('Bob', { nonce, epoch })),
    ];
    const [claim, ...more] = await claims(receipts, epoch);
    assert.ok(claim);
    assert.deepEqual(more, []);
    chain.fails('Router', 'EPOCH_OPEN', claim);
    chain.nextEpoch();
    const rows = rowsOf(chain, claim);
    assert.deepEqual(
      rows.map(({ status, calls, amount }) => [status, calls, amount]),
      [
        ['OK', 4, 4n * PRICE],
        ['OK', 2, 2n * PRICE],
      ],
    );
    assert.deepEqual(
      rowsOf(chain, claim).map(({ status }) => status),
      ['REPLAY', 'REPLAY'],
    );
    chain.fails('Alice', 'NOT_SERVING', claim);
  });

  it('moves the money at the close', async () => {
    const chain = economy();
    const epoch = chain.epoch;
    const receipts = [1, 2, 3, 4, 5].map(nonce => served('Alice', { nonce, epoch }));
    const [claim] = await claims(receipts, epoch);
    assert.ok(claim);
    chain.nextEpoch();
    chain.ok('Router', claim);
    const before = { router: chain.free('Router'), worker: chain.free('Worker') };
    const { outcomes } = chain.nextEpoch();
    assert.equal(outcomes.system[0]?.ok, true);
    assert.equal(outcomes.system[0]?.done, true);
    assert.equal(chain.free('Router') - before.router, 2_500n);
    assert.equal(chain.free('Worker') - before.worker, 2_500n);
    assert.equal(reserveOf(chain, 'Alice'), RESERVED - 5_000n);
    assert.equal(reserveOf(chain, 'Bob'), RESERVED);
    assert.equal(getConsensus(chain.state, 0)?.pot, 0n);
    chain.nextEpoch(3);
    chain.fails('Router', 'CLAIM_TOO_LATE', claim);
  });

  it('judges a forged signature as what it is', async () => {
    const chain = economy();
    const epoch = chain.epoch;
    const forged = {
      ...served('Alice', { nonce: 1, epoch }),
      headerSignature: served('Bob', { nonce: 1, epoch }).headerSignature,
    };
    const [claim] = await claims([forged, served('Bob', { nonce: 1, epoch })], epoch);
    assert.ok(claim);
    chain.nextEpoch();
    const found = rowsOf(chain, claim).map(({ status }) => status);
    assert.deepEqual(found.sort(), ['BAD_SIGNATURE', 'OK']);
  });

  it('rebuilds what keys of every scheme signed', async () => {
    for (const scheme of ['sr25519', 'ed25519', 'ecdsa'] satisfies Scheme[]) {
      const key = keyOf('Anyone', scheme);
      const header = headerText({
        chain: CHAIN_ID,
        server: keyOf('Router').account,
        client: key.account,
        fn: 'echo',
        paramsHash: sha('{}'),
        time: 5,
        epoch: 1,
        nonce: 1,
        maxUsage: PRICE,
        tally: null,
      });
      const receipt = receiptText({
        headerHash: headerHash(header),
        cost: PRICE,
        resultHash: sha('1'),
        time: 1,
      });
      const signature = key.sign(signingBytes('header', utf8(header)));
      const stored = { header, headerSignature: signature, receipt, receiptSignature: signature };
      const [claim] = await claims([stored], 1);
      assert.ok(claim?.kind === 'call');
      const method = consensus0.calls.claim;
      assert.ok(method);
      const args: unknown = decode(method.codec, claim.args);
      const checks = method.checks?.({ sender: keyOf('Router').account, args }, { chainId: CHAIN_ID }) ?? [];
      assert.deepEqual(checks.map(verifySignature), [true], scheme);
      const elsewhere =
        method.checks?.({ sender: keyOf('Router').account, args }, { chainId: 'other' }) ?? [];
      assert.deepEqual(elsewhere.map(verifySignature), [false], scheme);
    }
  });
});

describe('consensus-0 on the kernel, in a process of its own', () => {
  it('makes the same blocks of all tests above', async function () {
    this.timeout(60_000);
    const runner = openRunner({
      consensus: [{ id: 0, runner: 'process' }],
      directory: undefined,
      log: silentLog,
    });
    try {
      await runner.load(testGenesis().consensus);
      assert.ok(blocks.length > 20);
      for (const { state, input, execution } of blocks) {
        const transactions = await weighed({ runner }, { state }, input.transactions);
        const again = await runner.execute(state, { ...input, transactions });
        assert.equal(again.state.root, execution.state.root);
        assert.deepEqual(again.outcomes, execution.outcomes);
      }
      assert.ok((runner.plugins[0]?.figures.roundTrips ?? 0) > 3);
    } finally {
      await runner.close();
    }
  });
});
