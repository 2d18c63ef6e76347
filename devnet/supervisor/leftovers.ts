/** Nodes of a supervisor that was killed. They follow it by themselves, unless they were paused at that moment. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CliError, EXIT } from '../errors.ts';
import { isAlive } from './lock.ts';
import { readRunFile, runFilePath } from './runFile.ts';

/** Longer than a node takes to notice that its parent is gone, and to end. */
const END_MS = 6_000;

/** Lets paused nodes go on, so that they end, and waits until all of them have. Call with the lock of the directory. */
export async function endLeftovers(directory: string): Promise<void> {
  const left = leftNodes(directory);
  for (const { pid } of left) process.kill(pid, 'SIGCONT');
  const deadline = performance.now() + END_MS;
  for (const { pid, index } of left)
    while (isAlive(pid)) {
      if (performance.now() > deadline)
        throw new CliError(
          'DIRECTORY_IN_USE',
          `node ${index} of an earlier devnet still runs as process ${pid}`,
          `kill -9 ${pid} ends it`,
          EXIT.inUse,
        );
      await pause(20);
    }
}

/** Those that run. */
export function leftNodes(directory: string): readonly { readonly index: number; readonly pid: number }[] {
  if (!existsSync(runFilePath(directory))) return [];
  return readRunFile(directory)
    .nodes.filter(({ pid, index }) => isAlive(pid) && isNodeOf(directory, index, pid))
    .map(({ index, pid }) => ({ index, pid }));
}

/** The number may belong to another process by now: the command line of a node names its directory. */
function isNodeOf(directory: string, index: number, pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-ww', '-o', 'args=', '-p', `${pid}`], { encoding: 'utf8' });
  return (stdout ?? '').includes(join(resolve(directory), 'nodes', `${index}`));
}
