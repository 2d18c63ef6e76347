import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createClient } from '../../node/client/index.ts';
import {
  cli,
  eventually,
  freshDirectory,
  gone,
  isRunning,
  type Running,
  removeDirectory,
  up,
  upAndEnd,
} from './support.ts';

describe('devnet up, as a user runs it', function () {
  this.timeout(120_000);
  let devnet: Running;
  before(async () => {
    devnet = await up(freshDirectory());
  });
  after(async () => {
    if (isRunning(devnet.process.pid ?? 0)) await devnet.end('SIGKILL');
    removeDirectory(devnet.directory);
  });

  it('is ready when it says so: four nodes, one chain, blocks', async () => {
    assert.equal(devnet.nodes.length, 4);
    const run = JSON.parse(readFileSync(join(devnet.directory, 'run.json'), 'utf8'));
    assert.equal(run.chainId, devnet.chainId);
    const response = await fetch(`${devnet.rpc}/readyz`);
    assert.equal(response.status, 200);
    assert.ok((await devnet.client.getHead()).height >= 1);
  });

  it('shows the metrics of every node on one page, no sample twice', async () => {
    const page = await (await fetch(`${devnet.rpc}/metrics`)).text();
    const samples = page.split('\n').filter(line => line !== '' && !line.startsWith('#'));
    const names = samples.map(line => line.slice(0, line.lastIndexOf(' ')));
    assert.equal(new Set(names).size, names.length);
    assert.equal(names.filter(name => name.startsWith('devnet_height{')).length, 4);
    const labels = names.map(name => [...name.matchAll(/[{,](\w+)="/g)].map(match => match[1]));
    assert.ok(labels.every(list => new Set(list).size === list.length));
  });

  it('streams the logs of every node', async () => {
    const leave = new AbortController();
    const { body } = await fetch(`${devnet.rpc}/logs`, { signal: leave.signal });
    const started = new Set<string | undefined>();
    let text = '';
    for await (const chunk of body ?? []) {
      text += Buffer.from(chunk).toString();
      for (const [, node] of text.matchAll(/"node":(\d+),"line":.*node started/g)) started.add(node);
      if (started.size === devnet.nodes.length) break;
    }
    leave.abort();
    assert.deepEqual([...started].sort(), ['0', '1', '2', '3']);
  });

  it('moves money by name, exactly', async () => {
    const before = await devnet.json<{ free: string }>('balance', 'bob');
    const { fee } = await devnet.json<{ fee: string }>('transfer', 'alice', 'bob', '1.5');
    assert.ok(BigInt(fee) > 0n);
    const after = await devnet.json<{ free: string }>('balance', 'bob');
    assert.equal(BigInt(after.free) - BigInt(before.free), 1_500_000_000n);
    await devnet.json('faucet', 'bob', '10');
    const rich = await devnet.json<{ free: string }>('balance', 'bob');
    assert.equal(BigInt(rich.free) - BigInt(after.free), 10_000_000_000n);
  });

  it('registers modules, links them, holds reserves and stake', async () => {
    await devnet.json(
      'module',
      'register',
      'shop',
      '--from',
      'charlie',
      '--url',
      'http://127.0.0.1:1',
      '--price',
      'ask=0.01',
    );
    await devnet.json('module', 'register', 'helper', '--from', 'dave', '--url', 'http://127.0.0.1:2');
    await devnet.json('link', 'propose', 'shop', 'helper', '--from', 'charlie', '--share', '12.5');
    const alone = await devnet.cli('--json', 'link', 'accept', 'shop', 'helper', '--from', 'charlie');
    assert.equal(alone.code, 1, 'a link cannot be made by one side alone');
    const other = await devnet.cli('link', 'accept', 'shop', 'helper', '--from', 'dave', '--share', '50');
    assert.match(other.stderr, /proposed at 12\.5 %, not at 50 %/);
    const open = await devnet.cli('link', 'proposals', '--from', 'dave');
    assert.match(open.stdout, /shop\s.*helper\s.*replica\s.*12\.5 %\s.*parent/);
    assert.match((await devnet.cli('link', 'proposals', '--from', 'charlie')).stdout, /no open proposals/);
    await devnet.json('link', 'accept', 'shop', 'helper', '--from', 'dave', '--share', '12.5');
    const reserved = await devnet.cli('escrow', 'reserve', 'shop', '5', '--from', 'alice');
    assert.match(
      reserved.stdout,
      /^5 tokens of alice are set aside for shop \(block \d+\)\n0x[0-9a-f]{64}\n$/,
    );
    const staked = await devnet.cli('stake', 'add', 'shop', '3', '--from', 'alice');
    assert.match(staked.stdout, /^3 tokens of alice staked on module \d+ \(block \d+\)\n0x[0-9a-f]{64}\n$/);
    await devnet.json('epoch', 'advance');
    const tree = await devnet.cli('link', 'tree', 'shop');
    assert.match(tree.stdout, /helper\s+replica 12\.5 %/);
    const account = await devnet.json<{ reserved: string; staked: string }>('balance', 'alice');
    assert.equal(account.reserved, '5000000000');
    assert.equal(account.staked, '3000000000');
  });

  it('decides by stake: a proposal, a vote, and what they change', async () => {
    const [{ validator } = { validator: '' }] = await devnet.json<{ validator: string }[]>('stake', 'show');
    const validators = await devnet.cli('stake', 'show');
    assert.deepEqual(validators.stdout.match(/(?<=1000 +)\d$/gm)?.sort(), ['0', '1', '2', '3']);
    await devnet.json('stake', 'add', validator, '3000', '--from', 'eve');
    await devnet.json('epoch', 'advance');
    const { proposal, endEpoch } = await devnet.json<{ proposal: number; endEpoch: number }>(
      ...['gov', 'propose', 'set', 'more at stake', 'slashBps=1000', 'bond=25tokens', '--from', 'ferdie'],
    );
    const voted = await devnet.cli('gov', 'vote', `${proposal}`, 'yes', '--from', 'eve');
    assert.match(voted.stdout, /^yes on proposal 0 with 3000 tokens\n0x[0-9a-f]{64}\n$/);
    assert.match((await devnet.cli('gov', 'list', '--open')).stdout, /more at stake .*open, passed so far/);
    const { epoch } = await devnet.client.getCurrentEpoch();
    await devnet.json('epoch', 'advance', `${endEpoch - epoch}`);
    const shown = await devnet.cli('gov', 'show', `${proposal}`);
    assert.match(shown.stdout, /^bond becomes 25000000000$/m);
    assert.match(shown.stdout, /^passed in block \d+: yes 3000, .*; bond of 10 tokens given back$/m);
    assert.match(shown.stdout, /^eve +yes +3000 *$/m);
    assert.match((await devnet.cli('gov', 'params')).stdout, /^slashBps +1000 /m);
    const late = await devnet.cli('gov', 'vote', `${proposal}`, 'no', '--from', 'eve');
    assert.equal(late.code, 1);
    assert.match(late.stderr, /^VOTING_CLOSED/);
    assert.match((await devnet.cli('gov', 'vote', '0', 'maybe', '--from', 'eve')).stderr, /maybe is no vote/);
    const wrong = await devnet.cli('gov', 'propose', 'set', 'x', 'graceEpochs=9', '--from', 'eve');
    assert.match(wrong.stderr, /there is no parameter graceEpochs/);
  });

  it('all nodes show the same state root at the same height', async () => {
    const { height } = await devnet.client.getHead();
    const roots = await Promise.all(
      devnet.nodes.map(({ rpc }) =>
        eventually(async () => (await createClient(rpc).getBlock({ block: height })).header.stateRoot),
      ),
    );
    assert.equal(new Set(roots).size, 1);
  });

  it('tells what is wrong, with the exit code that scripts rely on', async () => {
    const cases: readonly [args: string[], code: number, pattern: RegExp][] = [
      [['transfer', 'alice', 'bob', '1e3'], 2, /not an amount/],
      [['transfer', 'alice', 'nobody', '1'], 1, /UNKNOWN_ACCOUNT/],
      [['transfer', 'alice', 'bob', '99999999'], 1, /INSUFFICIENT/],
      [['transfer', 'alice'], 2, /missing required argument 'to'\n\(devnet transfer --help shows/],
      [['--rpc', 'localhost', 'balance', 'alice'], 2, /localhost is no RPC address/],
      [['key', 'new', 'alice', '--plain'], 1, /KEY_NAME_TAKEN/],
      [['trace', '0x12'], 2, /0x12 is no hash and no epoch/],
      [['receipts', 'verify', 'nothing.jsonl'], 1, /^NO_SUCH_FILE: nothing\.jsonl does not exist$/m],
      [['dance'], 2, /unknown command/],
      [['link', 'propose', 'shop', 'shop', '--from', 'charlie', '--share', '1'], 1, /SELF_LINK/],
      [['link', 'propose', 'helper', 'shop', '--from', 'dave', '--share', '1'], 1, /CYCLE/],
    ];
    for (const [args, code, pattern] of cases) {
      const finished = await devnet.cli(...args);
      assert.equal(finished.code, code, `${args.join(' ')}: ${finished.stderr}`);
      assert.match(finished.stderr, pattern);
      assert.equal(finished.stdout, '');
    }
    const failure = await devnet.cli('--json', 'transfer', 'alice', 'nobody', '1');
    const value = JSON.parse(failure.stdout);
    assert.equal(value.ok, false);
    assert.equal(value.name, 'UNKNOWN_ACCOUNT');
    assert.ok(value.hint.length > 0);
    const usage = JSON.parse((await devnet.cli('--json', 'transfer', 'alice')).stdout);
    assert.deepEqual(usage, {
      ok: false,
      code: 2,
      name: 'USAGE',
      message: "missing required argument 'to'",
      hint: 'devnet transfer --help shows how it is used',
    });
  });

  it('a second one in the directory is refused with exit code 4', async () => {
    const { code, stderr } = await cli(devnet.directory, 'up', '--port', '0');
    assert.equal(code, 4);
    assert.match(stderr, /DIRECTORY_IN_USE/);
  });

  it('a port in use is refused with exit code 4, and names the port', async () => {
    const server = createServer();
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as { port: number };
    const directory = freshDirectory();
    try {
      const { code, stderr } = await cli(directory, 'up', '--port', `${port}`);
      assert.equal(code, 4);
      assert.match(stderr, new RegExp(`PORT_IN_USE.*${port}`));
    } finally {
      server.close();
      removeDirectory(directory);
    }
  });

  it('a node that is killed from outside is reported, the others go on, and it starts again and catches up', async () => {
    const victim = devnet.nodes[3];
    assert.ok(victim);
    process.kill(victim.pid, 'SIGKILL');
    await devnet.noted(/node 3 was ended by SIGKILL; it starts again in 1 s/);
    await devnet.json('transfer', 'alice', 'bob', '1');
    const { height } = await devnet.client.getHead();
    const status = await eventually(async () => {
      const { nodes } = await devnet.json<{ nodes: { index: number; rpc: string; height?: number }[] }>(
        'status',
      );
      const node = nodes.find(({ index }) => index === 3);
      return (node?.height ?? 0) >= height ? node : undefined;
    }, 30_000);
    assert.ok(status);
    const [own, other] = await Promise.all([
      createClient(status.rpc).getBlock({ block: height }),
      devnet.client.getBlock({ block: height }),
    ]);
    assert.equal(own.header.stateRoot, other.header.stateRoot);
  });

  it('Ctrl-C ends everything within 5 s and leaves no orphan', async () => {
    const { nodes } = await devnet.json<{ nodes: { pid: number }[] }>('status');
    const started = Date.now();
    assert.equal(await devnet.end('SIGINT'), 130);
    await Promise.all(nodes.map(({ pid }) => gone(pid, 5_000 - (Date.now() - started))));
    assert.equal((await cli(devnet.directory, 'status')).code, 3);
  });

  it('a second up resumes the chain, and nothing was lost', async () => {
    const again = await up(devnet.directory);
    try {
      assert.equal(again.chainId, devnet.chainId);
      const account = await again.json<{ reserved: string; staked: string }>('balance', 'alice');
      assert.equal(account.reserved, '5000000000');
      assert.equal(account.staked, '3000000000');
      await again.json('transfer', 'alice', 'bob', '1');
    } finally {
      await again.end('SIGTERM');
    }
  });

  it('other settings than the chain was made with are named; --reset starts anew', async () => {
    const { code, stderr } = await cli(devnet.directory, 'up', '--port', '0', '--nodes', '1');
    assert.equal(code, 1);
    assert.match(stderr, /CHAIN_DIFFERS.*nodes 4, not 1[\s\S]*--reset/);
    const fresh = await up(devnet.directory, '--reset', '--nodes', '1');
    try {
      assert.notEqual(fresh.chainId, devnet.chainId);
      assert.equal(fresh.nodes.length, 1);
      assert.equal((await fresh.client.getNodeInfo()).ordering, 'instant');
      await fresh.json('transfer', 'alice', 'bob', '1');
    } finally {
      await fresh.end('SIGTERM');
    }
  });

  it('Ctrl-C before it is ready ends everything too', async () => {
    const fresh = freshDirectory();
    assert.equal(await upAndEnd(fresh, 'SIGINT'), 130);
    // A node left behind would still hold its store.
    const again = await up(fresh);
    await again.end('SIGTERM');
    removeDirectory(fresh);
  });

  it('nodes end by themselves when the supervisor is killed', async () => {
    const killed = await up(devnet.directory, '--reset', '--nodes', '2');
    await killed.end('SIGKILL');
    await Promise.all(killed.nodes.map(({ pid }) => gone(pid, 5_000)));
    const again = await up(devnet.directory);
    assert.equal(again.chainId, killed.chainId, 'and the directory can be used again');
    await again.end('SIGTERM');
  });
});
