/** Control of a devnet from the command line, on a node that runs in this process. */
import assert from 'node:assert/strict';
import { createClient } from '../../node/client/index.ts';
import { startRpc } from '../../node/rpc/index.ts';
import { alice, bob, untilHeight, withCluster, withDirectory } from '../node/support/cluster.ts';
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
});
