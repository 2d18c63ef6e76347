/** The chain's epoch, kept current by its notices. */
import type { Chain } from './chain.ts';

export interface Epochs {
  current(): number;
  /** Epochs after the end of an epoch in which it can still be claimed. */
  readonly grace: number;
  /** Asks the chain; rejects if it does not answer. */
  refresh(): Promise<number>;
  stop(): Promise<void>;
}

/** Follows the chain's epochs; `onChange` hears of each higher one, once. */
export async function followEpochs(chain: Chain, onChange: (epoch: number) => void): Promise<Epochs> {
  let current = -1;
  const raise = (epoch: number): number => {
    if (epoch > current) {
      const first = current < 0;
      current = epoch;
      if (!first) onChange(epoch);
    }
    return current;
  };
  const refresh = async (): Promise<number> => raise((await chain.getCurrentEpoch()).epoch);
  const { epoch, graceEpochs } = await chain.getCurrentEpoch();
  raise(epoch);
  const stop = await chain.subscribeEpochs({
    onEpoch: notice => {
      // A settlement's notice names the epoch that was closed, so a later one runs.
      raise(notice.kind === 'epoch' ? notice.epoch : notice.epoch + 1);
    },
    onLag: () => {
      refresh().catch(reportUnreachable);
    },
  });
  return { current: () => current, grace: graceEpochs, refresh, stop };
}

/** The node comes back and its next notice corrects the epoch; until then calls are checked against the last known one. */
const reportUnreachable = (error: unknown): void => {
  process.emitWarning(`cannot ask the chain for its epoch: ${String(error)}`);
};
