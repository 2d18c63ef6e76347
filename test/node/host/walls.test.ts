/** What stands around a service, in each tier that this machine has for one. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeIsolation, serviceCommand } from '../../../node/isolation/index.ts';
import type { Tier } from '../../../node/package/index.ts';
import { HASTY, withHost } from './support.ts';

interface Outside {
  readonly secret: string;
  readonly mark: string;
  readonly url: string;
}

/** What it tries is told in one line, by what came of it. */
const intruder = ({ secret, mark, url }: Outside): string => `
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { createServer, connect } from 'node:net';
import { Worker } from 'node:worker_threads';
const found = {};
const attempt = async (name, what) => {
  try { found[name] = String(await what()); } catch (error) { found[name] = 'DENIED ' + (error.cause?.code ?? error.code ?? error.message); }
};
export default {
  async start(api) {
    await attempt('key', () => readFileSync(${JSON.stringify(secret)}, 'utf8'));
    await attempt('nodeKeys', () => readdirSync(api.directory + '/../..'));
    await attempt('mark', () => writeFileSync(${JSON.stringify(mark)}, 'x') ?? 'written');
    await attempt('environment', () => readFileSync('/proc/' + process.ppid + '/environ', 'utf8').length);
    await attempt('fork', () => { const { error, status } = spawnSync(process.execPath, ['--version']); if (error) throw error; return status; });
    await attempt('thread', () => new Worker('for(;;);', { eval: true }) && 'started');
    await attempt('kill', () => process.kill(process.ppid, 'SIGUSR2'));
    await attempt('fetch', async () => (await fetch(${JSON.stringify(url)})).status);
    await attempt('connect', () => new Promise((go, no) => connect(9, '127.0.0.1').on('connect', go).on('error', no)));
    await attempt('listen', () => createServer().listen(0) && 'listening');
    await attempt('own', () => { mkdirSync('a', { recursive: true }); writeFileSync('a/b', 'kept'); return readFileSync(api.directory + '/a/b', 'utf8'); });
    await attempt('timer', () => new Promise(go => setTimeout(go, 1, 'later')));
    await attempt('clock', () => typeof Date.now());
    console.log('found ' + JSON.stringify(found));
  },
};`;

for (const tier of ['T1', 'T2'] as const satisfies readonly Tier[])
  describe(`a service in ${tier}`, function () {
    this.timeout(30_000);
    let directory: string;
    let signals = 0;
    let requests = 0;
    const onSignal = (): void => void signals++;
    const server = createServer((_, response) => {
      requests++;
      response.end();
    });

    before(async function () {
      const { tiers, missing } = await probeIsolation();
      if (!tiers.includes(tier)) {
        console.log(`      skipped: ${missing[tier] ?? ''}`);
        this.skip();
      }
      directory = await mkdtemp(join(tmpdir(), 'devnet-intruder-'));
      await writeFile(join(directory, 'key'), 'a key', { mode: 0o600 });
      await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
      process.on('SIGUSR2', onSignal);
    });
    after(async () => {
      process.off('SIGUSR2', onSignal);
      server.close();
      if (directory !== undefined) await rm(directory, { recursive: true, force: true });
    });

    it('keeps files in its own directory, and reaches nothing else', async () => {
      const { port } = server.address() as AddressInfo;
      const outside = {
        secret: join(directory, 'key'),
        mark: join(directory, 'mark'),
        url: `http://127.0.0.1:${port}/`,
      };
      let data = '';
      const hosting: typeof HASTY = {
        ...HASTY,
        command(service) {
          data = service.directory;
          return serviceCommand(tier, service.url, service.directory);
        },
      };
      await withHost({ plugins: [{ name: 'intruder', code: intruder(outside) }], hosting }, async hosted => {
        const found = JSON.parse((await hosted.heard.printed('found')).slice('found '.length));
        const { own, timer, clock, ...reached } = found as Record<string, string>;
        assert.deepEqual({ own, timer, clock }, { own: 'kept', timer: 'later', clock: 'number' });
        assert.equal(Object.keys(reached).length, 10);
        for (const [what, came] of Object.entries(reached)) assert.match(came, /^DENIED /, what);
        await hosted.heard.until(({ message }) => message === 'a service plugin is loaded');
        assert.equal(hosted.plugin('intruder').state, 'running');
        assert.equal(await readFile(join(data, 'a/b'), 'utf8'), 'kept');
      });
      assert.equal(existsSync(outside.mark), false);
      assert.deepEqual([signals, requests], [0, 0]);
    });
  });
