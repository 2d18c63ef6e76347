/** The chain's epoch, kept current by its notices. */
import type { Chain } from './chain.ts';
import { messageOf } from './errors.ts';

export interface Epochs {
  current(): number;
  /** Epochs after the end of an epoch in which it can still be claimed. */
  readonly grace: number;
  /** Asks the chain; rejects if it does not answer. */
  refresh(): Promise<number>;
  stop(): Promise<void>;
}

/** Follows the chain's epochs; `onNotice` hears of each start of an epoch and of each finished settlement. */
export async function followEpochs(chain: Chain, onNotice: () => void): Promise<Epochs> {
  const { epoch: first, graceEpochs } = await chain.getCurrentEpoch();
  let current = first;
  const raise = (epoch: number): number => {
    current = Math.max(current, epoch);
    return current;
  };
  const refresh = async (): Promise<number> => raise((await chain.getCurrentEpoch()).epoch);
  const stop = await chain.subscribeEpochs({
    onEpoch: notice => {
      // A settlement's notice names the epoch that was closed, so a later one runs.
      raise(notice.kind === 'epoch' ? notice.epoch : notice.epoch + 1);
      onNotice();
    },
    onLag: () => {
      refresh().then(onNotice, reportUnreachable);
    },
  });
  // It may have begun between the question and the subscription.
  await refresh();
  return { current: () => current, grace: graceEpochs, refresh, stop };
}

/** The node comes back and its next notice corrects the epoch; until then the last known one holds. */
const reportUnreachable = (error: unknown): void => {
  process.emitWarning(`cannot ask the chain for its epoch: ${messageOf(error)}`);
};
