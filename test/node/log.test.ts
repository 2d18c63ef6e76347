/** The log of a node where it cannot be written. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '../../node/log.ts';

describe('the log of a node', () => {
  it('has its last words before it ends, each a line of JSON', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'log-'));
    const file = join(directory, 'node.log');
    const log = createLog({ name: 'node-0', logLevel: 'info' }, file);
    for (let n = 0; n < 1_000; n++) log.info({ n }, 'said');
    await log.end();
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    assert.equal(lines.length, 1_000);
    assert.equal(JSON.parse(lines.at(-1) ?? '').n, 999);
    rmSync(directory, { recursive: true });
  });

  it('does not keep a process that ends on a full disk', async function () {
    // Linux has a device that is always full.
    if (!existsSync('/dev/full')) this.skip();
    const log = createLog({ name: 'node-0', logLevel: 'info' }, '/dev/full');
    log.error({ err: new Error('x') }, 'the node cannot go on');
    await new Promise(resolve => setImmediate(resolve));
    log.info({}, 'stopping');
    await log.end();
  });
});
