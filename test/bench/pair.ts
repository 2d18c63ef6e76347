import { join } from 'node:path';
import { type KeyPair, TOKEN } from '../../chain/index.ts';
import {
  canonicalJson,
  headerText,
  openStore,
  receiptText,
  registerModule,
  serveModule,
  signText,
  textHash,
} from '../../module/index.ts';
import { freshDirectory, type Running, removeDirectory, up } from '../e2e/support.ts';
import { fastSigner } from '../support/fastSigner.ts';
import { type Figure, seconds, timed } from './report.ts';

const PRICE = 1_000n;
const FEW = 1_000;
const MANY = 100_000;

/**
 * One client's calls of one epoch to one server, from the receipts on its disk to the settlement on the chain: the tally
 * in the last header stands for all of them.
 */
export async function pair(): Promise<Figure[]> {
  const directory = freshDirectory();
  const devnet = await up(directory, '--nodes', '1', '--epoch-length', '1000000');
  try {
    const server = fastSigner('bench pair server');
    const client = fastSigner('bench pair client');
    for (const { address } of [server, client])
      await devnet.client.mint({ address, amount: 10_000n * TOKEN });
    const functions = { ask: { price: PRICE, run: () => null } };
    const known = { client: devnet.client, key: server, functions };
    await registerModule({ ...known, alias: 'pair', url: 'http://127.0.0.1:1' });
    await devnet.client.send({
      from: client,
      call: { kind: 'reserve', consensus: 0, server: server.account, amount: 1_000n * TOKEN },
    });
    const [few, many] = [
      await settle(devnet, server, client, FEW, join(directory, 'few')),
      await settle(devnet, server, client, MANY, join(directory, 'many')),
    ];
    return [
      { name: `${MANY} calls of one pair: rows on chain`, value: `${many.rows}`, aim: '1' },
      { name: 'settled calls', value: `${many.calls}`, aim: `${MANY}` },
      {
        name: `from the disk of the server to the settlement, ${FEW} calls`,
        value: seconds(few.ms),
        aim: '',
      },
      { name: `the same, ${MANY} calls`, value: seconds(many.ms), aim: '' },
      {
        name: `${MANY} against ${FEW}: time per call`,
        value: (many.ms / MANY / (few.ms / FEW)).toFixed(3),
        aim: 'below 1',
      },
    ];
  } finally {
    await devnet.end('SIGTERM');
    removeDirectory(directory);
  }
}

async function settle(devnet: Running, key: KeyPair, client: KeyPair, calls: number, dir: string) {
  const { epoch } = await devnet.client.getCurrentEpoch();
  await writeCalls(devnet.chainId, { server: key, client, epoch, calls, dir });
  const functions = { ask: { price: PRICE, run: () => null } };
  const server = await serveModule({ client: devnet.client, key, functions, dir });
  try {
    const { ms } = await timed(async () => {
      await devnet.client.advanceEpoch();
      await server.settle();
      await devnet.client.advanceEpoch();
      await server.settle();
    });
    const settlement = await devnet.client.getSettlement({ id: 0, epoch: epoch + 1 });
    if (settlement.total !== PRICE * BigInt(calls)) throw new Error(`settled ${settlement.total}`);
    return { ms, rows: settlement.rows.length, calls: settlement.calls };
  } finally {
    await server.stop();
  }
}

interface Calls {
  readonly server: KeyPair;
  readonly client: KeyPair;
  readonly epoch: number;
  readonly calls: number;
  readonly dir: string;
}

/** What a server has on its disk after calls of a client that tallies. */
async function writeCalls(chain: string, { server, client, epoch, calls, dir }: Calls): Promise<void> {
  const store = await openStore(dir, `${chain} ${server.address}`);
  const paramsHash = textHash(canonicalJson({}));
  const resultHash = textHash(canonicalJson(null));
  const write = (index: number): Promise<void> => {
    const text = headerText({
      chain,
      server: server.account,
      client: client.account,
      fn: 'ask',
      paramsHash,
      time: Date.now(),
      epoch,
      nonce: index + 1,
      maxUsage: PRICE,
      tally: index === 0 ? null : { nonce: index, count: index, total: PRICE * BigInt(index) },
    });
    const signed = signText('header', text, client);
    const receipt = signText(
      'receipt',
      receiptText({ headerHash: textHash(text), cost: PRICE, resultHash, time: Date.now() }),
      server,
    );
    return store.putCall(
      { epoch, client: client.account },
      index + 1,
      {
        header: text,
        headerSignature: signed.signature,
        receipt: receipt.text,
        receiptSignature: receipt.signature,
        cost: PRICE,
        tallied: index > 0,
      },
      null,
    );
  };
  // In parts: signing keeps this thread busy, and connections want to be looked at now and then.
  for (let from = 0; from < calls; from += 1_000)
    await Promise.all(
      Array.from({ length: Math.min(1_000, calls - from) }, (_, offset) => write(from + offset)),
    );
  await store.close();
}
