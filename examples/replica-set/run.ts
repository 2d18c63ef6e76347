/** Three replicas behind a router; one of them is killed under load: npx tsx examples/replica-set/run.ts */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onStage, say, tokens } from '../support/stage.ts';
import router, { replicas } from './router.ts';

const NAMES = ['upper-1', 'upper-2', 'upper-3'];
const CALLS = 150;
const AT_ONCE = 8;
const PRICE = 1_000_000n;

async function start(name: string, rpc: string, dir: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('./replica.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', program, rpc, name, join(dir, name)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new Error('the replica has no output');
  // Its URL: it serves.
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${name} did not start`))),
  ]);
  return child;
}

await onStage('replica-set', async stage => {
  const rpc = process.argv[2] ?? 'http://127.0.0.1:8700';
  const dir = await mkdtemp(join(tmpdir(), 'devnet-replicas-'));
  stage.atEnd(() => rm(dir, { recursive: true, force: true }));
  const children = await Promise.all(NAMES.map(name => start(name, rpc, dir)));
  stage.atEnd(async () => {
    for (const child of children) child.kill('SIGKILL');
  });
  const server = await stage.serve('upper-router', router);
  for (const name of NAMES) await stage.link('upper-router', name, 'replica', 20);
  const alice = await stage.customer('upper-router');
  await stage.nextEpoch();
  await replicas.refresh();
  say(`${replicas.children().length} replicas, ${CALLS} calls, ${AT_ONCE} at a time`);

  const served = new Map<string, number>();
  let paid = 0n;
  let sent = 0;
  async function caller(): Promise<void> {
    while (sent < CALLS) {
      const call = sent++;
      if (call === CALLS / 3) {
        say('killing upper-2');
        children[1]?.kill('SIGKILL');
      }
      const { result, cost } = await alice.call('upper-router', 'upper', { text: `call ${call}` });
      const { by } = result as { readonly by: string };
      served.set(by, (served.get(by) ?? 0) + 1);
      paid += cost;
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, caller));

  for (const name of NAMES) say(`  ${name} answered ${served.get(name) ?? 0}`);
  const answered = [...served.values()].reduce((sum, count) => sum + count, 0);
  say(`answered ${answered} of ${CALLS}, lost ${CALLS - answered}`);
  for (const { alias, health } of replicas.children())
    if (health.phase !== 'up') say(`  ${alias} is ${health.phase}`);
  say(`alice paid ${tokens(paid)}, which is ${CALLS} x ${tokens(PRICE)}: each call once`);
  say('settled:');
  await stage.settle(server);
});
