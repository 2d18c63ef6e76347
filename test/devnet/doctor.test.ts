import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Settings } from '../../devnet/config/settings.ts';
import { type Facts, gatherFacts } from '../../devnet/doctor/facts.ts';
import { findingsOf } from '../../devnet/doctor/findings.ts';

const GIGABYTE = 1024 ** 3;
const well: Facts = {
  node: '20.19.0',
  cores: 4,
  freeMemory: 8 * GIGABYTE,
  nodes: 4,
  directory: '/there/.devnet',
  writable: true,
  freeDisk: 50 * GIGABYTE,
  ports: { host: '127.0.0.1', inUse: [], asked: 8700 },
  isolation: { tiers: ['T1', 'T2', 'T3'], missing: [] },
  now: 1_800_000_000_000,
  newestFile: 1_799_999_999_000,
  chain: { kind: 'chain', chainId: 'devnet-1', bytes: 1_000_000 },
  supervisor: null,
  leftNodes: [],
  staleRun: false,
};

/** Checks that are not well with these facts, with their states. */
function found(change: Partial<Facts>) {
  const findings = findingsOf({ ...well, ...change }).filter(({ state }) => state !== 'ok');
  for (const { message, hint } of findings) assert.ok(message.length > 0 && hint.length > 0);
  return findings.map(({ check, state }) => `${check} ${state}`);
}

describe('doctor', () => {
  it('finds nothing where all is well, and says what it looked at', () => {
    const findings = findingsOf(well);
    assert.deepEqual(
      findings.map(({ check, state, hint }) => [check, state, hint]),
      ['node', 'memory', 'ports', 'disk', 'sandbox', 'clock', 'data', 'leftovers'].map(check => [
        check,
        'ok',
        '',
      ]),
    );
    for (const { message } of findings) assert.ok(message.length > 0);
  });

  it('knows which Node is too old', () => {
    for (const node of ['18.20.0', '20.18.9']) assert.deepEqual(found({ node }), ['node wrong']);
    for (const node of ['20.19.0', '22.0.0', '100.0.0']) assert.deepEqual(found({ node }), []);
  });

  it('counts the nodes that have to find room', () => {
    assert.deepEqual(found({ freeMemory: GIGABYTE, nodes: 16 }), ['memory look']);
    assert.deepEqual(found({ freeMemory: GIGABYTE, nodes: 4 }), []);
    assert.deepEqual(found({ freeMemory: 0, supervisor: 7 }), []);
  });

  it('tells ports of its own devnet from those of others', () => {
    const ports = { ...well.ports, inUse: [8700, 8711] };
    assert.deepEqual(found({ ports }), ['ports wrong']);
    assert.deepEqual(found({ ports, supervisor: 7 }), []);
    const [{ message, hint } = { message: '', hint: '' }] = findingsOf({ ...well, ports }).filter(
      ({ check }) => check === 'ports',
    );
    assert.match(message, /8700, 8711 on 127\.0\.0\.1 are in use/);
    assert.match(hint, /8700.*--port 9700/);
  });

  it('looks at the disk before it is full', () => {
    assert.deepEqual(found({ freeDisk: GIGABYTE / 2 }), ['disk look']);
    assert.deepEqual(found({ freeDisk: GIGABYTE / 10 }), ['disk wrong']);
    assert.deepEqual(found({ writable: false }), ['disk wrong']);
  });

  it('says what a tier lacks and how to get it', () => {
    const missing = [{ tier: 'T2', reason: 'no bubblewrap', remedy: 'install bubblewrap' }] as const;
    assert.deepEqual(found({ isolation: { tiers: ['T1', 'T3'], missing } }), ['sandbox look']);
    assert.deepEqual(found({ isolation: { tiers: [], missing } }), ['sandbox wrong']);
  });

  it('notices a clock that was put back', () => {
    assert.deepEqual(found({ newestFile: well.now + 4_000 }), []);
    assert.deepEqual(found({ newestFile: well.now + 60_000 }), ['clock wrong']);
    assert.deepEqual(found({ newestFile: null, chain: { kind: 'none' } }), []);
  });

  it('names old data and processes that were left', () => {
    const unreadable = { kind: 'unreadable', message: 'schema 0', hint: 'devnet up --reset' } as const;
    assert.deepEqual(found({ chain: unreadable }), ['data wrong']);
    assert.deepEqual(found({ chain: { ...well.chain, bytes: 9 * GIGABYTE } as Facts['chain'] }), [
      'data look',
    ]);
    assert.deepEqual(found({ staleRun: true }), ['leftovers look']);
    assert.deepEqual(found({ staleRun: true, leftNodes: [{ index: 2, pid: 41 }] }), ['leftovers wrong']);
  });

  describe('on this machine', () => {
    const directory = mkdtempSync(join(tmpdir(), 'doctor-'));
    const facts = (changes: object) =>
      gatherFacts(Settings.parse({ dir: join(directory, 'net'), port: 0, ...changes }));
    after(() => rmSync(directory, { recursive: true }));

    it('sees a directory that is not there yet', async () => {
      const seen = await facts({});
      assert.deepEqual(
        [seen.chain, seen.newestFile, seen.supervisor, seen.leftNodes, seen.staleRun, seen.writable],
        [{ kind: 'none' }, null, null, [], false, true],
      );
      assert.ok(seen.freeDisk > 0 && seen.freeMemory > 0 && seen.isolation.tiers.length > 0);
    });

    it('sees a port that somebody uses', async () => {
      const server = createServer();
      await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
      const { port } = server.address() as AddressInfo;
      const { ports } = await facts({ port, nodes: 1 });
      assert.ok(ports.inUse.includes(port));
      await new Promise(done => server.close(done));
      assert.ok(!(await facts({ port, nodes: 1 })).ports.inUse.includes(port));
    });

    it('sees data that it cannot read, and files from the future', async () => {
      mkdirSync(join(directory, 'net'));
      const file = join(directory, 'net', 'chain.json');
      writeFileSync(file, '{"schema":0}');
      const future = Date.now() / 1_000 + 3_600;
      utimesSync(file, future, future);
      const seen = await facts({});
      assert.equal(seen.chain.kind, 'unreadable');
      assert.ok((seen.newestFile ?? 0) > seen.now + 3_000_000);
    });

    it('sees what a killed supervisor has left', async () => {
      writeFileSync(join(directory, 'net', 'lock'), '999999999\n');
      // This process runs, but its command line names no directory of a node.
      const node = { index: 0, pid: process.pid, rpc: '', peerId: '', validator: null, log: '' };
      writeFileSync(
        join(directory, 'net', 'run.json'),
        JSON.stringify({
          chainId: 'a',
          pid: 999_999_999,
          rpc: '',
          ws: '',
          dashboard: '',
          nodes: [node],
          accounts: [],
        }),
      );
      const seen = await facts({});
      assert.deepEqual([seen.supervisor, seen.staleRun, seen.leftNodes], [null, true, []]);
    });
  });
});
