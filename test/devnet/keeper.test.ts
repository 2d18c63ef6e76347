/** One node through its lives, with a process that the test ends, and time that the test moves. */
import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { HEALTHY_MS } from '../../devnet/supervisor/backoff.ts';
import { Keeper, type KeeperEvent } from '../../devnet/supervisor/keeper.ts';
import type { NodeProcess } from '../../devnet/supervisor/nodeProcess.ts';
import type { NodeOptions } from '../../node/options.ts';

interface FakeProcess extends NodeProcess {
  readonly signals: string[];
  becomeReady(): Promise<void>;
  /** It ends by itself. */
  end(how: string): Promise<void>;
}

/** Lets promises that are settled run their course. */
const settle = () => new Promise<void>(resolve => setImmediate(resolve));

describe('a keeper of a node', () => {
  let started: FakeProcess[];
  let events: KeeperEvent[];
  let keeper: Keeper;
  let now: number;
  /** Why no process can be started. */
  let trouble: Error | null;

  function fakeProcess(index: number): FakeProcess {
    let tellReady: () => void = () => {};
    let tellExit: (how: string) => void = () => {};
    const exited = new Promise<string>(resolve => {
      tellExit = resolve;
    });
    const ready = new Promise<Awaited<NodeProcess['ready']>>((resolve, reject) => {
      tellReady = () => resolve({ kind: 'ready', rpcPort: 1, peerId: 'p', addresses: [] });
      exited.then(how => reject(new Error(how)), reject);
    });
    const signals: string[] = [];
    const finish = async (signal: string): Promise<void> => {
      signals.push(signal);
      tellExit(`ended by ${signal}`);
      await exited;
    };
    const process: FakeProcess = {
      index,
      pid: 100 + started.length,
      log: 'log',
      ready,
      joined: ready.then(() => undefined),
      exited,
      signals,
      signal: signal => signals.push(signal),
      stop: () => finish('SIGTERM'),
      kill: () => finish('SIGKILL'),
      async becomeReady() {
        tellReady();
        await settle();
      },
      async end(how) {
        tellExit(how);
        await settle();
      },
    };
    started.push(process);
    return process;
  }

  const last = (): FakeProcess => {
    const process = started.at(-1);
    assert.ok(process);
    return process;
  };
  const died = () => events.flatMap(event => (event.kind === 'node-died' ? [event.restartMs] : []));

  beforeEach(async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    now = 0;
    mock.method(performance, 'now', () => now);
    [started, events, trouble] = [[], [], null];
    keeper = new Keeper({
      index: 2,
      directory: '/nowhere',
      host: '127.0.0.1',
      options: () => ({}) as NodeOptions,
      onEvent: event => events.push(event),
      start(index) {
        if (trouble !== null) throw trouble;
        return fakeProcess(index);
      },
    });
    await last().becomeReady();
    keeper.supervise();
  });
  afterEach(() => {
    mock.timers.reset();
    mock.restoreAll();
  });

  it('starts it again after pauses that double, and gives up loudly', async () => {
    for (let end = 0; end < 7; end++) {
      await last().end('a crash');
      mock.timers.tick(30_000);
    }
    assert.deepEqual(died(), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, null]);
    assert.equal(started.length, 7);
    const { state, pid, restarts, ended } = keeper.status();
    assert.deepEqual([state, pid, restarts, ended], ['failed', null, 6, 'a crash']);
    const restarted = keeper.restart();
    await settle();
    await last().becomeReady();
    assert.equal((await restarted).state, 'running');
    await last().end('another crash');
    assert.equal(died().at(-1), 1_000);
  });

  it('tries again what cannot even be started, as on a full disk', async () => {
    await last().end('a crash');
    trouble = new Error('no space left');
    mock.timers.tick(1_000);
    mock.timers.tick(2_000);
    assert.deepEqual(died(), [1_000, 2_000, 4_000]);
    assert.equal(keeper.status().ended, 'node 2 could not be started: no space left');
    assert.equal(keeper.status().state, 'restarting');
    await assert.rejects(keeper.restart(), /no space left/);
    assert.equal(keeper.status().state, 'failed');
    trouble = null;
    const restarted = keeper.restart();
    await settle();
    await last().becomeReady();
    assert.equal((await restarted).state, 'running');
  });

  it('forgets earlier ends once it was well for a while', async () => {
    await last().end('a crash');
    mock.timers.tick(1_000);
    await last().becomeReady();
    now += HEALTHY_MS;
    await last().end('a crash');
    assert.deepEqual(died(), [1_000, 1_000]);
    mock.timers.tick(1_000);
    await last().becomeReady();
    now += HEALTHY_MS - 1;
    await last().end('a crash');
    assert.deepEqual(died(), [1_000, 1_000, 2_000]);
  });

  it('leaves it down when it was killed, also while it waits for its next start', async () => {
    assert.equal((await keeper.kill()).state, 'killed');
    mock.timers.tick(60_000);
    assert.deepEqual([started.length, died()], [1, []]);
    const restarted = keeper.restart();
    await settle();
    await last().becomeReady();
    await restarted;
    await last().end('a crash');
    assert.equal(keeper.state, 'restarting');
    assert.equal((await keeper.kill()).state, 'killed');
    mock.timers.tick(60_000);
    assert.equal(started.length, 2);
  });

  it('is away before the process is stopped, and back after it goes on; twice is once', async () => {
    events.length = 0;
    await keeper.pause();
    await keeper.pause();
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['node-away'],
    );
    await keeper.resume();
    await keeper.resume();
    assert.deepEqual(last().signals, ['SIGSTOP', 'SIGCONT']);
    assert.equal(events.at(-1)?.kind, 'node-ready');
  });

  it('says why it cannot pause or resume', async () => {
    await keeper.kill();
    for (const work of [keeper.pause(), keeper.resume()])
      await assert.rejects(work, { code: 'NODE_NOT_RUNNING', message: /node 2 is killed/ });
  });

  it('a restart that fails says so, and is tried again', async () => {
    const restarted = keeper.restart();
    await settle();
    const told = assert.rejects(restarted, /the port is taken/);
    await last().end('the port is taken');
    await told;
    assert.deepEqual(died(), [1_000]);
    mock.timers.tick(1_000);
    await last().becomeReady();
    assert.equal(keeper.state, 'running');
  });

  it('starts nothing after the end', async () => {
    await last().end('a crash');
    await keeper.stop();
    mock.timers.tick(60_000);
    await assert.rejects(keeper.restart(), { code: 'NODE_NOT_RUNNING' });
    assert.deepEqual([started.length, keeper.state], [1, 'stopped']);
  });
});
