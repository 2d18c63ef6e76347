import { join, resolve } from 'node:path';
import { CliError, EXIT } from '../errors.ts';
import type { Answer } from '../output.ts';
import { isAlive, readOwner } from '../supervisor/lock.ts';

const DEADLINE_MS = 8_000;

/** `devnet down`: stops the devnet of a directory and waits until it is gone. */
export async function down(directory: string): Promise<Answer> {
  const pid = readOwner(join(directory, 'lock'));
  if (pid === null || !isAlive(pid))
    throw new CliError(
      'NOT_RUNNING',
      `no devnet runs in ${resolve(directory)}`,
      'nothing is to be stopped, unless it is in another directory: --dir',
      EXIT.notReady,
    );
  process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + DEADLINE_MS;
  while (isAlive(pid)) {
    if (Date.now() > deadline)
      throw new CliError(
        'STILL_RUNNING',
        `process ${pid} has not ended within ${DEADLINE_MS / 1000} s`,
        `kill -9 ${pid} ends it; its nodes follow`,
      );
    await new Promise(done => setTimeout(done, 20));
  }
  return { value: { ok: true, pid }, text: 'stopped' };
}
