import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeIsolation, tierFor } from '../../../node/isolation/index.ts';
import { isFilterArch, seccompProgram } from '../../../node/isolation/seccomp.ts';
import { bubblewrap, namespaces, nodeFiles, RLIMITS } from '../../../node/isolation/wrappers.ts';

/** Tries everything without any of Node's own restrictions: what stops it is the operating system. */
const SCRIPT = `
const fs = require('fs'), cp = require('child_process'), net = require('net'), dgram = require('dgram');
const found = {};
const attempt = (name, what) => { try { found[name] = String(what()); } catch (error) { found[name] = 'DENIED ' + (error.code ?? error.message); } };
attempt('file', () => fs.readFileSync('/etc/hostname', 'utf8'));
attempt('write', () => fs.writeFileSync('/mark', 'x'));
attempt('root', () => fs.readdirSync('/').join());
attempt('fork', () => { const { error, status } = cp.spawnSync(process.execPath, ['--version']); if (error) throw error; return status; });
attempt('processes', () => fs.readdirSync('/proc').filter(name => /^[0-9]+$/.test(name)).length);
attempt('kill', () => process.kill(Number(process.argv[3]), 0));
attempt('env', () => Object.keys(process.env).sort().join());
attempt('interfaces', () => Object.keys(require('os').networkInterfaces()).join());
attempt('buffers', () => { const kept = []; for (let n = 0; n < 200; n++) kept.push(Buffer.alloc(8e6, 1)); return kept.length; });
const socket = net.connect(Number(process.argv[4]), '127.0.0.1');
const tell = () => { console.log(JSON.stringify(found)); process.exit(0); };
socket.on('connect', () => { found.connect = 'OPEN'; tell(); });
socket.on('error', error => { found.connect = 'DENIED ' + error.code; tell(); });
`;

describe('what the operating system stops, with nothing of Node in its way', function () {
  this.timeout(30_000);
  let directory: string;
  const server = createServer(socket => socket.destroy());
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'devnet-walls-'));
    await writeFile(join(directory, 'script.js'), SCRIPT);
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  after(async () => {
    server.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function found(
    wrapper: readonly string[],
    stdio: 'ignore' | number,
  ): Promise<Record<string, string>> {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const [file = '', ...args] = [
      ...RLIMITS.prlimit,
      ...wrapper,
      process.execPath,
      join(directory, 'script.js'),
    ];
    const child = spawn(file, [...args, directory, String(process.pid), String(port)], {
      env: { SECRET: 'x' },
      stdio: ['ignore', 'pipe', 'inherit', stdio],
    });
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await once(child, 'close');
    return JSON.parse(said) as Record<string, string>;
  }

  it('in bubblewrap with the filter of system calls', async function () {
    const { tiers, rlimits } = await probeIsolation();
    const { arch } = process;
    if (!tiers.includes('T2') || rlimits !== 'prlimit' || !isFilterArch(arch)) this.skip();
    const { open } = await import('node:fs/promises');
    const filter = join(directory, 'filter');
    await writeFile(filter, seccompProgram(arch));
    const door = createServer();
    const socket = join(directory, 's');
    await once(door.listen(socket), 'listening');
    const handle = await open(filter);
    try {
      const readable = [...(await nodeFiles()), join(directory, 'script.js')];
      const seen = await found(
        bubblewrap({ env: { A: 'b' }, readable, writable: null, socket }, 3),
        handle.fd,
      );
      assert.match(seen.file ?? '', /^DENIED ENOENT/);
      assert.match(seen.write ?? '', /^DENIED (EROFS|EACCES|ENOENT)/);
      assert.doesNotMatch(seen.root ?? '', /home|root|etc|var/);
      assert.match(seen.fork ?? '', /^DENIED EPERM/);
      assert.ok(Number(seen.processes) <= 3, seen.processes);
      assert.match(seen.kill ?? '', /^DENIED ESRCH/);
      assert.equal(seen.env, 'A,PWD');
      assert.match(seen.buffers ?? '', /^DENIED/);
      assert.match(seen.connect ?? '', /^DENIED E(PERM|ACCES)/);
    } finally {
      await handle.close();
      door.close();
    }
  });

  it('in namespaces alone', async function () {
    const { findings, rlimits } = await probeIsolation();
    if (findings.find(({ part }) => part === 'namespaces')?.ok !== true || rlimits !== 'prlimit') this.skip();
    const seen = await found(namespaces(process.getuid?.() === 0), 'ignore');
    assert.match(seen.connect ?? '', /^DENIED/);
    assert.match(seen.kill ?? '', /^DENIED ESRCH/);
    assert.match(seen.buffers ?? '', /^DENIED/);
    assert.equal(seen.env, 'SECRET');
  });
});

