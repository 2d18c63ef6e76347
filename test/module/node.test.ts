import assert from 'node:assert/strict';
import { type Genesis, type KeyPair, keyPairFromUri } from '../../chain/index.ts';
import { builtinGenesis } from '../../consensus/index.ts';
import {
  createModuleClient,
  type ModuleDefinition,
  registerModule,
  serveModule,
} from '../../module/index.ts';
import { type Client, createClient } from '../../node/client/index.ts';
import { startRpc } from '../../node/rpc/index.ts';
import { alice, bob, withCluster } from '../node/support/cluster.ts';
import { silentLog } from '../node/support/log.ts';
import { updateModule } from '../support/calls.ts';
import { cleanUp, directory, onEnd } from './support/setup.ts';

const parent = keyPairFromUri('//Router');
const second = keyPairFromUri('//Second');
const PRICE = 1_000_000n;

/** consensus-0 once more, under another id. */
const OTHER = 5;

/** Runs with a client of a real node in this process. */
const withNode = (
  run: (client: Client) => Promise<void>,
  consensus: Genesis['consensus'] = [],
): Promise<void> =>
  withCluster({ epochLength: 1_000_000, accounts: [parent, second], consensus }, async cluster => {
    const rpc = await startRpc(await cluster.start(0), { host: '127.0.0.1', port: 0, log: silentLog });
    const client = createClient(rpc.url);
    try {
      await run(client);
    } finally {
      await cleanUp();
      client.close();
      await rpc.close();
    }
  });

async function serve(client: Client, key: KeyPair, alias: string, functions: ModuleDefinition['functions']) {
  const server = await serveModule({ key, client, functions, dir: await directory() });
  onEnd(() => server.stop());
  await registerModule({ key, client, alias, url: server.url, functions });
  return server;
}

async function connect(client: Client, key: KeyPair) {
  const modules = await createModuleClient({ key, client, dir: await directory() });
  onEnd(() => modules.close());
  return modules;
}

const reserve = (client: Client, from: KeyPair, server: KeyPair, amount: bigint, consensus = 0) =>
  client.send({ from, call: { kind: 'reserve', consensus, server: server.account, amount } });

