import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { openStore, textHash } from '../../module/index.ts';
import {
  ALICE,
  authOf,
  callRaw,
  cleanUp,
  directory,
  headerOf,
  onEnd,
  post,
  SERVER,
  setUp,
} from './support/setup.ts';

const PROGRAM = fileURLToPath(new URL('./support/serverProcess.ts', import.meta.url));

async function start(dir: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onEnd(async () => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout ?? process.stdin, 'data')) as [Buffer];
  return { child, url: line.toString().trim() };
}

describe('module server, killed', () => {
  afterEach(cleanUp);

  it('has every receipt that it gave out, and no nonce can be used again', async () => {
    const dir = await directory();
    const { child, url } = await start(dir);
    const given: { nonce: number; header: string }[] = [];
    let nonce = 0;
    const caller = async (): Promise<void> => {
      for (;;) {
        const header = headerOf({ nonce: ++nonce });
        const blob = authOf(header);
        const answer = await post(`${url}/echo`, '{}', { 'module-auth': blob }).catch(() => null);
        if (answer === null) return;
        if (answer.status === 200) given.push({ nonce: header.nonce, header: blob });
        if (given.length === 20) child.kill('SIGKILL');
      }
    };
    await Promise.all([caller(), caller(), caller(), caller()]);
    assert.ok(given.length >= 20);

    const store = await openStore(dir);
    const kept = new Map<number, string>();
    for await (const call of store.calls({ epoch: 5, client: ALICE.account }))
      kept.set(call.nonce, call.call.header);
    await store.close();
    for (const { nonce: used } of given) assert.ok(kept.has(used), `the receipt of nonce ${used} is lost`);
    assert.ok([...kept.values()].every(text => textHash(text).length === 66));

    const { server } = await setUp({ dir });
    const last = Math.max(...given.map(({ nonce: used }) => used));
    assert.equal((await callRaw(server, { nonce: last })).error, 'REPLAY');
    assert.equal(server.address, SERVER.address);
  });
});
