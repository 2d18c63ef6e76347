/** Whether a cluster is ready, and what it waits for. */
import { z } from 'zod';
import { CliError } from '../errors.ts';
import type { Keeper } from './keeper.ts';
import { reachable } from './ports.ts';

const READY_DEADLINE_MS = 60_000;

export interface ClusterReadiness {
  /** What it waits for; empty when it is ready. */
  readonly reasons: readonly string[];
  /** What is wrong although it may be ready. */
  readonly warnings: readonly string[];
}

/** What each node says that it waits for, and what it warns of. */
export async function clusterReadiness(keepers: readonly Keeper[], host: string): Promise<ClusterReadiness> {
  const answers = await Promise.all(
    keepers.map(async ({ index, state, message }) => {
      const told =
        state !== 'running' || message === null
          ? { reasons: [`is ${state}`], warnings: [] }
          : await nodeReadiness(`http://${reachable(host)}:${message.rpcPort}/readyz`);
      const named = (lines: readonly string[]): string[] => lines.map(line => `node ${index} ${line}`);
      return { reasons: named(told.reasons), warnings: named(told.warnings) };
    }),
  );
  return {
    reasons: answers.flatMap(({ reasons }) => reasons),
    warnings: answers.flatMap(({ warnings }) => warnings),
  };
}

const Told = z.object({ ready: z.boolean(), reasons: z.array(z.string()), warnings: z.array(z.string()) });

/** Of one node. One that is just dying does not answer at all. */
export async function nodeReadiness(url: string): Promise<ClusterReadiness> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    const { ready, reasons, warnings } = Told.parse(await response.json());
    if (ready) return { reasons: [], warnings: warnings.map(line => `warns: ${line}`) };
    // On the way to a start that takes too long, whatever is wrong may be why.
    return { reasons: [`is not ready: ${[...reasons, ...warnings].join('; ')}`], warnings: [] };
  } catch (error) {
    return {
      reasons: [`does not answer: ${error instanceof Error ? error.message : String(error)}`],
      warnings: [],
    };
  }
}

/** @throws CliError NOT_READY with what is missing, when the work has not ended within the deadline */
export async function withReadyDeadline<T>(
  work: Promise<T>,
  missing: () => Promise<readonly string[]>,
  deadlineMs = READY_DEADLINE_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(async () => {
      const reasons = (await missing()).join('; ');
      reject(
        new CliError(
          'NOT_READY',
          `the devnet was not ready within ${deadlineMs / 1000} s: ${reasons}`,
          'devnet logs shows what the nodes say',
          3,
        ),
      );
    }, deadlineMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
