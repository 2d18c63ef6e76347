/** Looking at the chain again whenever something may have changed there, without asking in between. */
import type { Chain } from '../chain.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../server/site.ts';
import type { Clock } from './clock.ts';

export interface WatchOptions {
  readonly chain: Chain;
  /** Whose transactions are listened to as long as no module is known: it may register one. */
  readonly address: string;
  /** Looks at the chain; resolves with the ids of the modules whose changes matter. */
  readonly look: () => Promise<readonly number[]>;
  readonly log: Log;
  readonly clock: Clock;
}

export interface Watch {
  /** Looks now; resolves after a look that began after this call. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/** Resolves after the first look; rejects if that fails. */
export async function watch({ chain, address, look, log, clock }: WatchOptions): Promise<Watch> {
  let heard: { readonly ids: string; readonly stop: () => Promise<void> } | null = null;
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;
  let pauseMs = FIRST_PAUSE_MS;
  let forgetRetry = (): void => undefined;

  async function lookAll(): Promise<void> {
    do {
      again = false;
      const ids = await look();
      // What has changed between the look and the subscription is seen by one more look.
      if (await listen(ids)) again = true;
    } while (again && !stopped);
  }

  /** Whether it listens to others than before. */
  async function listen(ids: readonly number[]): Promise<boolean> {
    const wanted = [...ids].sort((a, b) => a - b).join();
    if (stopped || heard?.ids === wanted) return false;
    const earlier = heard;
    const filter = ids.length === 0 ? { account: address } : { modules: ids };
    const stop = await chain.subscribeTransactions({ ...filter, onTransaction: wake, onLag: wake });
    heard = { ids: wanted, stop };
    await earlier?.stop();
    return true;
  }

  function refresh(): Promise<void> {
    if (stopped) return Promise.resolve();
    forgetRetry();
    if (running !== null) {
      again = true;
      return running;
    }
    running = lookAll().finally(() => {
      running = null;
    });
    return running;
  }

  function wake(): void {
    refresh().then(
      () => {
        pauseMs = FIRST_PAUSE_MS;
      },
      (error: unknown) => {
        log.warn({ error: messageOf(error), pauseMs }, 'cannot ask the chain for links, will try again');
        forgetRetry();
        if (stopped) return;
        forgetRetry = clock.after(pauseMs, wake);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      },
    );
  }

  const stopEpochs = await chain.subscribeEpochs({ onEpoch: wake, onLag: wake });
  const stop = async (): Promise<void> => {
    stopped = true;
    forgetRetry();
    await stopEpochs();
    await running?.catch((error: unknown) => log.warn({ error: messageOf(error) }, 'stopped while asking'));
    await heard?.stop();
  };
  try {
    await refresh();
  } catch (error) {
    await stop();
    throw error;
  }
  return { refresh, stop };
}
