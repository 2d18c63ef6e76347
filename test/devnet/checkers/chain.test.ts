/** The example token on a chain: deployed, used, refused, traced, and given another checker. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Binding } from '../../../consensus/cells/index.ts';
import { builtinGenesis } from '../../../consensus/index.ts';
import { encode } from '../../../consensus/interface/index.ts';
import { deploy, emitToken, send, trace } from '../../../devnet/commands/checkersOnChain.ts';
import { type Context, openContext } from '../../../devnet/context.ts';
import { CliError } from '../../../devnet/errors.ts';
import type { Node } from '../../../node/node.ts';
import { startRpc } from '../../../node/rpc/index.ts';
import { untilHeight, withCluster, withDirectory } from '../../node/support/cluster.ts';
import { silentLog } from '../../node/support/log.ts';
import { ROOT } from '../../tidy/sources.ts';

const TOKEN = join(ROOT, 'examples/checkers/token');
const transaction = (name: string): string => join(TOKEN, 'transactions', `${name}.json`);
const ALICE = { from: 'alice', sign: [] };

const withChain = (run: (context: Context, directory: string, node: Node) => Promise<void>): Promise<void> =>
  withCluster({ epochLength: 1_000, consensus: builtinGenesis(['cells']).slice(1) }, async cluster => {
    const node = await cluster.start(0);
    await untilHeight(node, 1);
    const rpc = await startRpc(node, { host: '127.0.0.1', port: 0, log: silentLog });
    try {
      await withDirectory(async directory => {
        const context = openContext({ dir: directory, rpc: rpc.url, json: false });
        try {
          await run(context, directory, node);
        } finally {
          context.client.close();
        }
      });
    } finally {
      await rpc.close();
    }
  });

interface Traced {
  readonly checks: readonly { readonly module: number }[];
}
const modulesOf = (checks: Traced['checks']): readonly number[] => checks.map(({ module }) => module);

/** What it failed with. */
async function failure(work: Promise<unknown>): Promise<CliError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof CliError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'it did not fail' });
}

