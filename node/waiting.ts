import type { NodeApplication } from './application.ts';
import { NodeError } from './errors.ts';

/** Milliseconds after which somebody who waits for a block is told that none came. */
const PATIENCE = 60_000;

/**
 * Resolves after the first commit for which `answer` gives something, or at once if it does so now. Rejects with
 * {@link NodeError} DEV_FAILED when there is no answer for a minute.
 */
export function untilCommit<T>(
  application: NodeApplication,
  what: string,
  answer: () => T | undefined,
): Promise<T> {
  const now = answer();
  if (now !== undefined) return Promise.resolve(now);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      forget();
      const height = application.tip().height;
      const message = `${what} did not happen within ${PATIENCE / 1000} s; the chain is at height ${height}`;
      reject(
        new NodeError(
          'DEV_FAILED',
          message,
          'check with devnet status that more than two thirds of the validators run',
        ),
      );
    }, PATIENCE).unref();
    const forget = application.onCommit(() => {
      const result = answer();
      if (result === undefined) return;
      clearTimeout(timer);
      forget();
      resolve(result);
    });
  });
}
