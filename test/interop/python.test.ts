import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import {
  keyPairFromSecret,
  keyPairFromUri,
  SignedTransaction,
  sha256,
  signingBytes,
  Transaction,
  toAddress,
} from '../../chain/index.ts';
import { encode, fromHex, toHex } from '../../consensus/interface/index.ts';
import { validatorPath } from '../../devnet/people.ts';
import { defineFunction, type ModuleServer, registerModule, serveModule } from '../../module/index.ts';
import { eventually, freshDirectory, isRunning, type Running, removeDirectory, up } from '../e2e/support.ts';
import { ROOT } from '../tidy/sources.ts';

/**
 * Interoperability: the client in python/ was written from docs/protocol.md and shares no code with this repository. It
 * uses Python's standard library alone.
 */
const FOLDER = join(ROOT, 'test/interop/python');
const PRICE = 1_000_000n;

function skipWithoutPython(this: Mocha.Context): void {
  if (spawnSync('python3', ['--version']).status === 0) return;
  console.log('      no python3 on this machine: the client in Python was not tried');
  this.skip();
}

/** Runs a script with JSON on stdin; resolves with the JSON that it printed. */
function python<T>(script: string, input: unknown): Promise<T> {
  const child = spawn('python3', ['-B', join(FOLDER, script)]);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin.end(JSON.stringify(input));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => {
      if (code === 0) resolve(JSON.parse(out) as T);
      else reject(new Error(`${script} left with ${code}:\n${err}`));
    });
  });
}

describe('a client in Python, by its bytes', () => {
  before(skipWithoutPython);

  interface Seen {
    readonly packed: readonly string[];
    readonly again: readonly boolean[];
    readonly refused: readonly boolean[];
    readonly account: string;
    readonly address: string;
    readonly roundTrip: boolean;
    readonly transaction: string;
    readonly hash: string;
    readonly verified: readonly boolean[];
  }

  it('writes and reads what the codecs do', async () => {
    const seed = new Uint8Array(32).fill(7);
    const key = keyPairFromSecret(seed, 'ed25519');
    const transaction: Transaction = {
      chainId: 'devnet-test',
      sender: key.account,
      nonce: 7,
      feeLimit: 1000n,
      expiry: 300,
      call: { kind: 'transfer', to: `0x${'00'.repeat(32)}`, amount: 0xffff_ffff_ffff_ffffn },
    };
    const signature = key.sign(signingBytes('transaction', encode(Transaction, transaction)));
    const encoded = encode(SignedTransaction, { transaction, signature });
    const message = toHex(Buffer.from('a message'));
    const good = toHex(key.sign(fromHex(message)).subarray(1));
    const ones = Array.from({ length: 17 }, () => 1);
    const seen = await python<Seen>('vectors.py', {
      seed: toHex(seed),
      values: [null, true, 127, 128, 256, 65_536, { int: '18446744073709551615' }, 'é', ones, []],
      canonical: ['0xc0', '0x7f', '0xcc80', '0xcd0100', '0xa0', '0xc400', '0x92c0c3', toHex(encoded)],
      other: [
        '0xcc7f',
        '0xcd00ff',
        '0xd900',
        '0xdc0001c0',
        '0xc4',
        '0x91',
        '0xd0ff',
        '0xc1',
        '0x80',
        '0xc0c0',
      ],
      signatures: [
        { account: key.account, message, signature: good },
        { account: key.account, message, signature: `${good.slice(0, -2)}00` },
        { account: key.account, message: '0x00', signature: good },
      ],
    });
    assert.deepEqual(seen, {
      packed: [
        '0xc0',
        '0xc3',
        '0x7f',
        '0xcc80',
        '0xcd0100',
        '0xce00010000',
        '0xcfffffffffffffffff',
        '0xa2c3a9',
        `0xdc0011${'01'.repeat(17)}`,
        '0x90',
      ],
      again: Array.from({ length: 8 }, () => true),
      refused: Array.from({ length: 10 }, () => true),
      account: key.account,
      address: toAddress(key.account),
      roundTrip: true,
      transaction: toHex(encoded),
      hash: sha256(encoded),
      verified: [true, good.endsWith('00'), false],
    });
  });
});

describe('a client in Python, on a running devnet', function () {
  this.timeout(120_000);
  let devnet: Running;
  let server: ModuleServer | undefined;
  let receipts = '';

  const add = defineFunction({
    price: PRICE,
    params: z.strictObject({ numbers: z.array(z.number()), note: z.string().optional() }),
    run: ({ numbers }) => ({ sum: numbers.reduce((sum, number) => sum + number, 0) }),
  });

  before(async function () {
    skipWithoutPython.call(this);
    receipts = freshDirectory();
    devnet = await up(freshDirectory(), '--nodes', '1', '--epoch-length', '10000');
    const key = keyPairFromUri('//Interop', 'ed25519');
    const functions = { add };
    await devnet.client.mint({ address: key.address, amount: 10n ** 9n });
    server = await serveModule({ key, client: devnet.client, functions, dir: receipts });
    await registerModule({ key, client: devnet.client, alias: 'adder', url: server.url, functions });
  });
  after(async () => {
    await server?.stop();
    if (devnet !== undefined && isRunning(devnet.process.pid ?? 0)) await devnet.end('SIGTERM');
    if (devnet !== undefined) removeDirectory(devnet.directory);
    if (receipts !== '') removeDirectory(receipts);
  });

  interface Seen {
    readonly client: string;
    readonly refusedProofs: readonly string[];
    readonly usedNonce: string;
    readonly epoch: number;
    readonly results: readonly number[];
    readonly costs: readonly number[];
    readonly refusals: readonly string[];
  }

  it('transfers, believes proofs only, pays for calls, and is settled like everybody', async () => {
    assert.ok(server);
    const validator = keyPairFromUri(validatorPath(0), 'ed25519').address;
    const seen = await python<Seen>('interop.py', {
      rpc: devnet.rpc,
      module: server.url,
      validators: [[validator, 1000]],
    });
    assert.deepEqual(seen.refusedProofs, ['absence', 'header', 'quorum', 'signature', 'value']);
    assert.equal(seen.usedNonce, 'NONCE_USED');
    assert.deepEqual(seen.results, [41, 42, 43]);
    assert.deepEqual(seen.costs, [1_000_000, 1_000_000, 1_000_000]);
    assert.deepEqual(seen.refusals, ['REPLAY', 'MAX_USAGE_TOO_LOW', 'INSUFFICIENT_RESERVE']);

    const escrow = { client: seen.client, server: server.address };
    const paid = PRICE * 3n;
    await devnet.client.advanceEpoch({ epochs: 1 });
    await eventually(async () => {
      const pending = await devnet.client.queryConsensus({ id: 0, query: 'pending', args: escrow });
      return (pending as { amount: string }).amount === String(paid) ? true : undefined;
    });
    await devnet.client.advanceEpoch({ epochs: 1 });
    const settlement = await devnet.client.getSettlement({ id: 0, epoch: seen.epoch + 1 });
    const [row] = settlement.rows;
    assert.ok(row?.height !== undefined && row.height < Math.min(...settlement.closedIn));
    assert.deepEqual(settlement.rows, [
      { ...escrow, epoch: seen.epoch, height: row.height, calls: 3, amount: paid, status: 'OK' },
    ]);
    assert.deepEqual(settlement.debits, [{ ...escrow, amount: paid }]);
    assert.equal((await devnet.client.getEscrow(escrow)).amount, 10n ** 9n - paid);
  });
});
