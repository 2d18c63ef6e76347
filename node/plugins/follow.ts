/** A node and the registry of its chain: code that is to come is loaded ahead, and what is missing is said early. */
import { codeName, type PinnedCode, type State } from '../../chain/index.ts';
import type { NodeApplication } from '../application.ts';
import { messageOf, NodeError } from '../errors.ts';
import { codeForLater, type WantedCode } from '../mechanisms.ts';
import type { Log } from '../ordering/types.ts';
import type { Runner } from './runner.ts';

export interface FollowOptions {
  readonly application: Pick<NodeApplication, 'tip' | 'onCommit'>;
  readonly runner: Pick<Runner, 'load' | 'keep'>;
  readonly log: Log;
}

/** Looks after each block whether the plugins directory has what is missing. Answers with what is. */
export function followCode({ application, runner, log }: FollowOptions): () => readonly PinnedCode[] {
  let wanted: readonly WantedCode[] = [];
  let missing = new Map<string, WantedCode>();
  let isRunning = false;

  async function follow(state: State): Promise<void> {
    const before = wanted;
    wanted = codeForLater(state);
    const lacking = new Map<string, WantedCode>();
    for (const one of wanted) if (!(await isHere(one))) lacking.set(nameOf(one), one);
    missing = lacking;
    // One block longer than it is named: calls may be on their way that were sent to it.
    await runner.keep([...before, ...wanted]);
  }

  async function isHere(one: WantedCode): Promise<boolean> {
    try {
      await runner.load([one]);
      if (missing.has(nameOf(one))) log.info({ code: nameOf(one) }, 'code of a consensus module is here now');
      return true;
    } catch (error) {
      if (!missing.has(nameOf(one))) warn(one, error);
      return false;
    }
  }

  function warn(one: WantedCode, error: unknown): void {
    const hint = error instanceof NodeError ? error.hint : undefined;
    const until = 'activationEpoch' in one ? one.activationEpoch : undefined;
    log.error(
      { code: nameOf(one), err: error, hint, epoch: until },
      `this node stops before the epoch in which it needs code that it cannot load: ${messageOf(error)}`,
    );
  }

  /** While it runs, later blocks need not start it again: the next one after it does. */
  function start(): void {
    if (isRunning) return;
    isRunning = true;
    follow(application.tip().state)
      .catch((error: unknown) => log.error({ err: error }, 'the code of the chain could not be followed'))
      .finally(() => {
        isRunning = false;
      });
  }

  start();
  application.onCommit(start);
  return () => [...missing.values()].map(({ name, version, codeHash }) => ({ name, version, codeHash }));
}

const nameOf = (one: WantedCode): string => `${one.id}: ${codeName(one)}, code hash ${one.codeHash}`;
