/** The examples of modules, each as its command, one after another on one node. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { createClient } from '../../node/client/index.ts';
import { startRpc } from '../../node/rpc/index.ts';
import { withCluster } from '../node/support/cluster.ts';
import { silentLog } from '../node/support/log.ts';
import { ROOT } from '../tidy/sources.ts';
import { END } from './end.ts';

const run = promisify(execFile);

describe('examples of modules', function () {
  this.timeout(120_000);
  let rpc = '';
  let [service, competing, tree] = ['', '', ''];
  let finish: () => void = () => undefined;
  let finished: Promise<void>;

  before(async () => {
    const over = new Promise<void>(resolve => {
      finish = resolve;
    });
    await new Promise<void>((ready, failed) => {
      finished = withCluster({ epochLength: 1_000_000 }, async cluster => {
        const server = await startRpc(await cluster.start(0), { host: '127.0.0.1', port: 0, log: silentLog });
        rpc = server.url;
        ready();
        await over;
        await server.close();
      });
      finished.catch(failed);
    });
    [service, competing, tree] = (await play('text-service', 'subnet', 'tree')) as [string, string, string];
  });
  after(async () => {
    finish();
    await finished;
  });

  /**
   * What examples print, each run as its command would, one after another in one process: to start one takes longer than
   * to play it. Rejects if one fails.
   */
  async function play(...names: readonly string[]): Promise<string[]> {
    const args = ['--import', 'tsx', 'test/examples/play.ts', rpc, ...names];
    const { stdout } = await run(process.execPath, args, { cwd: ROOT, timeout: 100_000 });
    return stdout.split(END).slice(1);
  }

  it('a paid text service: what alice owed is what the service got', () => {
    const out = service;
    assert.match(out, /count: \{"characters":\d+,"words":\d+\}, 0\.000000000 tokens/);
    assert.match(out, /summary: \{"summary":"Short\."\}, 0\.001000000 tokens/);
    assert.match(out, /refused for nothing: BAD_PARAMS/);
    assert.match(out, /alice owed 0\.003000000 tokens, the service got 0\.003000000 tokens/);
  });

  it('a replica set: one replica is killed, no call is lost, none is paid twice', async () => {
    const [out = ''] = await play('replica-set');
    assert.match(out, /3 replicas, 150 calls/);
    assert.match(out, /answered 150 of 150, lost 0/);
    assert.match(out, /upper-2 is down/);
    const [, dead] = /upper-2 answered (\d+)/.exec(out) ?? [];
    assert.ok(Number(dead) > 0 && Number(dead) < 75, out);
    assert.match(out, /alice paid 0\.150000000 tokens/);
    // 40 % stay with the router, 20 % go to each replica, the dead one included.
    assert.match(out, /upper-router 0\.060000000 tokens/);
    assert.equal(out.match(/upper-\d {6}0\.030000000 tokens/g)?.length, 3, out);
  });

  it('a subnet: traffic and shares go to the better writer', async () => {
    const out = competing;
    const last = /calls 81 to 120: writer-dull (\d+), writer-rich (\d+)/.exec(out);
    assert.ok(Number(last?.[1]) < 20 && Number(last?.[2]) > 20, out);
    assert.match(out, /lab {10}0\.024000000 tokens/);
    assert.equal(out.match(/writer-\w+ {2}0\.048000000 tokens/g)?.length, 2, out);
    const shares = Array.from(out.matchAll(/writer-\w+ gets ([\d.]+) % now/g), ([, share]) => Number(share));
    assert.equal(shares.length, 2);
    assert.ok((shares[0] ?? 0) < 30 && (shares[1] ?? 0) > 50, out);
    const client = createClient(rpc);
    const links = await client.getLinkChildren({ module: 'lab' });
    client.close();
    assert.equal(
      links.filter(({ status }) => status === 'active').reduce((sum, each) => sum + each.shareBps, 0),
      8_000,
    );
  });

  it('a tree: the settlement reaches depth 3, to the unit', () => {
    const out = tree;
    assert.match(out, /paper\n {2}desk-south {2}gets 33 %\n|paper\n {2}desk-north {2}gets 33 %\n/);
    assert.match(out, /together 0\.000100070 tokens: not a unit is lost/);
    // 100,070 of it: 34 % stay; 33,023.1 for each desk; of 33,023 a half, and 11 % of that; a quarter on the other side.
    for (const [name, amount] of [
      ['paper', 34_024],
      ['desk-north', 16_511],
      ['writer-north', 14_696],
      ['dictionary', 1_816],
      ['desk-south', 24_767],
      ['writer-south', 8_256],
    ] as const)
      assert.ok(
        out.includes(`  ${name.padEnd(12)} 0.0000${String(amount).padStart(5, '0')}`),
        `${name}\n${out}`,
      );
  });
});
