/** The command line and the RPC of a mechanism that neither has ever heard of. */
import assert from 'node:assert/strict';
import { startRpc } from '../../node/rpc/index.ts';
import { FOLDER, withPacked } from '../examples/stake-time/pack.ts';
import { params } from '../examples/stake-time/people.ts';
import { untilHeight, withCluster } from '../node/support/cluster.ts';
import { silentLog } from '../node/support/log.ts';
import { built, cli, freshDirectory, removeDirectory } from './support.ts';

const ID = 7;
const REWARD = 1_000_000_000n;

describe('stake-time tokens from the command line', function () {
  this.timeout(120_000);
  const directory = freshDirectory();
  before(built);
  after(() => removeDirectory(directory));

  it('pass the tests that lie beside them', async () => {
    const { code, stdout, stderr } = await cli(directory, 'plugin', 'test', FOLDER);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^[1-9]\d* passed, 0 failed\n$/);
  });

  it('pass the check of the kit', async () => {
    const { code, stdout, stderr } = await cli(directory, 'plugin', 'check', FOLDER);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^stake-time 1\.0\.0: \d+ passed, 0 failed, 1 skipped\n$/);
  });

  it('are called and asked by what their codecs say, isolated on a node', () =>
    withPacked(ID, { ...params, rewardPerEpoch: REWARD, governor: null }, ({ file, entry }) =>
      withCluster(
        {
          epochLength: 1_000,
          consensus: [entry],
          runners: [{ id: ID, runner: 'process', file }],
          blockMode: { kind: 'auto', emptyMs: 100 },
        },
        async cluster => {
          const node = await cluster.start(0);
          await untilHeight(node, 1);
          const rpc = await startRpc(node, { host: '127.0.0.1', port: 0, log: silentLog });
          const run = (...words: string[]) =>
            cli(directory, '--rpc', rpc.url, '--json', 'consensus', ...words);
          const answer = async (...words: string[]): Promise<Record<string, unknown>> => {
            const { code, stdout, stderr } = await run(...words);
            assert.equal(code, 0, `${words.join(' ')}: ${stdout}${stderr}`);
            return JSON.parse(stdout);
          };
          const refused = async (...words: string[]) => {
            const { code, stdout } = await run(...words);
            return { code, name: (JSON.parse(stdout) as { name: string }).name };
          };
          const asked = (...words: string[]) => answer('query', 'stake-time', ...words);
          try {
            const { stdout } = await cli(directory, '--rpc', rpc.url, 'consensus', 'show', '7');
            assert.match(stdout, /^ {2}lock epochs=<integer>\n {6}Locks the attached value/m);
            assert.match(stdout, /^ {2}locksOf account=<address> \[after=<integer>\]$/m);

            await answer('call', 'stake-time', 'lock', 'epochs=4', '--value', '10', '--from', 'alice');
            await answer('call', '7', 'lock', 'epochs=8', '--value', '5', '--from', 'bob');
            assert.deepEqual(await asked('projected', 'amount=10tokens', 'epochs=4'), {
              multiplierPpm: '2000000',
              stake: '20000000000',
              perEpoch: '333333333',
              start: 1,
              end: 5,
            });
            await node.dev?.advanceEpoch(3);
            const [mine] = (await asked('locksOf', 'account=alice')) as unknown as Record<string, unknown>[];
            assert.deepEqual(mine, {
              lock: 1,
              amount: '10000000000',
              stake: '20000000000',
              curve: 0,
              start: 1,
              end: 5,
              // Two epochs of a half: three of four parts have vested, less a fraction of a unit.
              claimable: '749999999',
              vesting: '250000000',
            });
            const { events } = await answer('call', 'stake-time', 'exit', 'lock=1', '--from', 'alice');
            assert.deepEqual((events as { name: string; data: unknown }[]).at(-1)?.data, {
              account: '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY',
              lock: 1,
              amount: '10000000000',
              haircut: '1000000000',
              reward: '749999999',
              forfeited: '250000000',
              stake: '20000000000',
            });
            assert.equal(await asked('lock', 'account=alice', 'lock=1'), null);

            assert.deepEqual(await refused('call', 'stake-time', 'exit', 'lock=1', '--from', 'alice'), {
              code: 1,
              name: 'NO_SUCH_LOCK',
            });
            assert.deepEqual(await refused('call', 'stake-time', 'exit', '--from', 'alice'), {
              code: 2,
              name: 'USAGE',
            });
            assert.deepEqual(await refused('query', 'stake-time', 'nothing'), { code: 2, name: 'USAGE' });
            assert.deepEqual(await refused('query', 'nobody', 'totals'), {
              code: 1,
              name: 'UNKNOWN_CONSENSUS',
            });
          } finally {
            await rpc.close();
          }
        },
      ),
    ));
});
