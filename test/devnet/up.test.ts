/** `devnet up` where it cannot: what it says, and what it leaves behind. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failureIn } from '../../devnet/commands/detach.ts';
import { status } from '../../devnet/commands/status.ts';
import { type UpOptions, up } from '../../devnet/commands/up.ts';
import { loadSettings } from '../../devnet/config/load.ts';
import { EXIT } from '../../devnet/errors.ts';
import { abandonChain, openChain } from '../../devnet/supervisor/chainFile.ts';
import { lockDirectory, refuseInUse } from '../../devnet/supervisor/lock.ts';
import { writeRunFile } from '../../devnet/supervisor/runFile.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

describe('devnet up that fails', () => {
  const root = mkdtempSync(join(tmpdir(), 'up-'));
  let dir: string;
  let taken: Server;
  let port: number;
  const mine = SIGNALS.map(signal => process.listeners(signal));
  const wishes = (flags: Record<string, unknown>): UpOptions => ({
    flags: { dir, ...flags },
    config: undefined,
    profile: undefined,
    reset: false,
    demo: false,
    detach: false,
    load: undefined,
    json: false,
    argv: [],
  });

  before(async () => {
    taken = createServer();
    await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    assert.ok(address !== null && typeof address === 'object');
    port = address.port;
  });
  beforeEach(() => {
    dir = mkdtempSync(join(root, 'dir-'));
  });
  afterEach(() => {
    // It listens for the end as long as its process runs, which is this one.
    SIGNALS.forEach((signal, at) => {
      for (const listener of process.listeners(signal))
        if (!mine[at]?.includes(listener)) process.off(signal, listener);
    });
  });
  after(() => {
    taken.close();
    rmSync(root, { recursive: true });
  });

  it('the first time leaves no chain behind, and no lock', async () => {
    await assert.rejects(up(wishes({ port, nodes: 1 })), { name: 'PORT_IN_USE', exit: EXIT.inUse });
    assert.deepEqual(readdirSync(dir), []);
    // An address that is kept for documents (RFC 5737).
    await assert.rejects(up(wishes({ host: '203.0.113.1', nodes: 1 })), {
      name: 'BAD_ADDRESS',
      exit: EXIT.usage,
    });
    await assert.rejects(up(wishes({ seed: 'three wrong words' })), { code: 'BAD_PHRASE' });
    assert.deepEqual(readdirSync(dir), []);
  });

  it('later leaves the chain that there was', async () => {
    // As if it had run once.
    const sources = { environment: {}, config: undefined, profile: undefined };
    openChain(loadSettings({ flags: { dir, nodes: 1 }, ...sources }));
    await assert.rejects(up(wishes({ port })), { name: 'PORT_IN_USE' });
    assert.deepEqual(readdirSync(dir), ['chain.json']);
  });

  it('keeps the logs of the nodes, which say why', () => {
    mkdirSync(join(dir, 'nodes/0/data'), { recursive: true });
    for (const file of ['chain.json', 'nodes/0/node.log', 'nodes/0/data/x'])
      writeFileSync(join(dir, file), '');
    abandonChain(dir);
    assert.deepEqual(readdirSync(join(dir, 'nodes/0')), ['node.log']);
    assert.ok(!existsSync(join(dir, 'chain.json')));
  });

  it('because another one runs in the directory does not touch what that one wrote', () => {
    writeFileSync(join(dir, 'lock'), `${process.ppid}\n`);
    assert.throws(() => refuseInUse(dir), { name: 'DIRECTORY_IN_USE', exit: EXIT.inUse });
    assert.throws(() => lockDirectory(dir), { name: 'DIRECTORY_IN_USE' });
    assert.deepEqual(readdirSync(dir), ['lock']);
  });

  it('in the background says what it would have said in front', () => {
    const said = [
      'new chain devnet-1 in .devnet',
      '{"ok":true,"readyMs":5}',
      '{"ok":false,"code":4,"name":"PORT_IN_USE","message":"port 1 is in use","hint":"stop it"}',
      '',
    ].join('\n');
    const told = failureIn(said, 4, 'x.log');
    assert.deepEqual(
      [told.name, told.message, told.hint, told.exit],
      ['PORT_IN_USE', 'port 1 is in use', 'stop it', 4],
    );
    for (const [words, code, message] of [
      ['', 134, 'the devnet did not start: exit code 134'],
      ['{"ok":false', null, 'the devnet did not start: {"ok":false'],
      ['a\nSegmentation fault', 1, 'the devnet did not start: a\nSegmentation fault'],
    ] as const) {
      const crashed = failureIn(words, code, 'x.log');
      assert.deepEqual([crashed.name, crashed.message, crashed.exit], ['UP_FAILED', message, EXIT.failed]);
      assert.match(crashed.hint, /x\.log/);
    }
  });
});

describe('devnet status', () => {
  it('of a supervisor that was killed says so, and is no success', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'status-'));
    const before = process.exitCode;
    try {
      // No process has this number (pid_max is at most 2^22).
      const run = { chainId: 'c', pid: 2 ** 22 + 1, rpc: 'http://127.0.0.1:1', ws: '', dashboard: '' };
      writeRunFile(dir, { ...run, nodes: [], accounts: [] });
      const { value, text } = await status({ dir, rpc: undefined, json: true });
      assert.equal(process.exitCode, EXIT.notReady);
      const { ok, code, name } = value as { ok: boolean; code: number; name: string };
      assert.deepEqual([ok, code, name], [false, EXIT.notReady, 'NOT_RUNNING']);
      assert.match(text, /was killed.*devnet up goes on/);
    } finally {
      process.exitCode = before;
      rmSync(dir, { recursive: true });
    }
  });
});
