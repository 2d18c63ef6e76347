import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freshDirectory, removeDirectory } from '../e2e/support.ts';
import { type Figure, median } from './report.ts';

const ROUNDS = 5;
const CALLERS = 10_000;

const programOf = (name: string): string => fileURLToPath(new URL(`./calls/${name}`, import.meta.url));

/**
 * Paid calls through one module server against a bare node:http server that gets and gives the same bytes, in turn:
 * signatures of clients verified, receipts signed and synced, all ed25519. And what ten thousand callers at once cost.
 */
export async function calls(): Promise<Figure[]> {
  const directory = freshDirectory();
  const served = await start('server.ts', directory);
  const bare = await start('bare.ts');
  const load = await start('load.ts');
  try {
    const rates: { served: number; bare: number }[] = [];
    for (let round = 0; round < ROUNDS; round++)
      rates.push({
        served: await ask<number>(load.child, {
          kind: 'rate',
          url: served.url,
          server: served.address,
          round,
        }),
        bare: await ask<number>(load.child, { kind: 'rate', url: bare.url, server: served.address, round }),
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
    return [
      {
        name: 'paid calls a second',
        value: `${Math.round(median(rates.map(rate => rate.served)))}`,
        aim: '',
      },
      {
        name: 'bare node:http a second, same run',
        value: `${Math.round(median(rates.map(rate => rate.bare)))}`,
        aim: '',
      },
      { name: 'ratio', value: median(rates.map(rate => rate.served / rate.bare)).toFixed(2), aim: '0.5' },
      {
        name: `memory of ${CALLERS} callers at once`,
        value: `${((peak - before) / 2 ** 20).toFixed(0)} MiB`,
        aim: '',
      },
    ];
  } finally {
    for (const { child } of [served, bare, load]) child.kill();
    removeDirectory(directory);
  }
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