describe('tiers', () => {
  const plugin = {
    name: 'a',
    version: '1.0.0',
    provides: 'consensus',
    isolation: 'T1',
    requires: undefined,
  } as const;
  const report = { findings: [], permission: null, rlimits: null } as const;
  const weak = {
    ...report,
    tiers: ['T1'],
    missing: { T2: 'bubblewrap: bwrap is not installed', T3: 'machine: x' },
    remedies: { T2: 'install bubblewrap', T3: 'install the packages again' },
  } as const;
  const strong = { ...report, tiers: ['T1', 'T2', 'T3'], missing: {}, remedies: {} } as const;

  it('are the strongest there is, and the metered machine for who asks for it', () => {
    assert.equal(tierFor(plugin, weak), 'T1');
    assert.equal(tierFor(plugin, strong), 'T2');
    assert.equal(tierFor({ ...plugin, isolation: 'T3' }, strong), 'T3');
    assert.equal(tierFor({ ...plugin, requires: 'deterministic' }, strong), 'T3');
    assert.equal(tierFor(plugin, strong, 'T1'), 'T2');
    assert.equal(tierFor({ ...plugin, isolation: 'T2' }, strong, 'T3'), 'T3');
    assert.equal(tierFor({ ...plugin, isolation: 'T3' }, strong, 'T2'), 'T3');
  });

  it('that somebody asks for and the machine lacks refuse the plugin, with both named and what to do', () => {
    assert.throws(() => tierFor({ ...plugin, isolation: 'T2' }, weak), {
      code: 'TIER_MISSING',
      message:
        'plugin a@1.0.0 asks for T2 (isolation = "T2"), this machine has T1: bubblewrap: bwrap is not installed',
      hint: 'install bubblewrap; or run it on another machine',
    });
    assert.throws(
      () => tierFor({ ...plugin, requires: 'deterministic' }, weak),
      /asks for T3 \(requires = "deterministic"\)/,
    );
    assert.throws(() => tierFor(plugin, weak, 'T2'), /asks for T2 \(the operator, --plugin-isolation T2\)/);
    // What is demanded by both is named by the stronger one.
    assert.throws(() => tierFor({ ...plugin, isolation: 'T3' }, weak, 'T2'), /\(isolation = "T3"\)/);
  });

  it('have no metered machine for services, on no machine', () => {
    const service = { ...plugin, provides: 'service' } as const;
    assert.equal(tierFor(service, strong), 'T2');
    assert.throws(() => tierFor({ ...service, isolation: 'T3' }, strong), { code: 'TIER_UNFIT' });
    assert.throws(() => tierFor(service, strong, 'T3'), { code: 'TIER_UNFIT' });
  });

  it('are tried out once, and every missing part has a reason', async () => {
    const found = await probeIsolation();
    assert.equal(await probeIsolation(), found);
    for (const { part, detail } of found.findings) assert.ok(detail.length > 0, part);
    for (const tier of ['T1', 'T2', 'T3'] as const)
      for (const told of [found.missing[tier], found.remedies[tier]])
        assert.equal(found.tiers.includes(tier), told === undefined);
  });
});
