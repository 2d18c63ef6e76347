/** A claim of the demo economy, traced on a running devnet as its author would do it; and history under other code. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Block, decodeTransaction, sha256, signingBytes, transactionChecks } from '../../chain/index.ts';
import { consensus0 } from '../../consensus/index.ts';
import { decode, fromHex, type Hex } from '../../consensus/interface/index.ts';
import type { TraceJson } from '../../node/client/wireTrace.ts';
import { eventually, freshDirectory, isRunning, type Running, removeDirectory, up } from './support.ts';

const mechanisms = new Map([[0, consensus0]]);

interface Claimed {
  readonly hash: Hex;
  readonly epoch: number;
  /** Hash of a header that it carries. */
  readonly header: Hex;
}

/** The first claim that stands in a block. */
async function claimOf({ client, chainId }: Running): Promise<Claimed | undefined> {
  const { blocks } = await client.request('chain_getRawBlocks', { from: 1 });
  for (const { block } of blocks) {
    const { header, transactions } = decode(Block, fromHex(block));
    for (const encoded of transactions) {
      const signed = decodeTransaction(encoded);
      if (signed.transaction.call.kind !== 'call') continue;
      const [check] = transactionChecks(signed, mechanisms, chainId).call;
      const prefix = signingBytes('header', new Uint8Array()).length;
      if (check !== undefined)
        return { hash: sha256(encoded), epoch: header.epoch, header: sha256(check.message.subarray(prefix)) };
    }
  }
  return undefined;
}

describe('devnet trace', function () {
  this.timeout(180_000);
  let directory: string;
  let devnet: Running;
  let claim: Claimed;
  before(async () => {
    directory = freshDirectory();
    devnet = await up(directory, '--demo', '--nodes', '1');
    claim = await eventually(() => claimOf(devnet), 90_000);
  });
  after(async () => {
    if (isRunning(devnet.process.pid ?? 0)) await devnet.end('SIGKILL');
    removeDirectory(directory);
  });

  it('shows what a claim read, asked for and told, as its block has it', async () => {
    const trace = await devnet.json<TraceJson>('trace', claim.hash);
    assert.equal(trace.transaction, claim.hash);
    const [block] = trace.blocks;
    const [step] = block?.steps ?? [];
    assert.equal(step?.plugin, 'consensus-0@1.0.0');
    assert.equal(step?.method, 'claim');
    const kinds = new Set(step?.reads.map(({ read }) => read));
    for (const kind of ['get', 'module', 'price', 'reserve']) assert.ok(kinds.has(kind), kind);
    const final = await devnet.client.request('tx_get', { hash: claim.hash });
    assert.ok(final.status === 'final');
    assert.deepEqual(block?.outcome?.events, final.events);
    assert.deepEqual(step?.events, final.events);
    const { stdout } = await devnet.cli('trace', claim.hash);
    assert.match(stdout, /consensus-0@1\.0\.0 \(consensus 0\) claim by/);
    assert.match(stdout, /read reserve/);
    assert.match(stdout, /event row/);
  });

  it('finds the claim of a receipt by the hash of its header', async () => {
    const { transaction } = await devnet.json<TraceJson>('trace', claim.header);
    assert.equal(transaction, claim.hash);
  });

  it('shows the close of an epoch that paid for it', async () => {
    const trace = await eventually(async () => {
      const { code, stdout } = await devnet.cli('--json', 'trace', `${claim.epoch}`, '--consensus', '0');
      return code === 0 ? (JSON.parse(stdout) as TraceJson) : undefined;
    }, 60_000);
    const steps = trace.blocks.flatMap(block => block.steps);
    assert.ok(steps.length > 0 && steps.every(({ closing }) => closing === claim.epoch));
    const moved = trace.blocks.flatMap(({ closes }) => closes.flatMap(({ events }) => events));
    assert.ok(moved.some(({ name }) => name === 'PotPaid'));
    assert.ok(trace.blocks.some(({ changes }) => changes.some(({ table }) => table === 'reserves')));
  });

  it('replays its history under other code, and names the line where that cannot go on', async () => {
    const plugin = join(directory, 'other');
    await devnet.json('plugin', 'new', 'other', plugin);
    const { stopped } = await devnet.json<{ stopped: { reason: string; stack: string[] } | null }>(
      'replay',
      '--plugin',
      plugin,
    );
    // It reads rows that consensus-0 wrote.
    assert.match(stopped?.reason ?? '', /consensus module 0, closeEpoch/);
    assert.match(stopped?.stack.join('\n') ?? '', /closeEpoch \(.*src\/index\.ts:\d+:\d+\)/);
  });
});
