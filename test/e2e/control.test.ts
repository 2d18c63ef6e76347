/** Control of a devnet from the command line, on a node that runs in this process. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hex } from '../../consensus/interface/index.ts';
import { createClient } from '../../node/client/index.ts';
import { startRpc } from '../../node/rpc/index.ts';
import {
  alice,
  bob,
  signed,
  transfer,
  untilHeight,
  withCluster,
  withDirectory,
} from '../node/support/cluster.ts';
import { silentLog } from '../node/support/log.ts';
import { built, cli } from './support.ts';

describe('devnet as the master of its chain', function () {
  this.timeout(60_000);
  before(built);

  it('puts time forward, acts in the name of others, and goes back', () =>
    withDirectory(directory =>
      withCluster({ blockMode: { kind: 'auto', emptyMs: 100 } }, async cluster => {
        const node = await cluster.start(0);
        await untilHeight(node, 1);
        const rpc = await startRpc(node, { host: '127.0.0.1', port: 0, log: silentLog });
        const client = createClient(rpc.url);
        const devnet = (...words: string[]) => cli(directory, '--rpc', rpc.url, '--json', ...words);
        const answer = async (...words: string[]): Promise<Record<string, unknown>> => {
          const { code, stdout, stderr } = await devnet(...words);
          assert.equal(code, 0, stderr);
          return JSON.parse(stdout);
        };
        try {
          const before = Number((await answer('time')).time);
          const moved = await answer('time', '+90m');
          assert.equal(moved.ahead, 5_400_000);
          assert.ok(Number(moved.time) >= before + 5_400_000);
          assert.equal((await devnet('time', 'tomorrow')).code, 2);

          const { free } = await client.getAccount({ address: bob.address });
          const transfer = (amount: string) => JSON.stringify({ kind: 'transfer', to: bob.address, amount });
          const done = await answer('impersonate', alice.address, transfer('5'));
          assert.equal(done.ok, true);
          assert.equal((await client.getAccount({ address: bob.address })).free, free + 5n);
          const refused = await devnet('impersonate', 'alice', transfer(String(10n ** 18n)));
          assert.equal(refused.code, 1);
          assert.match(refused.stdout + refused.stderr, /INSUFFICIENT_BALANCE/);
          assert.equal((await devnet('impersonate', 'alice', '{')).code, 2);

          const money = (await client.getAccount({ address: bob.address })).free;
          assert.equal((await answer('snapshot', 'here')).name, 'here');
          const { hash } = await client.impersonate({
            from: alice.address,
            call: { kind: 'transfer', to: bob.address, amount: '9' },
          });
          await answer('revert', 'here');
          assert.equal((await client.getAccount({ address: bob.address })).free, money);
          assert.equal((await client.getTransaction({ hash })).status, 'reverted');
          await assert.rejects(client.waitForTransaction({ hash }), { name: 'REVERTED' });
          const unknown = await devnet('revert', 'nowhere');
          assert.equal(unknown.code, 1);
          assert.match(unknown.stdout + unknown.stderr, /UNKNOWN_SNAPSHOT/);
          assert.match(
            (await cli(directory, '--rpc', rpc.url, 'snapshots')).stdout,
            /^here, the state after block/,
          );
        } finally {
          client.close();
          await rpc.close();
        }
      }),
    ));

  it('shows a transaction from its hash on, writes its state to a file, and takes it back from there', () =>
    withDirectory(directory =>
      withCluster({ blockMode: { kind: 'manual' } }, async cluster => {
        const node = await cluster.start(0);
        let onAsked = (): void => {};
        const watched = {
          ...node,
          transaction(hash: Hex) {
            onAsked();
            return node.transaction(hash);
          },
        };
        const rpc = await startRpc(watched, { host: '127.0.0.1', port: 0, log: silentLog });
        const client = createClient(rpc.url);
        const devnet = (...words: string[]) => cli(directory, '--rpc', rpc.url, ...words);
        try {
          await client.mine();
          const pending = await node.submit(signed(alice, 0, transfer(bob, 5n)));
          const waits = await devnet('tx', pending);
          assert.match(
            waits.stdout,
            /status {2}pending: .*\nfrom {4}5G.*, nonce 0\ndoes {4}transfer 0\.000000005 tokens/,
          );
          const asked = new Promise<void>(resolve => {
            onAsked = resolve;
          });
          const waiting = devnet('tx', pending.slice(2), '--wait', '--json');
          await asked;
          await client.mine();
          const final = JSON.parse((await waiting).stdout);
          assert.deepEqual(
            [final.status, final.ok, final.call.amount, final.from],
            ['final', true, '5', alice.address],
          );

          const failing = await node.submit(signed(alice, 1, transfer(bob, 10n ** 18n)));
          await client.mine();
          const failed = await devnet('tx', failing);
          assert.equal(failed.code, 0, 'it is shown, and that it failed is part of it');
          assert.match(
            failed.stdout,
            /final, failed\nblock .*\n[\s\S]*error {3}INSUFFICIENT_BALANCE: needs 1000000000 tokens, has .*\n {8}devnet balance/,
          );
          const unknown = await devnet('tx', `0x${'00'.repeat(32)}`, '--wait');
          assert.equal(unknown.code, 1);
          assert.match(unknown.stderr, /UNKNOWN_TRANSACTION: no block has 0x00/);
          assert.equal((await devnet('tx', 'alice')).code, 2);

          const file = join(directory, 'state.dump');
          const dumped = await devnet('dump', file);
          assert.match(dumped.stdout, /: test-chain after block \d+, \d+ bytes\n0x[0-9a-f]{64}\n$/);
          const { free } = await client.getAccount({ address: bob.address });
          await client.setBalance({ address: bob.address, free: 1n });
          const loaded = await devnet('load', file);
          assert.match(
            loaded.stdout,
            /^block \d+ has the state of test-chain after block \d+, epoch 0\n$/,
            loaded.stderr,
          );
          assert.equal((await client.getAccount({ address: bob.address })).free, free);
          assert.match((await devnet('tx', pending)).stdout, /reverted: block \d+ took its block back/);

          const bytes = readFileSync(file);
          const { stateRoot } = await client.getHead();
          const refused: [content: Uint8Array, said: RegExp][] = [
            [bytes.subarray(0, -1), /DUMP_DAMAGED: [\s\S]*devnet dump/],
            [Buffer.from('{}'), /DUMP_INVALID: .*begins otherwise/],
            [
              Buffer.concat([bytes.subarray(0, 11), Buffer.of(9), bytes.subarray(12)]),
              /DUMP_NEWER: .*version 9/,
            ],
          ];
          for (const [content, said] of refused) {
            writeFileSync(file, content);
            const { code, stderr } = await devnet('load', file);
            assert.equal(code, 1);
            assert.match(stderr, said);
          }
          assert.equal((await client.getHead()).stateRoot, stateRoot);
          assert.match((await devnet('load', join(directory, 'none'))).stderr, /NO_SUCH_FILE/);
        } finally {
          client.close();
          await rpc.close();
        }
      }),
    ));
});
