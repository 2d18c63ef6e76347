import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { executeBlock, ModuleFault } from '../../../chain/index.ts';
import { consensus0 } from '../../../consensus/index.ts';
import type { ConsensusModule } from '../../../consensus/interface/index.ts';
import { plainCommand } from '../../../node/plugins/consensus.ts';
import { PluginError } from '../../../node/plugins/errors.ts';
import { openPlugin } from '../../../node/plugins/plugin.ts';
import { startProcess } from '../../../node/plugins/process.ts';
import { createRunner, lacksAnswer } from '../../../node/plugins/runner.ts';
import { createTestChain } from '../../support/chain.ts';
import { PROBE, withProbe } from '../../support/probe.ts';
import { silentLog } from '../support/log.ts';

import { callsWith, type Isolated, inputOf, isolate, optionsOf, weighed } from './support.ts';
import { villain } from './villain.ts';

const PEOPLE = ['Alice', 'Bob', 'Charlie', 'Dave', 'Eve'];
const options = {
  ...withProbe({}),
  accounts: PEOPLE,
  mechanisms: new Map<number, ConsensusModule>([
    [0, consensus0],
    [PROBE, villain],
  ]),
};

/** A wrong token is told when the time is over, and must have come in by then. A silent process never comes in. */
const startDeadlineOf = (way: string): number =>
  way === 'silent' ? 1_000 : /token|hello/.test(way) ? 3_000 : 20_000;

const rogue = (way: string) =>
  optionsOf('villain', {
    command: {
      ...plainCommand(),
      args: [fileURLToPath(new URL('./rogue.js', import.meta.url))],
      env: { ROGUE: way },
    },
    startDeadline: startDeadlineOf(way),
    requestDeadline: 2_000,
    attempts: 1,
  });

describe('a plugin process that fails', () => {
  let isolated: Isolated;
  const lines: string[] = [];
  before(async () => {
    const log = {
      ...silentLog,
      info: (fields: object) => {
        if ('line' in fields && 'height' in fields) lines.push(`${fields.height} ${String(fields.line)}`);
      },
    };
    isolated = await isolate('villain', options, { requestDeadline: 1_500, attempts: 2, log });
  });
  after(() => isolated.runner.close());

  /** Of calls with these numbers: which stand in the block of this node, and whether it is as code here makes it. */
  async function selected(numbers: readonly number[]) {
    const chain = createTestChain(options);
    const wanted = inputOf(chain, await weighed(isolated, chain, callsWith(chain, PEOPLE, numbers)));
    const { included, rejected, execution } = await isolated.runner.select(chain.state, wanted);
    const again = await isolated.runner.execute(chain.state, { ...wanted, transactions: included });
    assert.equal(again.state.root, execution.state.root);
    return {
      included: included.map(checked => wanted.transactions.indexOf(checked)),
      rejected: rejected.map(({ error }) => error.code),
      reasons: rejected.map(({ error }) => error.message),
    };
  }

  it('by an exception loses that call, and nothing else', async () => {
    const found = await selected([5, 3, 6]);
    assert.deepEqual(found.included, [0, 2]);
    assert.match(found.reasons[0] ?? '', /a defect/);
    assert.equal(isolated.plugin.figures.starts, 1);
  });

  it('by ending is started again, and the call that ended it is left out by its proposer', async () => {
    const found = await selected([5, 1, 6, 7]);
    assert.deepEqual(found.included, [0, 2, 3]);
    assert.deepEqual(found.rejected, ['MODULE_FAULT']);
    assert.match(found.reasons[0] ?? '', /CRASHED: plugin consensus 7, probe@1.0.0, do at height 1.*code 3/);
    assert.ok(isolated.plugin.figures.starts >= 3);
  });

  it('by hanging is killed at its deadline', async function () {
    this.timeout(60_000);
    const found = await selected([5, 2, 6]);
    assert.deepEqual(found.included, [0, 2]);
    assert.match(found.reasons[0] ?? '', /TIMEOUT.*do at height 1/);
  });

  it('prints into the log of its node, with the height', async () => {
    lines.length = 0;
    await selected([4]);
    assert.deepEqual(lines, ['1 it prints 4', '1 it prints 4']);
  });

  it('cannot make a node execute a block on a guess', async () => {
    const chain = createTestChain(options);
    const block = inputOf(chain, await weighed(isolated, chain, callsWith(chain, PEOPLE, [5, 1])));
    await assert.rejects(isolated.runner.execute(chain.state, block), error => {
      assert.ok(error instanceof ModuleFault);
      return lacksAnswer(error);
    });
  });

  it('by a wrong guess at what it was not told is asked again without guesses', async () => {
    const failures = isolated.plugin.figures.failures;
    const found = await selected([5, 105]);
    assert.deepEqual(found.included, [0, 1]);
    assert.ok(isolated.plugin.figures.failures > failures);
  });

  it('by kill -9 at any moment changes nothing but the time it takes', async function () {
    this.timeout(60_000);
    const chain = createTestChain({ ...options, checkInvariants: false });
    const before = isolated.plugin.figures.starts;
    for (let round = 0; round < 8; round++) {
      const block = inputOf(chain, await weighed(isolated, chain, callsWith(chain, PEOPLE, [5, 6, 7, 8, 9])));
      const { process: running } = await isolated.plugin.connection();
      const execution = isolated.runner.execute(chain.state, block);
      if (round % 2 === 0) process.kill(running.pid, 'SIGKILL');
      else setImmediate(() => process.kill(running.pid, 'SIGKILL'));
      const { state } = await execution;
      assert.equal(state.root, executeBlock(chain.state, block, chain.mechanisms).state.root);
      chain.block(block.transactions);
    }
    assert.ok(isolated.plugin.figures.starts > before + 3);
  });
});