describe('modules on a real node', () => {
  it('paid calls are settled once per epoch, with and without tallies', () =>
    withNode(async client => {
      const server = await serve(client, parent, 'echo', { echo: { price: PRICE, run: params => params } });
      await Promise.all([
        reserve(client, alice, parent, 100n * PRICE),
        reserve(client, bob, parent, 3n * PRICE),
      ]);
      await client.advanceEpoch({ epochs: 1 });
      const [tallying, other] = [
        await connect(client, alice),
        await createModuleClient({ key: bob, client }),
      ];
      onEnd(() => other.close());
      for (let call = 0; call < 10; call++) await tallying.call('echo', 'echo', { call });
      for (let call = 0; call < 3; call++) await other.call('echo', 'echo', { call });
      await assert.rejects(other.call('echo', 'echo'), { name: 'INSUFFICIENT_RESERVE' });
      const { epoch } = await client.getCurrentEpoch();
      const before = (await client.getAccount({ address: parent.address })).free;

      await client.advanceEpoch({ epochs: 1 });
      await server.settle();
      await client.advanceEpoch({ epochs: 1 });
      await server.settle();

      const settlement = await client.getSettlement({ id: 0, epoch: epoch + 1 });
      assert.equal(settlement.total, 13n * PRICE);
      assert.deepEqual(
        settlement.rows.map(({ calls, amount, status }) => [calls, amount, status]).sort(),
        [
          [10, 10n * PRICE, 'OK'],
          [3, 3n * PRICE, 'OK'],
        ].sort(),
      );
      const earned = (await client.getAccount({ address: parent.address })).free - before;
      assert.ok(earned > 12n * PRICE && earned <= 13n * PRICE, `${earned} after the fee of the claim`);
      const left = await client.getEscrow({ client: alice.address, server: parent.address });
      assert.equal(left.amount, 90n * PRICE);
      const [row] = await tallying.audit(epoch);
      assert.deepEqual(
        [row?.calls, row?.owed, row?.settled, row?.status],
        [10, 10n * PRICE, 10n * PRICE, 'match'],
      );
      // The debt is gone: what is left of the reserve can be spent again.
      await tallying.call('echo', 'echo', {}, { maxUsage: 90n * PRICE });
    }));

  it('a client that lets its reserves thaw, spends at two servers and runs, pays both what it was served', () =>
    withNode(async client => {
      const echo = { echo: { price: PRICE, run: (params: unknown) => params } };
      const servers = [await serve(client, parent, 'one', echo), await serve(client, second, 'two', echo)];
      for (const server of [parent, second]) await reserve(client, alice, server, 3n * PRICE);
      await client.advanceEpoch({ epochs: 1 });
      const modules = await connect(client, alice);
      for (const alias of ['one', 'two'])
        for (let call = 0; call < 3; call++) await modules.call(alias, 'echo', { call });
      const { epoch } = await client.getCurrentEpoch();
      for (const server of [parent, second])
        await client.send({
          from: alice,
          call: { kind: 'thaw', consensus: 0, server: server.account, amount: 3n * PRICE },
        });
      await client.advanceEpoch({ epochs: 1 });
      for (const alias of ['one', 'two'])
        await assert.rejects(modules.call(alias, 'echo'), { name: 'INSUFFICIENT_RESERVE' });
      for (const server of servers) await server.settle();
      const withdraw = { kind: 'withdraw', consensus: 0, server: parent.account } as const;
      await assert.rejects(client.send({ from: alice, call: withdraw }));
      await client.advanceEpoch({ epochs: 1 });

      const { rows, total } = await client.getSettlement({ id: 0, epoch: epoch + 1 });
      assert.equal(total, 6n * PRICE);
      assert.deepEqual(
        rows.map(({ amount, status }) => [amount, status]),
        [
          [3n * PRICE, 'OK'],
          [3n * PRICE, 'OK'],
        ],
      );
      for (const server of servers) {
        await server.settle();
        assert.deepEqual([server.status().unsettled, server.status().dues], [0n, []]);
      }
    }));

  it('a price that is raised in mid-epoch is charged from the next epoch on, and the claims of both are paid', () =>
    withNode(async client => {
      const functions = { echo: { price: PRICE, run: (params: unknown) => params } };
      const server = await serve(client, parent, 'echo', functions);
      await reserve(client, alice, parent, 100n * PRICE);
      await client.advanceEpoch({ epochs: 1 });
      // A new client each time: one remembers the epoch for a moment, and a late call costs what its epoch says.
      const costOf = async () => {
        const modules = await connect(client, alice);
        return (await modules.call('echo', 'echo', {}, { maxUsage: 9n * PRICE })).cost;
      };
      const { id } = await client.getModule({ module: 'echo' });
      await client.send({
        from: parent,
        call: {
          kind: 'updateModule',
          module: id,
          alias: null,
          url: null,
          consensus: null,
          prices: [{ fn: 'echo', price: 5n * PRICE }],
          metadata: null,
          maxLinks: null,
        },
      });
      assert.equal(await costOf(), PRICE);
      await client.advanceEpoch({ epochs: 1 });
      assert.equal(await costOf(), 5n * PRICE);
      await client.advanceEpoch({ epochs: 1 });
      await server.settle();
      await client.advanceEpoch({ epochs: 1 });
      await server.settle();
      assert.equal(server.status().unsettled, 0n);
      const left = await client.getEscrow({ client: alice.address, server: parent.address });
      assert.equal(left.amount, 94n * PRICE);
    }));
  it('a module that is bound to another consensus module is paid by both, each out of its own reserves', () => {
    const [entry] = builtinGenesis();
    assert.ok(entry);
    return withNode(
      async client => {
        const server = await serve(client, parent, 'echo', { echo: { price: PRICE, run: params => params } });
        await reserve(client, alice, parent, 10n * PRICE);
        await reserve(client, alice, parent, 2n * PRICE, OTHER);
        await client.advanceEpoch({ epochs: 1 });
        const caller = await connect(client, alice);
        const { epoch } = await client.getCurrentEpoch();
        for (let call = 0; call < 3; call++) await caller.call('echo', 'echo');
        const { id } = await client.getModule({ module: 'echo' });
        await client.send({ from: parent, call: updateModule(id, { consensus: OTHER }) });

        await client.advanceEpoch({ epochs: 1 });
        // From then on it takes no calls of the epoch before, in which a client may still believe itself.
        await server.settle();
        for (let call = 0; call < 2; call++) await caller.call('echo', 'echo');
        await assert.rejects(caller.call('echo', 'echo'), { name: 'INSUFFICIENT_RESERVE' });
        await client.advanceEpoch({ epochs: 1 });
        await server.settle();
        await client.advanceEpoch({ epochs: 1 });
        await server.settle();
        const taken = async (of: number, closing: number) =>
          (await client.getSettlement({ id: of, epoch: closing })).total;
        assert.equal(await taken(0, epoch + 1), 3n * PRICE);
        assert.equal(await taken(0, epoch + 2), 0n);
        assert.equal(await taken(OTHER, epoch + 2), 2n * PRICE);
        const left = async (consensus: number) =>
          (await client.getEscrow({ client: alice.address, server: parent.address, consensus })).amount;
        assert.deepEqual([await left(0), await left(OTHER)], [7n * PRICE, 0n]);
        assert.deepEqual(
          (await caller.audit()).map(({ epoch: of, settled, status }) => [of, settled, status]),
          [
            [epoch, 3n * PRICE, 'match'],
            [epoch + 1, 2n * PRICE, 'match'],
          ],
        );
      },
      [{ ...entry, id: OTHER }],
    );
  });
});
