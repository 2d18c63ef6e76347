/** Service plugins on a running devnet, as an author and an operator have them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pluginsDirectory } from '../../devnet/plugins/installed.ts';
import { readPackage } from '../../devnet/plugins/package.ts';
import { writePlugin } from '../../node/package/index.ts';
import { startRpc } from '../../node/rpc/index.ts';
import { withHost } from '../node/host/support.ts';
import { silentLog } from '../node/support/log.ts';
import { ROOT } from '../tidy/sources.ts';
import {
  built,
  cli,
  eventually,
  freshDirectory,
  isRunning,
  type Running,
  removeDirectory,
  up,
} from './support.ts';

describe('service plugins on a running devnet', function () {
  this.timeout(120_000);
  let devnet: Running;
  const directory = freshDirectory();
  after(async () => {
    if (devnet !== undefined && isRunning(devnet.process.pid ?? 0)) await devnet.end('SIGKILL');
    removeDirectory(directory);
  });

  it('are packed, found while it runs, talk to each other and send transactions', async () => {
    await built();
    devnet = await up(directory, '--nodes', '2');
    for (const name of ['block-watcher', 'reporter']) {
      const file = join(directory, `${name}.plugin`);
      const { code, stderr } = await cli(
        directory,
        'plugin',
        'pack',
        join(ROOT, 'examples', name),
        '--out',
        file,
      );
      assert.equal(code, 0, stderr);
      await writePlugin(pluginsDirectory(directory), await readPackage(file));
    }
    const found = await eventually(async () => {
      const listed = await devnet.client.request('plugin_list', {});
      return listed.length === 2 && listed.every(({ state }) => state === 'running') ? listed : undefined;
    }, 60_000);
    const [watcher] = found;
    assert.equal(watcher?.name, 'block-watcher');
    assert.ok(watcher?.address);
    await devnet.client.request('dev_mint', { address: watcher.address, amount: '1000000000' });
    const log = (index: number): string => readFileSync(devnet.nodes[index]?.log ?? '', 'utf8');
    await eventually(async () => (/report of block-watcher/.test(log(0)) ? true : undefined), 60_000);
    await eventually(async () => (/report of block-watcher/.test(log(1)) ? true : undefined), 60_000);
    await eventually(async () => {
      const { nonce } = await devnet.client.request('account_get', { address: watcher.address ?? '' });
      return nonce > 0 ? true : undefined;
    }, 60_000);
    assert.match(log(0), /an unsigned plugin is allowed on this node/);
    assert.match(log(0), /ModuleLoaded block-watcher/);
  });

  it('are started anew on every node by command, and released only from quarantine', async () => {
    const rows = await devnet.json<{ node: number; name: string; state: string; restarts: number }[]>(
      ...['plugin', 'reload', 'block-watcher'],
    );
    assert.deepEqual(
      rows.map(({ node, name, state, restarts }) => [node, name, state, restarts]),
      [
        [0, 'block-watcher', 'running', 1],
        [1, 'block-watcher', 'running', 1],
      ],
    );
    const listed = await devnet.json<{ name: string; nodes: { process: { restarts: number } | null }[] }[]>(
      ...['plugin', 'list'],
    );
    const watcher = listed.find(({ name }) => name === 'block-watcher');
    assert.deepEqual(
      watcher?.nodes.map(({ process }) => process?.restarts),
      [1, 1],
    );
    for (const [words, name] of [
      [['release', 'block-watcher'], 'NOT_QUARANTINED'],
      [['release', 'nobody'], 'UNKNOWN_PLUGIN'],
      [['reload', 'nobody'], 'UNKNOWN_PLUGIN'],
    ] as const) {
      const { code, stdout } = await devnet.cli('--json', 'plugin', ...words);
      assert.deepEqual([code, (JSON.parse(stdout) as { name: string }).name], [1, name]);
    }
  });

  it('end with it', async function () {
    if (process.platform !== 'linux') this.skip();
    // Each service runs in its data directory, and so does what stands around it.
    const running = (): ReadonlySet<string> =>
      new Set(readdirSync('/proc').flatMap(directoryOf).filter(isOurs));
    const isOurs = (path: string): boolean => path.startsWith(join(directory, 'nodes'));
    assert.equal(running().size, 4);
    await devnet.end('SIGTERM');
    assert.deepEqual([...running()], []);
  });
});

describe('a service in quarantine', function () {
  this.timeout(60_000);
  const directory = freshDirectory();
  after(() => removeDirectory(directory));

  it('is named by plugin list, and released by command; a node that is asked itself will do', async () => {
    await built();
    const code = `import { existsSync, readFileSync, writeFileSync } from 'node:fs';
      export default { start(api) {
        const file = api.directory + '/starts';
        const starts = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
        writeFileSync(file, String(starts + 1));
        if (starts < 3) process.exit(1);
      } };`;
    await withHost({ plugins: [{ name: 'fragile', code }] }, async ({ node, plugin }) => {
      const rpc = await startRpc(node, { host: '127.0.0.1', port: 0, log: silentLog });
      const told = async (...words: string[]) => {
        const { code, stdout, stderr } = await cli(directory, '--rpc', rpc.url, 'plugin', ...words);
        assert.equal(code, 0, stdout + stderr);
        return stdout;
      };
      try {
        await eventually(async () => plugin('fragile').state === 'quarantined' || undefined);
        const readiness = (await (await fetch(`${rpc.url}/readyz`)).json()) as { warnings: string[] };
        assert.match(
          String(readiness.warnings),
          /the plugin fragile is in quarantine: 3 crashes within 60 s/,
        );
        assert.match(await told('list'), /node 0: fragile is quarantined .*devnet plugin release fragile/);
        assert.match(await told('release', 'fragile'), /0 +fragile 1\.0\.0 +running +3/);
        assert.match(await told('reload', 'fragile'), /0 +fragile 1\.0\.0 +running +4/);
      } finally {
        await rpc.close();
      }
    });
  });
});

/** Where a process works; nothing for what is none, or has just ended. */
function directoryOf(pid: string): readonly string[] {
  try {
    return [readlinkSync(`/proc/${pid}/cwd`)];
  } catch (error) {
    assert.match(String((error as NodeJS.ErrnoException).code), /ENOENT|ENOTDIR|EACCES|ESRCH/);
    return [];
  }
}
