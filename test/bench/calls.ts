import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freshDirectory, removeDirectory } from '../e2e/support.ts';
import { type Figure, median } from './report.ts';

const ROUNDS = 5;
const CALLERS = 10_000;

const programOf = (name: string): string => fileURLToPath(new URL(`./calls/${name}`, import.meta.url));

/**
 * Paid calls through one module server against bare node:http servers that get and give the same bytes, in turn:
 * signatures of clients verified, receipts signed and synced, all ed25519. One of the others does nothing, one verifies
 * and signs, but keeps nothing. And what ten thousand callers at once cost.
 */
export async function calls(): Promise<Figure[]> {
  const directory = freshDirectory();
  const served = await start('server.ts', directory);
  const bare = await start('bare.ts');
  const signing = await start('bare.ts', 'signed');
  const load = await start('load.ts');
  try {
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round++)
      rounds.push({
        served: await rateOf(served, load, served.address),
        bare: await rateOf(bare, load, served.address),
        signing: await rateOf(signing, load, served.address),
      });
    const before = await ask<number>(served.child, { kind: 'memory' });
    const crowd = ask<number>(load.child, {
      kind: 'crowd',
      url: served.url,
      server: served.address,
      callers: CALLERS,
    });
    const peak = await ask<number>(served.child, { kind: 'crowd', callers: CALLERS });
    const answered = await crowd;
    if (answered !== CALLERS) throw new Error(`${answered} of ${CALLERS} callers were answered`);
    const middle = (of: (round: Round) => number): number => median(rounds.map(of));
    const whole = (value: number): string => `${Math.round(value)}`;
    return [
      { name: 'paid calls a second', value: whole(middle(round => round.served.rate)), aim: '' },
      { name: 'bare node:http, same run', value: whole(middle(round => round.bare.rate)), aim: '' },
      { name: 'bare with both signatures', value: whole(middle(round => round.signing.rate)), aim: '' },
      {
        name: 'ratio to bare',
        value: middle(({ served, bare }) => served.rate / bare.rate).toFixed(2),
        aim: '',
      },
      {
        name: 'ratio to bare with both signatures',
        value: middle(({ served, signing: other }) => served.rate / other.rate).toFixed(2),
        aim: '0.5',
      },
      {
        name: 'processor time a call: paid, bare, bare with signatures',
        value: [
          middle(round => round.served.us),
          middle(round => round.bare.us),
          middle(round => round.signing.us),
        ]
          .map(us => `${whole(us)} us`)
          .join(', '),
        aim: '',
      },
      {
        name: `memory of ${CALLERS} callers at once`,
        value: `${((peak - before) / 2 ** 20).toFixed(0)} MiB`,
        aim: '',
      },
    ];
  } finally {
    for (const { child } of [served, bare, signing, load]) child.kill();
    removeDirectory(directory);
  }
}

interface Round {
  readonly served: Rate;
  readonly bare: Rate;
  readonly signing: Rate;
}

interface Rate {
  /** Calls a second. */
  readonly rate: number;
  /** Processor time of the server per call, all its threads, in microseconds. Less shy of other work on the machine. */
  readonly us: number;
}

async function rateOf(server: Started, load: Started, address: string): Promise<Rate> {
  const before = await ask<number>(server.child, { kind: 'processor' });
  const { rate, calls } = await ask<{ rate: number; calls: number }>(load.child, {
    kind: 'rate',
    url: server.url,
    server: address,
  });
  return { rate, us: ((await ask<number>(server.child, { kind: 'processor' })) - before) / calls };
}

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly address: string;
}

async function start(program: string, ...args: string[]): Promise<Started> {
  const child = fork(programOf(program), args);
  child.once('exit', code => {
    if (code) throw new Error(`${program} left with ${code}`);
  });
  const [ready] = (await once(child, 'message')) as [Omit<Started, 'child'>];
  return { child, ...ready };
}

async function ask<T>(child: ChildProcess, message: object): Promise<T> {
  child.send(message);
  const [answer] = await once(child, 'message');
  return answer as T;
}
