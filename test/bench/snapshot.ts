/**
 * A late node by snapshot against one by blocks, from the same peer in one process, for a state of many accounts:
 * `SNAPSHOT_ACCOUNTS=100000 SNAPSHOT_HEIGHTS=10000 npm run bench snapshot`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Genesis,
  type KeyPair,
  SignedTransaction,
  sha256,
  signingBytes,
  TOKEN,
  Transaction,
} from '../../chain/index.ts';
import { encode, toHex } from '../../consensus/interface/index.ts';
import { type Node, startNode } from '../../node/node.ts';
import type { NodeOptions } from '../../node/options.ts';
import { MemoryHub } from '../../p2p/memory.ts';
import { testGenesis, untilHeight, validatorUri } from '../node/support/cluster.ts';
import { silentLog } from '../node/support/log.ts';
import { openSolo } from '../node/support/solo.ts';
import { fastSigner } from '../support/fastSigner.ts';
import { type Figure, seconds, timed } from './report.ts';

const ACCOUNTS = Number(process.env.SNAPSHOT_ACCOUNTS ?? 20_000);
const HEIGHTS = Number(process.env.SNAPSHOT_HEIGHTS ?? 1_500);
/** Accounts that one block brings. */
const PER_BLOCK = 1_000;

export async function snapshot(): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'devnet-bench-'));
  try {
    const rich = fastSigner('a rich account');
    const genesis = testGenesis({ accounts: [rich] });
    await makeChain(join(directory, 'server', 'store'), genesis, rich);
    return await compare(directory, genesis);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function compare(directory: string, genesis: Genesis): Promise<Figure[]> {
  const hub = new MemoryHub();
  const server = await start(hub, directory, 'server', genesis, 'never');
  const byBlocks = await joinLate(hub, directory, 'by-blocks', genesis, 'never');
  const bySnapshot = await joinLate(hub, directory, 'by-snapshot', genesis, 'auto');
  await server.stop();
  const what = `${ACCOUNTS} accounts, ${HEIGHTS} heights`;
  return [
    { name: `${what}: by blocks`, value: seconds(byBlocks.ms), aim: '' },
    { name: `${what}: by snapshot from ${bySnapshot.base}`, value: seconds(bySnapshot.ms), aim: '' },
    {
      name: 'blocks / snapshot',
      value: (byBlocks.ms / bySnapshot.ms).toFixed(1),
      aim: 'above 2, more with more heights',
    },
  ];
}

/** From the start of a node to the height of its peer. */
async function joinLate(hub: MemoryHub, directory: string, name: string, genesis: Genesis, how: How) {
  const { ms, result: node } = await timed(async () => {
    const late = await start(hub, directory, name, genesis, how);
    await untilHeight(late, HEIGHTS);
    return late;
  });
  const base = node.base().height;
  await node.stop();
  return { ms, base };
}

type How = NonNullable<NodeOptions['sync']>['snapshot'];

function start(hub: MemoryHub, directory: string, name: string, genesis: Genesis, how: How): Promise<Node> {
  const isServer = name === 'server';
  const options: NodeOptions = {
    name,
    dir: join(directory, name),
    genesis: toHex(encode(Genesis, genesis)),
    validator: isServer ? validatorUri(0) : null,
    devAuthority: null,
    p2p: {
      seed: `0x${'00'.repeat(32)}`,
      host: '127.0.0.1',
      port: 0,
      peers: isServer ? [] : [hub.addressOf('server')],
    },
    rpc: { host: '127.0.0.1', port: 0 },
    // It says how far it is with each block.
    blockMode: { kind: 'interval', ms: 500 },
    logLevel: 'silent',
    sync: { snapshot: how, ahead: 100, every: 100 },
  };
  return startNode(options, {
    network: handshake => hub.network(name, { handshake }),
    log: { ...silentLog, end: async () => undefined },
  });
}

/** A chain that first fills with accounts and then goes on with empty blocks. */
async function makeChain(directory: string, genesis: Genesis, rich: KeyPair): Promise<void> {
  const solo = await openSolo(directory, genesis);
  for (let made = 0; made < ACCOUNTS; made += PER_BLOCK) {
    const nonces = Array.from({ length: Math.min(PER_BLOCK, ACCOUNTS - made) }, (_, index) => made + index);
    await Promise.all(nonces.map(nonce => solo.pool.add(gift(genesis, rich, nonce), true)));
    await solo.advance();
  }
  while (solo.application.tip().height < HEIGHTS) await solo.advance();
  await solo.store.close();
}

/** A transfer to an account that nobody had before. */
function gift({ chainId }: Genesis, from: KeyPair, nonce: number): Uint8Array {
  const to = sha256(Buffer.from(`nobody ${nonce}`));
  const call = { kind: 'transfer', to, amount: 1n } as const;
  const transaction = { chainId, sender: from.account, nonce, feeLimit: TOKEN / 1000n, expiry: null, call };
  const signature = from.sign(signingBytes('transaction', encode(Transaction, transaction)));
  return encode(SignedTransaction, { transaction, signature });
}
