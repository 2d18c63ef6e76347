/** A mechanism of somebody's own on a devnet that runs: from an empty folder to calls that every node executes. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  built,
  cli,
  eventually,
  type Finished,
  freshDirectory,
  isRunning,
  type Running,
  removeDirectory,
  up,
} from './support.ts';

const PARAMS = '{"burned":100}';

interface Listed {
  readonly name: string;
  readonly onChain:
    | readonly { readonly id: number; readonly version: string; readonly status: string }[]
    | null;
}

describe('a plugin that is installed on a running devnet', function () {
  this.timeout(120_000);
  const directory = freshDirectory();
  const file = join(directory, 'tip-jar.plugin');
  const folder = join(directory, 'plugins/tip-jar');
  let devnet: Running;

  const refusal = ({ code, stdout }: Finished) => ({
    code,
    name: (JSON.parse(stdout) as { name: string }).name,
  });
  const install = (...words: string[]) =>
    cli(directory, '--json', 'plugin', 'install', file, ...words).then(refusal);

  before(async () => {
    await built();
    for (const words of [
      ['new', 'tip-jar', join(directory, 'source')],
      ['pack', join(directory, 'source'), '--out', file],
    ]) {
      const { code, stdout, stderr } = await cli(directory, 'plugin', ...words);
      assert.equal(code, 0, stdout + stderr);
    }
  });
  after(async () => {
    if (devnet !== undefined && isRunning(devnet.process.pid ?? 0)) await devnet.end('SIGTERM');
    removeDirectory(directory);
  });

  it('is refused without signatures, and without a devnet', async () => {
    assert.deepEqual(await install(), { code: 1, name: 'NOT_TRUSTED' });
    assert.deepEqual(await install('--allow-unsigned'), { code: 3, name: 'NOT_RUNNING' });
    assert.deepEqual(await install('--allow-unsigned', '--params', '{'), { code: 2, name: 'USAGE' });
    assert.ok(!existsSync(folder));
  });

  it('replaces nothing where node or chain refuse it', async () => {
    devnet = await up(directory, '--nodes', '2', '--epoch-length', '1000');
    // The parameter `burned` is missing; a cap for new money without the capability for it; the id of consensus-0.
    assert.deepEqual(await install('--allow-unsigned'), { code: 1, name: 'INVALID_PARAMS' });
    const rich = ['--allow-unsigned', '--params', PARAMS, '--mint-cap', '5'];
    assert.deepEqual(await install(...rich), { code: 1, name: 'DEV_FAILED' });
    assert.deepEqual(await install('--allow-unsigned', '--id', '0'), { code: 1, name: 'DEV_FAILED' });
    assert.ok(!existsSync(folder));
  });

  it('is pending, then in force, and called and asked on every node', async () => {
    const { epoch } = await devnet.client.getCurrentEpoch();
    const far = epoch + 500;
    const first = await devnet.json<{ id: number; status: string; activeFrom: number }>(
      ...['plugin', 'install', file, '--allow-unsigned', '--params', PARAMS, '--from-epoch', `${far}`],
    );
    assert.deepEqual([first.id, first.status, first.activeFrom], [1, 'pending', far]);
    const [pending] = await devnet.json<Listed[]>('plugin', 'list');
    assert.equal(pending?.onChain?.[0]?.status, 'pending');

    // Announced again it takes the place of what waits under its name.
    const installed = devnet.json<{ id: number; status: string }>(
      ...['plugin', 'install', file, '--allow-unsigned', '--params', PARAMS, '--wait'],
    );
    const soon = async () => (await devnet.client.listConsensus()).find(({ id }) => id === 1);
    await eventually(async () => (await soon())?.activeFrom === epoch + 1 || undefined);
    await devnet.json('epoch', 'advance');
    const { id, status } = await installed;
    assert.deepEqual([id, status], [1, 'active']);
    const [active] = await devnet.json<Listed[]>('plugin', 'list');
    assert.deepEqual(
      active?.onChain?.map(({ version, status }) => [version, status]),
      [['0.1.0', 'active']],
    );

    // No epoch ends in between: both tips wait, on both nodes.
    for (const { rpc } of devnet.nodes)
      await devnet.json(
        ...['--rpc', rpc, 'consensus', 'call', 'tip-jar', 'tip', 'to=bob'],
        ...['--value', '10', '--from', 'alice'],
      );
    for (const { rpc } of devnet.nodes)
      await eventually(async () => {
        const { amount } = await devnet.json<{ amount: string }>(
          ...['--rpc', rpc, 'consensus', 'query', 'tip-jar', 'waiting', 'to=bob'],
        );
        return amount === '20000000000' || undefined;
      });
  });

  it('stays listed when the devnet has stopped', async () => {
    await devnet.end('SIGTERM');
    const { stdout } = await cli(directory, '--json', 'plugin', 'list');
    const [listed] = JSON.parse(stdout) as Listed[];
    assert.equal(listed?.name, 'tip-jar');
    assert.equal(listed?.onChain, null);
  });
});
