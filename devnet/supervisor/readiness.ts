/** Whether a cluster is ready, and what it waits for. */
import { CliError } from '../errors.ts';
import type { Keeper } from './keeper.ts';
import { reachable } from './ports.ts';

const READY_DEADLINE_MS = 60_000;

/** What each node says that it still waits for. */
export async function missing(keepers: readonly Keeper[], host: string): Promise<string[]> {
  const answers = await Promise.all(
    keepers.map(async ({ index, state, message }) => {
      if (state !== 'running' || message === null) return [`node ${index} is ${state}`];
      const reason = await notReady(`http://${reachable(host)}:${message.rpcPort}/readyz`);
      return reason === null ? [] : [`node ${index} ${reason}`];
    }),
  );
  return answers.flat();
}

/** Why a node is not ready; null if it is. A node that is just dying does not answer at all. */
async function notReady(url: string): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok ? null : 'is not ready';
  } catch (error) {
    return `does not answer: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** @throws CliError NOT_READY with what is missing, when the work has not ended within the deadline */
export async function withReadyDeadline<T>(
  work: Promise<T>,
  missing: () => Promise<readonly string[]>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(async () => {
      const reasons = (await missing()).join(', ');
      reject(
        new CliError(
          'NOT_READY',
          `the devnet was not ready within ${READY_DEADLINE_MS / 1000} s: ${reasons}`,
          'devnet logs shows what the nodes say',
          3,
        ),
      );
    }, READY_DEADLINE_MS);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
