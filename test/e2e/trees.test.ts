/** A router and its children as a user runs them: `devnet serve` with files that import the SDK, `devnet link`, `devnet call`. */
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../tidy/sources.ts';
import { freshDirectory, type Running, type Session, up } from './support.ts';

describe('a tree of served files', function () {
  this.timeout(120_000);
  const home = freshDirectory();
  let devnet: Running;
  const sessions: Session[] = [];

  before(async () => {
    devnet = await up(join(home, 'devnet'), '--nodes', '1');
    const child = [
      `import { defineModule } from '${ROOT}/module/index.ts';`,
      'export default defineModule({',
      "  links: { asChild: { from: ['upper-router'], minShareBps: 1_000 } },",
      "  functions: { upper: { price: 0n, allow: 'parents', run: ({ text }) => text.toUpperCase() } },",
      '});',
    ];
    await writeFile(join(home, 'child.mts'), child.join('\n'));
  });
  after(async () => {
    for (const session of sessions) await session.end('SIGTERM');
    await devnet.end('SIGINT');
    await rm(home, { recursive: true, force: true });
  });

  async function serve(file: string, alias: string, from: string): Promise<Session> {
    const session = devnet.start('serve', file, '--alias', alias, '--from', from);
    sessions.push(session);
    await session.lineWith('serves at');
    return session;
  }

  it('the router finds its child, survives its death by name, and finds it again', async () => {
    await serve(join(ROOT, 'examples/replica-set/router.ts'), 'upper-router', 'bob');
    const child = await serve(join(home, 'child.mts'), 'upper-1', 'charlie');
    await devnet.json('escrow', 'reserve', 'upper-router', '1', '--from', 'alice');
    // Below what the child's policy takes, so it stays open; then enough.
    await devnet.json('link', 'propose', 'upper-router', 'upper-1', '--from', 'bob', '--share', '5');
    const open = await devnet.json<unknown[]>('link', 'proposals', '--from', 'charlie');
    assert.equal(open.length, 1);
    await devnet.json('link', 'propose', 'upper-router', 'upper-1', '--from', 'bob', '--share', '20');
    const linked = async (): Promise<boolean> => {
      const { children } = await devnet.json<{ children: { status: string }[] }>(
        'link',
        'list',
        'upper-router',
      );
      return children.some(({ status }) => status === 'accepted');
    };
    while (!(await linked()));
    await devnet.json('epoch', 'advance');
    const call = () => devnet.cli('call', 'upper-router', 'upper', 'text=ada', '--from', 'alice');
    const first = await call();
    assert.match(first.stdout, /ADA/, first.stderr);
    await child.end('SIGTERM');
    const alone = await call();
    assert.equal(alone.code, 1);
    assert.match(alone.stderr, /NO_CHILDREN/);
    await serve(join(home, 'child.mts'), 'upper-1', 'charlie');
    while ((await call()).code !== 0);
  });
});
