/** What it costs to run consensus-0 in a process of its own: blocks of 1,000 claims, against the same in this process. */
import {
  type CheckedTransaction,
  checkedTransaction,
  executeBlock,
  type KernelCall,
  SignedTransaction,
  type State,
  TOKEN,
  type Transaction,
} from '../../chain/index.ts';
import { Claim } from '../../consensus/consensus-0/index.ts';
import { builtinGenesis, consensus0 } from '../../consensus/index.ts';
import { type Account, encode } from '../../consensus/interface/index.ts';
import { openRunner } from '../../node/plugins/load.ts';
import { silentLog } from '../node/support/log.ts';
import { registerModule } from '../support/calls.ts';
import { accountOf, createTestChain, GENESIS_TIME, VALIDATOR } from '../support/chain.ts';
import { type Figure, median, milliseconds, seconds, timed } from './report.ts';

const SERVERS = 10;
const CLIENTS = 100;
const BLOCKS = 24;
const PRICE = 1_000n;

const mechanisms = new Map([[0, consensus0]]);
const idOf = (kind: number, index: number): Account =>
  `0x${kind.toString(16).padStart(2, '0')}${index.toString(16).padStart(62, '0')}`;
const servers = Array.from({ length: SERVERS }, (_, index) => idOf(1, index));
const clients = Array.from({ length: CLIENTS }, (_, index) => idOf(2, index));

/** A state in which all clients have reserves at all servers, at the start of epoch 2; and the next height. */
function economy(): { state: State; height: number } {
  const free = 1_000_000n * TOKEN;
  const accounts = [...servers, ...clients, accountOf(VALIDATOR)].map(account => ({ account, free }));
  const chain = createTestChain({
    checkInvariants: false,
    genesis: { accounts, epochLength: 40, maxBlockWeight: 2 ** 40, consensus: builtinGenesis() },
  });
  const { block } = chain;
  block(
    servers.map((server, index) =>
      checked(server, 0, registerModule(`server-${index}`, { prices: [{ fn: 'echo', price: PRICE }] })),
    ),
  );
  for (const [nonce, server] of servers.entries())
    block(
      clients.map(client =>
        checked(client, nonce, { kind: 'reserve', consensus: 0, server, amount: 1000n * TOKEN }),
      ),
    );
  chain.nextEpoch(2);
  return { state: chain.state, height: chain.height + 1 };
}

function checked(sender: Account, nonce: number, call: KernelCall): CheckedTransaction {
  const transaction: Transaction = {
    chainId: 'test-chain',
    sender,
    nonce,
    feeLimit: TOKEN,
    expiry: null,
    call,
  };
  const signed = { transaction, signature: new Uint8Array(65) };
  const found = checkedTransaction(encode(SignedTransaction, signed), signed, [true]);
  return call.kind === 'call' ? { ...found, verified: [true] } : found;
}

/** One claim per pair, for one more call than in the block before. */
function claims(block: number, epoch: number): CheckedTransaction[] {
  return servers.flatMap(server =>
    clients.map((client, index) => {
      const receipt = {
        terms: 0,
        paramsHash: `0x${'ab'.repeat(32)}`,
        time: 0,
        nonce: block + 1,
        tally: null,
        signature: new Uint8Array(65),
        cost: null,
      } as const;
      const args: Claim = {
        epoch,
        time: GENESIS_TIME,
        terms: [{ fn: 'echo', maxUsage: PRICE, server: null, epoch: null }],
        rows: [{ client, tally: null, receipts: [receipt] }],
      };
      const nonce = 1 + block * CLIENTS + index;
      return checked(server, nonce, {
        kind: 'call',
        consensus: 0,
        method: 'claim',
        args: encode(Claim, args),
        value: 0n,
      });
    }),
  );
}

export async function isolation(): Promise<Figure[]> {
  const start = economy();
  const genesis = createTestChain().genesis;
  const { ms: cold, result: runner } = await timed(() =>
    openRunner(genesis, [{ id: 0, runner: 'process' }], silentLog),
  );
  const [plugin] = runner.plugins;
  if (plugin === undefined) throw new Error('no process was started');
  const here: number[] = [];
  const there: number[] = [];
  const trips: number[] = [];
  try {
    let { state } = start;
    for (let block = 0; block < BLOCKS; block++) {
      const transactions = await Promise.all(
        claims(block, 1).map(async one => {
          const signed = { transaction: one.transaction, signature: new Uint8Array(65) };
          const { weighed } = await runner.checks(signed, 'test-chain');
          return { ...one, ...(weighed === undefined ? {} : { weighed }) };
        }),
      );
      const height = start.height + block;
      // Within one epoch: its length is long over, so time and height only count.
      const input = {
        height,
        time: GENESIS_TIME + height * 1000,
        proposer: accountOf(VALIDATOR),
        evidence: [],
        transactions,
      };
      const before = plugin.figures.roundTrips;
      // In turns: whoever comes second finds what the first has read.
      const base = state;
      const inProcess = () => timed(async () => executeBlock(base, input, mechanisms));
      const early = block % 2 === 0 ? null : await inProcess();
      const isolated = await timed(() => runner.execute(base, input));
      trips.push(plugin.figures.roundTrips - before);
      const plain = early ?? (await inProcess());
      if (plain.result.state.root !== isolated.result.state.root) throw new Error('the results differ');
      const failed = plain.result.outcomes.transactions.find(({ ok }) => !ok);
      if (failed !== undefined) throw new Error(`a claim failed: ${failed.failure?.message}`);
      here.push(plain.ms);
      there.push(isolated.ms);
      state = plain.result.state;
    }
  } finally {
    await runner.close();
  }
  const steady = there.map((ms, index) => ms / (here[index] ?? Number.NaN)).slice(2);
  return [
    { name: '1,000 claims in this process', value: milliseconds(median(here)), aim: '' },
    { name: '1,000 claims in a process of its own', value: milliseconds(median(there)), aim: '' },
    { name: 'isolated against in process', value: median(steady).toFixed(2), aim: '1.3' },
    {
      name: 'round trips per block, once it knows the state',
      value: String(median(trips.slice(2))),
      aim: '1',
    },
    { name: 'round trips of the first block', value: String(trips[0]), aim: '' },
    { name: 'first block against in process', value: ((there[0] ?? 0) / (here[0] ?? 1)).toFixed(2), aim: '' },
    { name: 'cold start of a plugin', value: seconds(cold), aim: '0.3 s' },
  ];
}
