import { type KeyPair, TOKEN } from '../../chain/index.ts';
import {
  Claim,
  type ClaimedCall,
  headerSigningBytes,
  headerText,
} from '../../consensus/consensus-0/index.ts';
import { encode, type Hex } from '../../consensus/interface/index.ts';
import { createClient } from '../../node/client/index.ts';
import { eventually, freshDirectory, type Running, removeDirectory, up } from '../e2e/support.ts';
import { fastSigner } from '../support/fastSigner.ts';
import { signedCall } from '../support/transfer.ts';
import { type Figure, median, seconds, timed } from './report.ts';

const SERVERS = 10;
const CLIENTS = 100;
const PRICE = 1_000_000n;
const RUNS = 3;

interface Economy {
  readonly devnet: Running;
  readonly servers: readonly KeyPair[];
  readonly clients: readonly KeyPair[];
  readonly nonces: Nonces;
}

interface Nonces {
  next(of: KeyPair): number;
}

function countNonces(first: number): Nonces {
  const used = new Map<string, number>();
  return {
    next({ account }) {
      const nonce = used.get(account) ?? first;
      used.set(account, nonce + 1);
      return nonce;
    },
  };
}

interface Load {
  readonly callsPerPair: number;
  readonly tallies: boolean;
}

/** 100 clients have paid for calls to 10 servers: from the first claim to the settlement final on all four nodes. */
export async function settlement(): Promise<Figure[]> {
  const directory = freshDirectory();
  const devnet = await up(directory, '--epoch-length', '1000000');
  try {
    const economy = await openEconomy(devnet);
    const measure = async (load: Load) => {
      const runs = [];
      for (let i = 0; i < RUNS; i++) runs.push(await settle(economy, load));
      return { ms: median(runs.map(({ ms }) => ms)), bytes: runs[0]?.bytes ?? 0 };
    };
    const tallied = await measure({ callsPerPair: 10, tallies: true });
    const single = await measure({ callsPerPair: 10, tallies: false });
    const million = await measure({ callsPerPair: 1000, tallies: true });
    return [
      { name: '10,000 paid calls with tallies', value: seconds(tallied.ms), aim: '0.10 s' },
      { name: '10,000 paid calls, receipt by receipt', value: seconds(single.ms), aim: '1.5 s' },
      {
        name: '1,000,000 paid calls with tallies',
        value: seconds(million.ms),
        aim: `${(1.2).toFixed(1)} times the first`,
      },
      { name: '1,000,000 against 10,000', value: (million.ms / tallied.ms).toFixed(2), aim: '1.2' },
      {
        name: 'bytes on chain per call, with tallies, 10 calls a pair',
        value: (tallied.bytes / 10_000).toFixed(1),
        aim: '15',
      },
      {
        name: 'bytes on chain per call, receipt by receipt',
        value: (single.bytes / 10_000).toFixed(1),
        aim: '',
      },
    ];
  } finally {
    await devnet.end('SIGTERM');
    removeDirectory(directory);
  }
}

async function openEconomy(devnet: Running): Promise<Economy> {
  const servers = Array.from({ length: SERVERS }, (_, i) => fastSigner(`bench server ${i}`));
  const clients = Array.from({ length: CLIENTS }, (_, i) => fastSigner(`bench client ${i}`));
  for (const { address } of [...servers, ...clients])
    await devnet.client.mint({ address, amount: 100_000n * TOKEN });
  await Promise.all(
    servers.map((server, i) =>
      devnet.client.submitAndWait({
        tx: signedCall(devnet.chainId, server, 0, {
          kind: 'registerModule',
          alias: `server-${i}`,
          url: `http://127.0.0.1:${i + 1}`,
          consensus: 0,
          prices: [{ fn: 'ask', price: PRICE }],
          metadata: { kind: 'inline', data: new Uint8Array() },
          maxLinks: 0,
        }),
      }),
    ),
  );
  await Promise.all(
    clients.map(async client => {
      for (const [nonce, server] of servers.entries())
        await devnet.client.submitAndWait({
          tx: signedCall(devnet.chainId, client, nonce, {
            kind: 'reserve',
            consensus: 0,
            server: server.account,
            amount: 1_000n * TOKEN,
          }),
        });
    }),
  );
  return { devnet, servers, clients, nonces: countNonces(1) };
}

/** One epoch: the calls are signed beforehand; the clock runs from the first claim. */
async function settle(economy: Economy, load: Load): Promise<{ ms: number; bytes: number }> {
  const { devnet, servers, nonces } = economy;
  const { epoch } = await devnet.client.getCurrentEpoch();
  const claims = servers.map(server => {
    const args = encode(Claim, claimOf(economy, server, epoch, load));
    const call = { kind: 'call', consensus: 0, method: 'claim', args, value: 0n } as const;
    return signedCall(devnet.chainId, server, nonces.next(server), call);
  });
  await devnet.client.advanceEpoch();
  const start = performance.now();
  const stage = (name: string): void => {
    if (process.env.BENCH_STAGES)
      process.stderr.write(`  ${name} ${(performance.now() - start).toFixed(0)} ms\n`);
  };
  const { ms } = await timed(async () => {
    const finals = await Promise.all(claims.map(tx => devnet.client.submitAndWait({ tx })));
    const failed = finals.find(({ ok }) => !ok);
    if (failed !== undefined) throw new Error(`a claim failed: ${JSON.stringify(failed.error)}`);
    stage(`claims final at heights ${[...new Set(finals.map(({ height }) => height))].join(', ')}:`);
    await devnet.client.advanceEpoch();
    stage('epoch advanced:');
    await Promise.all(devnet.nodes.map(({ rpc }) => settled(rpc, epoch + 1)));
  });
  const { calls, rows } = await devnet.client.getSettlement({ id: 0, epoch: epoch + 1 });
  if (calls !== SERVERS * CLIENTS * load.callsPerPair)
    throw new Error(`settled ${calls} calls, first row ${JSON.stringify(rows[0]?.status)}`);
  return { ms, bytes: claims.reduce((sum, tx) => sum + (tx.length - 2) / 2, 0) };
}

async function settled(rpc: string, epoch: number): Promise<void> {
  const client = createClient(rpc);
  await eventually(async () => ((await client.getSettlement({ id: 0, epoch })).done ? true : undefined));
}

function claimOf(
  { devnet, clients }: Economy,
  server: KeyPair,
  epoch: number,
  { callsPerPair, tallies }: Load,
): Claim {
  const time = Date.now();
  const call = (client: KeyPair, nonce: number, tallied: boolean): ClaimedCall => {
    const tally = tallied ? { nonce: nonce - 1, count: nonce - 1, total: PRICE * BigInt(nonce - 1) } : null;
    const paramsHash: Hex = `0x${'ab'.repeat(32)}`;
    const text = headerText({
      chain: devnet.chainId,
      server: server.account,
      client: client.account,
      fn: 'ask',
      paramsHash,
      time,
      epoch,
      nonce,
      maxUsage: PRICE,
      tally,
    });
    return {
      terms: 0,
      paramsHash,
      time: 0,
      nonce,
      tally,
      signature: client.sign(headerSigningBytes(text)),
      cost: null,
    };
  };
  return {
    epoch,
    time,
    terms: [{ fn: 'ask', maxUsage: PRICE, server: null, epoch: null }],
    rows: clients.map(client => ({
      client: client.account,
      tally: tallies ? 0 : null,
      receipts: tallies
        ? [call(client, callsPerPair, true)]
        : Array.from({ length: callsPerPair }, (_, i) => call(client, i + 1, false)),
    })),
  };
}
