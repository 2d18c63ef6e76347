/** What it costs to run consensus-0 in a process of its own: blocks of 1,000 claims, against the same in this process. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
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
import { isolatedCommand, probeIsolation } from '../../node/isolation/index.ts';
import type { Tier } from '../../node/package/index.ts';
import { pluginOptions } from '../../node/plugins/consensus.ts';
import { openRunner } from '../../node/plugins/open.ts';
import { openPlugin } from '../../node/plugins/plugin.ts';
import { createRunner, type Runner } from '../../node/plugins/runner.ts';
import { bundled } from '../node/machine/support.ts';
import { silentLog } from '../node/support/log.ts';
import { registerModule } from '../support/calls.ts';
import { accountOf, createTestChain, GENESIS_TIME, VALIDATOR } from '../support/chain.ts';
import { processorTime } from './processor.ts';
import { type Figure, median, milliseconds, seconds, timed } from './report.ts';

const SERVERS = 10;
const CLIENTS = 100;
const BLOCKS = 24;
/** Enough for one that knows the state. */
const METERED_BLOCKS = 3;
const PRICE = 1_000n;

const mechanisms = new Map([[0, consensus0]]);
const idOf = (kind: number, index: number): Account =>
  `0x${kind.toString(16).padStart(2, '0')}${index.toString(16).padStart(62, '0')}`;
export const servers = Array.from({ length: SERVERS }, (_, index) => idOf(1, index));
const clients = Array.from({ length: CLIENTS }, (_, index) => idOf(2, index));

/** A state in which all clients have reserves at all servers, at the start of epoch 2; and the next height. */
export function economy(): { state: State; height: number } {
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

export function checked(sender: Account, nonce: number, call: KernelCall): CheckedTransaction {
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
export function claims(block: number, epoch: number): CheckedTransaction[] {
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

/** Milliseconds of a block. */
interface Cost {
  readonly clock: number;
  /** Of both processes. */
  readonly processor: number;
}

interface Measured {
  readonly here: readonly Cost[];
  readonly there: readonly Cost[];
  readonly trips: readonly number[];
  /** Milliseconds until the process answers. */
  readonly cold: number;
}

/** Milliseconds of one request: a block in the metered machine takes longer than a node would wait. */
const PATIENCE = 300_000;

/** consensus-0 behind what a tier puts around it. */
async function inTier(tier: Tier, file: string): Promise<Runner> {
  const command = await isolatedCommand(tier, file);
  const { name, version } = consensus0.info;
  const code = { url: file, exportName: 'consensus0', name, version };
  const plugin = await openPlugin({
    ...pluginOptions({ consensus: 0, code, command, log: silentLog }),
    requestDeadline: PATIENCE,
  });
  return createRunner(new Map([[0, plugin.shell]]), [plugin]);
}

async function measure(open: () => Promise<Runner>, blocks: number): Promise<Measured> {
  const start = economy();
  const { ms: cold, result: runner } = await timed(open);
  const [plugin] = runner.plugins;
  if (plugin === undefined) throw new Error('no process was started');
  const here: Cost[] = [];
  const there: Cost[] = [];
  const trips: number[] = [];
  const child = plugin.live?.pid ?? process.pid;
  const spent = (): number => processorTime(process.pid) + (child === process.pid ? 0 : processorTime(child));
  async function costOf<T>(work: () => Promise<T>): Promise<{ readonly cost: Cost; readonly result: T }> {
    const before = spent();
    const { ms: clock, result } = await timed(work);
    return { cost: { clock, processor: spent() - before }, result };
  }
  try {
    let { state } = start;
    for (let block = 0; block < blocks; block++) {
      const transactions = await Promise.all(
        claims(block, 1).map(async one => {
          const signed = { transaction: one.transaction, signature: new Uint8Array(65) };
          const inForce = runner.mechanisms(state);
          const { own: _, call: __, ...facts } = await runner.checks(signed, 'test-chain', inForce);
          return { ...one, ...facts };
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
      const inProcess = () => costOf(async () => executeBlock(base, input, mechanisms));
      const early = block % 2 === 0 ? null : await inProcess();
      const isolated = await costOf(() => runner.execute(base, input));
      trips.push(plugin.figures.roundTrips - before);
      const plain = early ?? (await inProcess());
      if (plain.result.state.root !== isolated.result.state.root) throw new Error('the results differ');
      const failed = plain.result.outcomes.transactions.find(({ ok }) => !ok);
      if (failed !== undefined) throw new Error(`a claim failed: ${failed.failure?.message}`);
      here.push(plain.cost);
      there.push(isolated.cost);
      state = plain.result.state;
    }
  } finally {
    await runner.close();
  }
  return { here, there, trips, cold };
}

/** Of blocks for which the process knows the state. */
const ratio = ({ here, there }: Measured, of: keyof Cost = 'clock'): number =>
  median(there.map((cost, index) => cost[of] / (here[index]?.[of] ?? Number.NaN)).slice(2));

const ofFirst = ({ here, there }: Measured, of: keyof Cost): number =>
  (there[0]?.[of] ?? 0) / (here[0]?.[of] ?? 1);

const clocks = (costs: readonly Cost[]): number[] => costs.map(({ clock }) => clock);

async function isolatedPlainly(): Promise<Runner> {
  const consensus = [{ id: 0, runner: 'process' }] as const;
  const runner = openRunner({ consensus: [...consensus], directory: undefined, log: silentLog });
  await runner.load(createTestChain().genesis.consensus);
  return runner;
}

export async function isolation(): Promise<Figure[]> {
  const plain = await measure(isolatedPlainly, BLOCKS);
  const { here, there, trips, cold } = plain;
  return [
    { name: '1,000 claims in this process', value: milliseconds(median(clocks(here))), aim: '' },
    { name: '1,000 claims in a process of its own', value: milliseconds(median(clocks(there))), aim: '' },
    { name: 'isolated against in process', value: ratio(plain).toFixed(2), aim: '1.3' },
    {
      name: 'the same by processor time, of both processes',
      value: ratio(plain, 'processor').toFixed(2),
      aim: '1.3',
    },
    {
      name: 'round trips per block, once it knows the state',
      value: String(median(trips.slice(2))),
      aim: '1',
    },
    { name: 'round trips of the first block', value: String(trips[0]), aim: '' },
    { name: 'first block against in process', value: ofFirst(plain, 'clock').toFixed(2), aim: '' },
    { name: 'the same by processor time', value: ofFirst(plain, 'processor').toFixed(2), aim: '' },
    { name: 'cold start of a plugin', value: seconds(cold), aim: '0.3 s' },
    ...(await tierFigures()),
  ];
}

/** Each tier against this process; one that the machine lacks is left out. */
async function tierFigures(): Promise<Figure[]> {
  const { tiers } = await probeIsolation();
  const directory = await mkdtemp(join(tmpdir(), 'devnet-bench-'));
  const figures: Figure[] = [];
  try {
    const file = join(directory, 'consensus-0.js');
    await writeFile(file, await bundled('../../consensus/consensus-0/index.ts', import.meta.url));
    for (const tier of tiers) {
      const measured = await measure(
        () => inTier(tier, pathToFileURL(file).href),
        tier === 'T3' ? METERED_BLOCKS : BLOCKS,
      );
      figures.push({ name: `${tier} against in process`, value: ratio(measured).toFixed(2), aim: '' });
      figures.push({ name: `cold start in ${tier}`, value: seconds(measured.cold), aim: '' });
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return figures;
}
