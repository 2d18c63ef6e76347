/**
 * Four validators make blocks as fast as they can, in turns alone and while one of them is flooded: by one peer, which is
 * banned for it and stays so, in each way that the tests know; and by somebody who comes back under a new identity after
 * each ban. The flood is made in this process: on two cores a part of what it costs is that somebody must compute it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Genesis } from '../../chain/index.ts';
import { decode, fromHex } from '../../consensus/interface/index.ts';
import { freshDirectory, type Running, removeDirectory, up } from '../e2e/support.ts';
import { ATTACKS, type Attack, createSpammer, type Spammer } from '../support/spam.ts';
import { type Figure, median, timed } from './report.ts';

const BLOCKS = 100;
const SWARM_ROUNDS = 4;
/** A flood that is not answered with a ban by then gives way to the next one. */
const FLOOD_MS = 2_000;

export async function spam(): Promise<readonly Figure[]> {
  const directory = freshDirectory();
  const devnet = await up(directory);
  try {
    const mine = async (): Promise<number> =>
      (BLOCKS * 1000) / (await timed(() => devnet.client.mine({ blocks: BLOCKS }))).ms;
    await mine();
    const alone: number[] = [];
    const single: number[] = [];
    const swarm: number[] = [];
    let bans = 0;
    const flooded = async (into: number[], attacks: readonly Attack[], comesBack: boolean): Promise<void> => {
      alone.push(await mine());
      const flood = startFlood(devnet, attacks, comesBack);
      into.push(await mine());
      bans += await flood.stop();
    };
    for (const attack of ATTACKS) await flooded(single, [attack], false);
    for (let round = 0; round < SWARM_ROUNDS; round++) await flooded(swarm, ATTACKS, true);
    const ratio = (rates: readonly number[]): string => (median(rates) / median(alone)).toFixed(2);
    return [
      { name: 'empty blocks a second, alone', value: median(alone).toFixed(0), aim: '' },
      { name: 'ratio while a peer floods one node, median', value: ratio(single), aim: '0.8' },
      { name: '  the worst of its floods', value: (Math.min(...single) / median(alone)).toFixed(2), aim: '' },
      { name: 'ratio while it comes back under new names', value: ratio(swarm), aim: '' },
      { name: 'identities banned', value: `${bans}`, aim: '' },
    ];
  } finally {
    await devnet.end('SIGTERM');
    removeDirectory(directory);
  }
}

/** Floods node 0 until it is stopped; then tells how many identities were banned. */
function startFlood(
  devnet: Running,
  attacks: readonly Attack[],
  comesBack: boolean,
): { stop(): Promise<number> } {
  const options = JSON.parse(readFileSync(join(devnet.directory, 'nodes/0/options.json'), 'utf8')) as {
    genesis: string;
    p2p: { port: number };
  };
  const genesis = decode(Genesis, fromHex(options.genesis));
  const victim = devnet.nodes[0]?.peerId ?? '';
  let height = 1;
  let running = true;
  let bans = 0;
  const work = (async () => {
    for (let turn = 0; running && (comesBack || turn === 0); turn++) {
      const attack = attacks[turn % attacks.length];
      if (attack === undefined) throw new TypeError('no attacks');
      height = (await devnet.client.getHead()).height;
      const spammer = createSpammer(genesis, victim, () => height);
      try {
        await spammer.network.start();
        spammer.network.connect(`/ip4/127.0.0.1/tcp/${options.p2p.port}`);
        if (await floodOnce(spammer, attack, () => running)) bans++;
      } finally {
        await spammer.network.stop();
      }
    }
  })();
  return {
    async stop() {
      running = false;
      await work;
      return bans;
    },
  };
}

/** True when the victim closed the connection, which it does to the banned. */
function floodOnce(spammer: Spammer, attack: Attack, wanted: () => boolean): Promise<boolean> {
  return new Promise(resolve => {
    const deadline = setTimeout(() => finish(false), FLOOD_MS);
    const again = setInterval(() => {
      if (!wanted()) finish(false);
      else if (attack.repeat === true) attack.flood(spammer);
    }, 20);
    const forget = spammer.network.onPeer(event => {
      if (event.kind === 'connected') attack.flood(spammer);
      if (event.kind === 'disconnected') finish(true);
    });
    const finish = (banned: boolean): void => {
      clearTimeout(deadline);
      clearInterval(again);
      forget();
      resolve(banned);
    };
  });
}
