/** The part that a server takes in trees: parents that may call it, links that it accepts, routers that it opens. */
import { startAcceptor } from '../tree/acceptor.ts';
import { systemClock } from '../tree/clock.ts';
import { followNeighbours } from '../tree/neighbours.ts';
import type { LinkPolicy } from '../tree/policy.ts';
import type { Functions } from './definition.ts';
import type { ModuleHost } from './host.ts';

export interface TreePart {
  isParent(address: string): Promise<boolean>;
  stop(): Promise<void>;
}

/** Opens what the definition asks for, and nothing else. Rejects, with everything closed, if a part of it fails. */
export async function openTree(
  host: ModuleHost,
  functions: Functions,
  links: LinkPolicy | undefined,
): Promise<TreePart> {
  const { key, chain, log } = host;
  const closers: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  let parents: ReadonlySet<string> = new Set();
  let lookAgain = async (): Promise<void> => undefined;
  try {
    for (const { open } of functions.values()) if (open !== undefined) closers.push(await open(host));
    const watched = { chain, address: key.address, log, clock: systemClock };
    if ([...functions.values()].some(({ allow }) => allow === 'parents')) {
      const followed = await followNeighbours({
        ...watched,
        side: 'parents',
        onChange: found => {
          parents = new Set(found.map(({ address }) => address));
        },
      });
      closers.push(followed.stop);
      lookAgain = atMostEvery(LOOK_MS, followed.refresh);
    }
    if (links !== undefined) {
      const acceptor = await startAcceptor({ chain, key, policy: links, log, clock: systemClock });
      closers.push(acceptor.stop);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async isParent(address) {
      if (!parents.has(address)) await lookAgain();
      return parents.has(address);
    },
    stop,
  };
}

/** Strangers must not be able to make a server ask its node more often. */
const LOOK_MS = 250;

function atMostEvery(ms: number, work: () => Promise<void>): () => Promise<void> {
  let last = Number.NEGATIVE_INFINITY;
  let running = Promise.resolve();
  return () => {
    if (Date.now() - last < ms) return running;
    last = Date.now();
    running = work();
    return running;
  };
}
