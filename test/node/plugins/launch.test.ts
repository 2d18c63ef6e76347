/** How the process of a plugin ends, with all that stands around it. */
import assert from 'node:assert/strict';
import { type Launched, launch } from '../../../node/plugins/launch.ts';
import { gone, isRunning } from '../../e2e/support.ts';
import { silentLog } from '../support/log.ts';

/** Tells its number and stays. */
const STAYS = 'console.log(process.pid); setInterval(() => undefined, 60_000);';

/** A process around another one that has its output, as bubblewrap is around Node. */
const around = (detached: boolean): string =>
  `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(STAYS)}], ` +
  `{ stdio: 'inherit', detached: ${detached} }); setInterval(() => undefined, 60_000);`;

interface Pair {
  readonly launched: Launched;
  /** Number of the process within. */
  readonly inner: number;
}

function start(detached: boolean): Promise<Pair> {
  return new Promise(resolve => {
    const log = {
      ...silentLog,
      info: (fields: object) => resolve({ launched, inner: Number((fields as { line: string }).line) }),
    };
    const command = { file: process.execPath, args: ['-e', around(detached)], env: {} };
    const launched = launch({ command, args: [], token: '', label: 'pair', log });
  });
}

describe('the process of a plugin', () => {
  it('ends with what it has forked', async () => {
    const { launched, inner } = await start(false);
    await launched.kill();
    assert.match(await launched.gone, /it ended with SIGKILL/);
    await gone(inner, 10_000);
  });

  it('is gone although somebody else still holds its output', async () => {
    const { launched, inner } = await start(true);
    try {
      await launched.kill();
      assert.match(await launched.gone, /it ended with SIGKILL/);
      assert.equal(isRunning(inner), true);
    } finally {
      process.kill(inner, 'SIGKILL');
    }
  });
});