describe('a checker on a chain', function () {
  this.timeout(60_000);

  it('is deployed, allows and refuses, and is traced to its line', () =>
    withChain(async (context, directory) => {
      const burn = async (name: string, input: unknown): Promise<string> => {
        const file = join(directory, `${name}.json`);
        await writeFile(file, JSON.stringify({ groups: [{ module: 128, operations: [{ input }] }] }));
        return file;
      };
      const { value, text } = await deploy(context, join(TOKEN, 'checker.lua'), ALICE);
      assert.equal((value as { module: number }).module, 128);
      assert.match(text, /^module 128: .*\n {2}transaction +0x[0-9a-f]{64}\n {2}fee .*\n {2}escrow /);
      assert.match((await emitToken(context, '128', 'open', ALICE)).text, /^a token of module 128: 0x/);

      await send(context, transaction('open'), ALICE);
      const issued = await send(context, transaction('issue'), ALICE);
      const { fuel, outputs } = issued.value as { fuel: number; outputs: readonly string[] };
      assert.ok(fuel > 20_000 && outputs.length === 2);
      assert.equal((await failure(send(context, transaction('move'), ALICE))).name, 'LOCKED');
      // Alice pays for the capacity of Bob's second cell.
      await send(context, transaction('move'), { from: 'alice', sign: ['bob'] });

      const several = await failure(send(context, await burn('several', { begins: 'C' }), ALICE));
      assert.equal(several.name, 'SEVERAL_CELLS');
      assert.match(several.hint, /0x[0-9a-f]{64}:1/);
      const [, outpoint = ''] = outputs;
      assert.equal((await failure(send(context, await burn('spent', outpoint), ALICE))).name, 'NO_SUCH_CELL');
      const charlies = await burn('charlie', { data: ['C', { u64: 300 }], lock: 'charlie' });
      const burnt = await send(context, charlies, { from: 'alice', sign: ['charlie', 'bob'] });
      assert.match(burnt.text, /\n {2}back +0\.\d+ tokens of escrow\n/);

      const { checks: asked } = (await trace(context, (burnt.value as { hash: string }).hash))
        .value as Traced;
      assert.deepEqual(modulesOf(asked), [128], 'it adds no capacity, so that nobody asks Space');
      const twice = join(directory, 'twice.json');
      const last = { input: { begins: 'C' } };
      await writeFile(twice, JSON.stringify({ groups: [{ module: 128, operations: [last, last] }] }));
      const gone = await failure(send(context, twice, { from: 'alice', sign: ['bob'] }));
      assert.equal(gone.name, 'NO_SUCH_CELL', 'the only one was taken by the first');

      const before = await failure(send(context, transaction('beyond-the-cap'), ALICE));
      assert.equal(before.name, 'CHECKER_REFUSED');
      assert.match(before.message, /module 128:69: beyond the cap\n {2}69 \| /);
      assert.match(before.hint, /^nothing was sent/);
      const after = await failure(send(context, transaction('beyond-the-cap'), { ...ALICE, anyway: true }));
      assert.equal(after.name, 'CHECKER_REFUSED');
      const [hash = ''] = /0x[0-9a-f]{64}/.exec(after.message) ?? [];
      const traced = await trace(context, hash);
      assert.match(
        traced.text,
        /CHECKER_REFUSED: .*\nmodule 128: error, [\d,]+ fuel, [\d,]+ bytes\n {4}module 128:69: beyond the cap\n/,
      );
      assert.deepEqual(modulesOf((traced.value as Traced).checks), [128]);

      // What was allowed is traced too, with the group of Space that paid for capacity.
      const good = (await trace(context, (issued.value as { hash: string }).hash)).text;
      assert.match(good, /: ok\nmodule 128: allowed, .*\nmodule 1: allowed, /);

      const file = join(directory, 'frozen.lua');
      await writeFile(file, "return function() print('asked') return false, 'closed' end\n");
      await deploy(context, file, { ...ALICE, module: '128' });
      const closed = await failure(send(context, transaction('beyond-the-cap'), { ...ALICE, anyway: true }));
      const [second = ''] = /0x[0-9a-f]{64}/.exec(closed.message) ?? [];
      assert.match(
        (await trace(context, second)).text,
        /refused: closed, .*\n {4}module 128:1\n {4} {3}1 \| return function.*\n {4}.*print asked/,
      );
      // History keeps the checker that ran.
      assert.equal((await trace(context, hash)).text, traced.text);
    }));

  it('decides about payments to a module of the kernel that is bound to it', () =>
    withChain(async (context, directory, node) => {
      const write = async (name: string, text: string): Promise<string> => {
        const file = join(directory, name);
        await writeFile(file, text);
        return file;
      };
      const ticket = await write(
        'ticket.lua',
        `return function(group)
          local paid = group[#group].input.cell
          local kind, amount, payer = string.unpack('>c1I8c32', paid.data)
          assert(paid.module_id == 0 and kind == 'P' and #payer == 32)
          if amount < 500 then return false, 'a ticket is 500' end
          return true
        end`,
      );
      await deploy(context, ticket, { from: 'bob' });
      const bob = await context.signer('bob');
      const { client } = context;
      await client.send({
        from: bob,
        call: {
          kind: 'registerModule',
          alias: 'theatre',
          url: 'http://127.0.0.1:9',
          consensus: 1,
          prices: [],
          metadata: { kind: 'inline', data: new Uint8Array() },
          maxLinks: 0,
        },
      });
      const { id } = await client.getModule({ module: 'theatre' });
      await node.dev?.advanceEpoch(1);
      const buy = (amount: string): Promise<string> =>
        write(
          `buy-${amount}.json`,
          JSON.stringify({
            groups: [{ module: 128, operations: [{ output: { data: 'seat 7', lock: 'alice' } }] }],
            payment: { module: id, amount },
          }),
        );
      assert.equal((await failure(send(context, await buy('500'), ALICE))).name, 'NOT_BOUND');
      const args = encode(Binding, { cellModule: 128 });
      await client.send({ from: bob, call: { kind: 'call', consensus: 1, method: 'bind', args, value: 0n } });
      const cheap = await failure(send(context, await buy('499'), ALICE));
      assert.match(cheap.message, /refused: a ticket is 500, /);
      const before = (await client.getAccount({ address: bob.address })).free;
      const { value } = await send(context, await buy('500'), ALICE);
      assert.equal((await client.getAccount({ address: bob.address })).free - before, 500n);
      const traced = await trace(context, (value as { hash: string }).hash);
      assert.match(traced.text, /: ok\nmodule 128: allowed, /);
    }));

  it('says what is wrong before anything is sent', () =>
    withChain(async (context, directory) => {
      const write = async (name: string, text: string): Promise<string> => {
        const file = join(directory, name);
        await writeFile(file, text);
        return file;
      };
      const broken = await failure(
        deploy(context, await write('a.lua', 'return function(\n  return 1\n'), ALICE),
      );
      assert.deepEqual([broken.name, /^a\.lua:\d: /.test(broken.message)], ['BAD_CHECKER', true]);
      const large = await write('b.lua', `return function() end --${'x'.repeat(40_000)}`);
      assert.equal((await failure(deploy(context, large, ALICE))).name, 'BAD_CHECKER');
      const code = join(TOKEN, 'checker.lua');
      assert.equal(
        (await failure(deploy(context, code, { ...ALICE, module: '500' }))).name,
        'NO_SUCH_MODULE',
      );
      assert.equal((await failure(emitToken(context, '500', 'open', ALICE))).name, 'NO_SUCH_MODULE');
      const [first, second] = await Promise.all([
        deploy(context, code, ALICE),
        deploy(context, code, { from: 'bob' }),
      ]);
      const [alices, bobs] = [first, second].map(({ value }) => (value as { module: number }).module);
      assert.deepEqual([alices, bobs].sort(), [128, 129], 'both want the next id');
      const other = await failure(deploy(context, code, { from: 'bob', module: String(alices) }));
      assert.equal(other.name, 'LOCKED');

      assert.equal((await failure(send(context, transaction('open'), ALICE))).name, 'NO_SUCH_CELL');
      await emitToken(context, '128', 'open', { from: alices === 128 ? 'alice' : 'bob' });
      const text = await readFile(transaction('open'), 'utf8');
      const wrong = await write('wrong.json', text.replace('"alice"', '"nobody at all"'));
      assert.equal((await failure(send(context, wrong, ALICE))).name, 'BAD_GROUPS');
      const unknown = await write('unknown.json', text.replace('"alice"', '"nobody"'));
      assert.equal((await failure(send(context, unknown, ALICE))).name, 'UNKNOWN_ACCOUNT');
      const { hash } = await context.client.send({
        from: await context.signer('alice'),
        call: { kind: 'transfer', to: await context.account('bob'), amount: 1n },
      });
      assert.equal((await failure(trace(context, hash))).name, 'NO_CELLS_TRANSACTION');
    }));
});
