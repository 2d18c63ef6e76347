/** What a terminal shows: a line while somebody waits, tables that fit, the banner. */
import assert from 'node:assert/strict';
import { banner } from '../../devnet/banner.ts';
import { table } from '../../devnet/output.ts';
import { type Waiting, withProgress } from '../../devnet/progress.ts';
import type { RunFile } from '../../devnet/supervisor/runFile.ts';

/** A clock that goes on when the test says so, and what was told on the way. */
function waitingAt(columns: number | undefined) {
  let time = 0;
  let tick = (): void => undefined;
  let isStopped = false;
  const told: string[] = [];
  const waiting: Waiting = {
    columns,
    now: () => time,
    every(_, each) {
      tick = each;
      return () => {
        isStopped = true;
      };
    },
    draw: text => told.push(`[${text}]`),
    note: text => told.push(text),
  };
  const pass = (ms: number): void => {
    time += ms;
    tick();
  };
  return { waiting, told, pass, isStopped: () => isStopped };
}

describe('who waits', () => {
  it('sees on a terminal what for, and nothing of it when it is over', async () => {
    const { waiting, told, pass, isStopped } = waitingAt(40);
    const made = await withProgress(
      'starting 4 nodes',
      async say => {
        pass(200);
        pass(200);
        say('a text that is much longer than any terminal is wide');
        pass(1_000);
        return 7;
      },
      waiting,
    );
    assert.equal(made, 7);
    assert.deepEqual(told, [
      '[starting 4 nodes ... 0.4 s]',
      '[a text that is much longer th ... 0.4 s]',
      '[a text that is much longer th ... 1.4 s]',
      '[]',
    ]);
    for (const line of told) assert.ok(line.length - 2 < 40);
    assert.ok(isStopped());
  });

  it('sees one plain line elsewhere, and none for what is quick', async () => {
    const quick = waitingAt(undefined);
    await withProgress('quick', async () => quick.pass(900), quick.waiting);
    assert.deepEqual(quick.told, []);
    const slow = waitingAt(undefined);
    await withProgress(
      'slow',
      async say => {
        slow.pass(1_000);
        say('slower');
        slow.pass(60_000);
      },
      slow.waiting,
    );
    assert.deepEqual(slow.told, ['slow ...']);
  });

  it('sees no line any more when it fails', async () => {
    const { waiting, told, pass, isStopped } = waitingAt(80);
    const failing = withProgress(
      'x',
      async () => {
        pass(500);
        throw new Error('no');
      },
      waiting,
    );
    await assert.rejects(failing, /^Error: no$/);
    assert.equal(told.at(-1), '[]');
    assert.ok(isStopped());
  });
});

describe('a table', () => {
  const head = ['name', 'address'];
  const rows = [
    ['alice', '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY'],
    ['bob', ''],
  ];

  it('that is too wide for the terminal is told row by row', () => {
    const wide = table(head, rows, [], 60);
    assert.equal(wide, table(head, rows, [], undefined));
    assert.match(wide, /^name +address\nalice {2}5Grw/);
    assert.equal(table(head, rows, [], 40), `name     alice\naddress  ${rows[0]?.[1]}\n\nname     bob`);
  });

  it('fits by what is seen, not by the codes of colours', () => {
    const painted = [['\u001b[31mred\u001b[39m', 'x']];
    assert.equal(table(['', ''], painted, [], 10), table(['', ''], painted, [], undefined));
  });
});

describe('the banner', () => {
  const runOf = (phrase: string, nodes: number): RunFile => ({
    chainId: 'devnet-12345678',
    pid: 1,
    rpc: 'http://127.0.0.1:18700',
    ws: 'ws://127.0.0.1:18700',
    dashboard: 'http://127.0.0.1:18700',
    nodes: Array.from({ length: nodes }, (_, index) => ({
      index,
      pid: 1,
      rpc: `http://127.0.0.1:${18_710 + 10 * index}`,
      peerId: '',
      validator: null,
      log: `${process.cwd()}/.devnet/nodes/${index}/node.log`,
    })),
    accounts: Array.from({ length: 12 }, (_, index) => ({
      name: `dev${index + 1}`,
      address: '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY',
      uri: `${phrase}//Dev${index + 1}`,
    })),
  });

  it('has 80 columns, whatever the phrase and however many nodes', () => {
    for (const phrase of [
      '',
      'legal winner thank year wave sausage worth useful legal winner thank yellow',
    ]) {
      const text = banner(runOf(phrase, 12), 1_234);
      for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
      assert.match(text, /after 1\.23 s: 12 nodes/);
      assert.match(text, /and 2 more: devnet accounts/);
      assert.ok(!text.includes('sausage'), 'a secret of somebody is not shown to whoever looks on');
      // Only the well-known ones are public.
      assert.equal(text.includes('These keys are public'), phrase === '');
    }
  });
});