describe('a process that is not what was started', () => {
  const atStart: readonly (readonly [string, string, RegExp])[] = [
    ['wrong token', 'HANDSHAKE', /turned away: a wrong token/],
    ['giant hello', 'HANDSHAKE', /turned away: a frame of 4294967295 bytes/],
    ['garbage hello', 'HANDSHAKE', /turned away/],
    ['silent', 'HANDSHAKE', /nobody came in within 1000 ms/],
    ['old protocol', 'HANDSHAKE', /villain\.ts speaks protocol 7 .* this node protocol 3/],
    ['other code', 'WRONG_PLUGIN', /villain\.ts is another@1\.0\.0, the chain runs probe@1\.0\.0/],
    ['garbage description', 'GARBAGE', /its description/],
    ['leaves', 'START', /it ended with code 9: no licence found/],
  ];
  for (const [way, code, message] of atStart)
    it(`is refused at its start: ${way}`, async () => {
      await assert.rejects(startProcess(rogue(way)), error => {
        assert.ok(error instanceof PluginError, String(error));
        assert.equal(error.code, code, error.message);
        assert.match(error.message, message);
        return true;
      });
    });

  const atWork: readonly (readonly [string, string, RegExp])[] = [
    ['giant reply', 'FRAME_TOO_LARGE', /a frame of 4294967295 bytes/],
    ['garbage reply', 'GARBAGE', /expected an array/],
    ['wrong reply', 'GARBAGE', /it answered pong/],
    ['hangs up', 'CRASHED', /closed the connection|ended with/],
    ['no results', 'GARBAGE', /0 results for 1 jobs/],
    ['unknown answers', 'GARBAGE', /the unknown answer 9/],
    ['asks for ever', 'GARBAGE', /asks for what it was told/],
    ['reads nonsense', 'GARBAGE', /a read that does not decode/],
  ];
  for (const [way, code, message] of atWork)
    it(`is ended at work: ${way}`, async () => {
      const plugin = await openPlugin(rogue(way));
      const chain = createTestChain(options);
      const runner = createRunner(new Map([...(options.mechanisms ?? []), [7, plugin.shell]]), [plugin]);
      const [call] = callsWith(chain, PEOPLE, [5]);
      assert.ok(call);
      const block = inputOf(chain, [{ ...call, code: 'probe@1.0.0', weight: 10 }]);
      try {
        await assert.rejects(runner.execute(chain.state, block), ({ cause }: Error) => {
          assert.ok(cause instanceof PluginError, String(cause));
          assert.equal(cause.code, code, cause.message);
          assert.match(cause.message, message);
          assert.match(cause.message, /plugin consensus 7, probe@1\.0\.0, do at height 1, transaction 0x/);
          return true;
        });
      } finally {
        await runner.close();
      }
    });
});
