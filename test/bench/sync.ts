/**
 * A node that has nothing follows a chain that a peer has, both in this process: over the network in memory, into a
 * store on disk. The bound is what any node that trusts nobody would at least have to do: decode the same blocks and
 * verify the signatures of every certificate and transaction in bulk, without executing or storing anything.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Block,
  commitChecks,
  decodeTransaction,
  getValidators,
  transactionChecks,
} from '../../chain/index.ts';
import { decode } from '../../consensus/interface/index.ts';
import { begin } from '../../node/begin.ts';
import { loadMechanisms } from '../../node/mechanisms.ts';
import { createRunner } from '../../node/plugins/runner.ts';
import { checkBlock } from '../../node/pool/check.ts';
import { MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES } from '../../node/sync/messages.ts';
import { answer } from '../../node/sync/serve.ts';
import { createBlockSync } from '../../node/sync/sync.ts';
import { createVerifier } from '../../node/verify/verifier.ts';
import { MemoryHub } from '../../p2p/memory.ts';
import { bob, signed, transfer } from '../node/support/cluster.ts';
import { silentLog } from '../node/support/log.ts';
import { type LongChain, makeLongChain, memoryApplication } from '../node/support/longChain.ts';
import { sourceOf } from '../node/support/syncing.ts';
import { fastSigner } from '../support/fastSigner.ts';
import { type Figure, timed } from './report.ts';

const EMPTY = 6_000;
const FULL = 1_000;
const TRANSFERS = 10;
const WORKERS = 1;

const clock = {
  now: (): number => performance.now(),
  after(ms: number, run: () => void) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export async function sync(): Promise<readonly Figure[]> {
  const sender = fastSigner('sender');
  const transfers = (height: number): Uint8Array[] =>
    Array.from({ length: TRANSFERS }, (_, index) =>
      signed(sender, (height - 1) * TRANSFERS + index, transfer(bob)),
    );
  const empty = await makeLongChain({ length: EMPTY });
  const full = await makeLongChain({ length: FULL, accounts: [sender], transactions: transfers });
  return [
    ...(await measure('empty blocks', empty)),
    ...(await measure(`blocks of ${TRANSFERS} transfers`, full)),
  ];
}

async function measure(name: string, chain: LongChain): Promise<readonly Figure[]> {
  const { length } = chain.blocks;
  // The first run warms the code up; the figures are of the second.
  for (const work of [bound, follow]) await work(chain);
  const least = await timed(() => bound(chain));
  const before = process.cpuUsage();
  const whole = await timed(() => follow(chain));
  const { user, system } = process.cpuUsage(before);
  const rate = (ms: number): string => `${Math.round((length / ms) * 1000)}/s`;
  return [
    { name, value: rate(whole.ms), aim: chain.blocks[0]?.block.transactions.length === 0 ? '3000/s' : '' },
    {
      name: `${name}: work of all threads per block`,
      value: `${((user + system) / 1000 / length).toFixed(2)} ms`,
      aim: '',
    },
    { name: `${name}: bound, decoding and signatures only`, value: rate(least.ms), aim: '' },
    { name: `${name}: rate / bound`, value: (least.ms / whole.ms).toFixed(2), aim: '0.5' },
  ];
}

async function bound({ genesis, blocks }: LongChain): Promise<void> {
  const verifier = createVerifier({ workers: WORKERS, log: silentLog });
  const { chainId } = genesis;
  const mechanisms = loadMechanisms(genesis);
  const validators = getValidators(memoryApplication(genesis).application.tip().state, 1);
  const checks = blocks.flatMap(({ encoded, hash, certificate }) => {
    const { header, transactions } = decode(Block, encoded);
    const own = transactions.map(
      bytes => transactionChecks(decodeTransaction(bytes), mechanisms, chainId).own,
    );
    return [...commitChecks(certificate, { height: header.height, hash }, validators, chainId), ...own];
  });
  const answers = await verifier.verify(checks, 'blocks');
  if (!answers.every(Boolean)) throw new Error('a signature of the chain is wrong');
  await verifier.close();
}

async function follow(chain: LongChain): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'devnet-bench-'));
  const { genesis } = chain;
  const runner = createRunner(loadMechanisms(genesis));
  const { store } = await begin(directory, genesis, runner);
  const verifier = createVerifier({ workers: WORKERS, log: silentLog });
  const { application, pool } = memoryApplication(genesis, store.commit, verifier);
  const hub = new MemoryHub();
  const own = hub.network('own');
  const peer = hub.network('peer');
  peer.service('blocks', {
    maxRequestBytes: MAX_REQUEST_BYTES,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    maxConcurrent: 2,
    timeoutMs: 10_000,
    handle: (_, request) => answer(request, sourceOf(chain)),
  });
  const done = new Promise<void>(resolve =>
    application.onCommit(({ block }) => block.header.height === chain.blocks.length && resolve()),
  );
  const following = createBlockSync({
    network: own,
    chainId: genesis.chainId,
    application,
    source: sourceOf(chain, store.height),
    verifier,
    checkTransactions: encoded =>
      checkBlock(encoded, pool.get, { chainId: genesis.chainId, runner, verifier }, loadMechanisms(genesis)),
    catchUp: work => work(),
    clock,
    log: silentLog,
  });
  own.onPeer(event => event.kind === 'connected' && following.behind('peer', chain.blocks.length));
  await Promise.all([own.start(), peer.start()]);
  own.connect(hub.addressOf('peer'));
  await done;
  following.stop();
  await Promise.all([own.stop(), peer.stop()]);
  await verifier.close();
  await store.close();
  await rm(directory, { recursive: true });
}
