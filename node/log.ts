import pino from 'pino';
import type { NodeOptions } from './options.ts';
import type { Log } from './ordering/types.ts';

export interface NodeLog extends Log {
  /** The last words of a process: resolves when all is written, or cannot be. What is said later is said to nobody. */
  end(): Promise<void>;
}

/** A disk that is full, or hangs, must not keep a process that ends. */
const LAST_WORDS_MS = 500;

/** JSON lines on stdout or in a file, each with the name of the node. */
export function createLog(
  { name, logLevel }: Pick<NodeOptions, 'name' | 'logLevel'>,
  file?: string,
): NodeLog {
  const destination = pino.destination({ dest: file ?? 1, mkdir: true, sync: false });
  // Where a log cannot be written there is no place to say so; the node goes on, as long as its store can.
  destination.on('error', () => undefined);
  const logger = pino(
    { base: { node: name }, level: logLevel, timestamp: pino.stdTimeFunctions.epochTime },
    destination,
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    // Not `flushSync`, which tries for ever where the disk is full (sonic-boom 4.2); pino calls it for what is left at the
    // end of a process, unless it is destroyed.
    end: () =>
      new Promise(resolve => {
        logger.level = 'silent';
        const giveUp = (): void => {
          destination.destroy();
          resolve();
        };
        const timer = setTimeout(giveUp, LAST_WORDS_MS);
        destination.once('error', giveUp);
        destination.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
        destination.end();
      }),
  };
}
