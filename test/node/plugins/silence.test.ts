import assert from 'node:assert/strict';
import { Claim } from '../../../consensus/consensus-0/index.ts';
import { consensus0 } from '../../../consensus/index.ts';
import { encode } from '../../../consensus/interface/index.ts';
import { pluginOptions } from '../../../node/plugins/consensus.ts';
import { openPlugin, type Plugin } from '../../../node/plugins/plugin.ts';
import { startProcess } from '../../../node/plugins/process.ts';
import { createRunner, type Runner } from '../../../node/plugins/runner.ts';
import { alice, signed, untilFinal, untilHeight, withCluster } from '../support/cluster.ts';
import { silentLog } from '../support/log.ts';

const mechanisms = new Map([[0, consensus0]]);

/** consensus-0 in a process that does not answer while it is told so. */
interface Moody {
  readonly plugin: Plugin;
  readonly runner: Runner;
  silent: boolean;
  /** Resolves when it has left so many questions of blocks without an answer. */
  untilAsked(times: number): Promise<void>;
}

async function moody(): Promise<Moody> {
  const url = new URL('../../../consensus/index.ts', import.meta.url).href;
  const code = { url, exportName: 'consensus0', name: 'consensus-0', version: '1.0.0' };
  const listeners = new Set<() => void>();
  let unanswered = 0;
  const log = {
    ...silentLog,
    error(_: object, message: string) {
      if (message === 'a consensus module gave no answer') unanswered++;
      for (const listener of listeners) listener();
    },
  };
  const plugin = await openPlugin({
    ...pluginOptions({ consensus: 0, code, log }),
    requestDeadline: 1_000,
    attempts: 2,
    async start(options) {
      const started = await startProcess(options);
      return {
        ...started,
        get isAlive() {
          return started.isAlive;
        },
        request(asked, doing) {
          if (found.silent) process.kill(started.pid, 'SIGSTOP');
          return started.request(asked, doing);
        },
      };
    },
  });
  const found: Moody = {
    plugin,
    runner: createRunner(new Map([[0, plugin.shell]]), [plugin]),
    silent: false,
    untilAsked: times =>
      new Promise(resolve => {
        const from = unanswered;
        const look = (): void => {
          if (unanswered - from < times) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
      }),
  };
  return found;
}

/** A claim that asks the module and is refused by it. */
const early = (nonce: number) => {
  const args: Claim = {
    epoch: 1_000_000,
    time: 0,
    terms: [{ fn: 'f', maxUsage: 1n, server: null, epoch: null }],
    rows: [],
  };
  const call = { kind: 'call', consensus: 0, method: 'claim', args: encode(Claim, args), value: 0n } as const;
  return signed(alice, nonce, call);
};

const four = (last: Moody, epochLength = 1_000) => ({
  validators: 4,
  epochLength,
  runner: (index: number) => (index === 3 ? last.runner : createRunner(mechanisms)),
  blockMode: { kind: 'auto', emptyMs: 200 } as const,
});

describe('a node whose consensus module gives no answer', () => {
  it('goes on after kill -9 at work, with the same blocks as the others', async function () {
    this.timeout(120_000);
    const last = await moody();
    await withCluster(four(last), async cluster => {
      const nodes = await Promise.all([0, 1, 2, 3].map(cluster.start));
      const [first, , , isolated] = nodes;
      assert.ok(first !== undefined && isolated !== undefined);
      await untilHeight(isolated, 1);
      for (let nonce = 0; nonce < 6; nonce++) {
        const { process: running } = await last.plugin.connection();
        // At another moment each time: before the call comes, on its way, and when this node has examined it.
        const hash = await (nonce % 3 === 2 ? isolated : first).submit(early(nonce));
        if (nonce % 3 === 1) await new Promise(setImmediate);
        process.kill(running.pid, 'SIGKILL');
        const status = await untilFinal(isolated, hash);
        assert.ok(status.status === 'final');
        assert.equal(status.outcome.failure?.code, 'EPOCH_OPEN');
      }
      assert.ok(last.plugin.figures.starts >= 4, `${last.plugin.figures.starts} starts`);
      const { height } = isolated.head().header;
      await untilHeight(first, height);
      for (let at = 1; at <= height; at++)
        assert.equal((await isolated.block(at))?.hash, (await first.block(at))?.hash);
    });
  });

  it('votes nil and stays behind, while the others go on; then it catches up', async function () {
    this.timeout(120_000);
    const last = await moody();
    await withCluster(four(last), async cluster => {
      const [first, , , isolated] = await Promise.all([0, 1, 2, 3].map(cluster.start));
      assert.ok(first !== undefined && isolated !== undefined);
      await untilHeight(isolated, 1);
      const asked = last.untilAsked(3);
      last.silent = true;
      const hash = await first.submit(early(0));
      const status = await untilFinal(first, hash);
      assert.ok(status.status === 'final');
      const { height } = await untilBlock(first, hash);
      await asked;
      await untilHeight(first, height + 2);
      // It lives, answers for what it has, and did not take the block without an answer.
      assert.ok(isolated.head().header.height < height);
      last.silent = false;
      await untilHeight(isolated, height + 2);
      assert.equal((await isolated.block(height))?.hash, (await first.block(height))?.hash);
      const again = await untilFinal(isolated, await isolated.submit(early(1)));
      assert.equal(again.status, 'final');
    });
  });

  it('can be stopped while it waits for an answer to a decided block', async function () {
    this.timeout(60_000);
    const last = await moody();
    await withCluster(four(last), async cluster => {
      const [first, , , isolated] = await Promise.all([0, 1, 2, 3].map(cluster.start));
      assert.ok(first !== undefined && isolated !== undefined);
      await untilHeight(isolated, 1);
      last.silent = true;
      const { height } = await untilBlock(first, await first.submit(early(0)));
      // More than the attempts of one vote: by now the block is decided, and insisted on.
      await untilHeight(first, height + 2);
      await last.untilAsked(3);
      await cluster.stop(3);
      await untilHeight(first, first.head().header.height + 1);
    });
  });

  it('alone makes no block that closes an epoch, and goes on when there is an answer', async function () {
    this.timeout(60_000);
    const last = await moody();
    await withCluster({ epochLength: 3, runner: () => last.runner }, async cluster => {
      const node = await cluster.start(0);
      await untilHeight(node, 4);
      const asked = last.untilAsked(3);
      last.silent = true;
      await asked;
      const { height, epoch } = node.head().header;
      await last.untilAsked(3);
      assert.equal(node.head().header.height, height);
      last.silent = false;
      await untilHeight(node, height + 4);
      assert.ok(node.head().header.epoch > epoch);
    });
  });
});

/** The block in which this transaction is final. */
async function untilBlock(node: Parameters<typeof untilFinal>[0], hash: `0x${string}`) {
  const status = await untilFinal(node, hash);
  assert.ok(status.status === 'final');
  return { height: status.height };
}
