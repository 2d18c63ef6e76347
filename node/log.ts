import pino from 'pino';
import type { NodeOptions } from './options.ts';
import type { Log } from './ordering/types.ts';

export interface NodeLog extends Log {
  /** Writes out what is buffered; for the last words of a process. */
  flush(): void;
}

/** JSON lines on stdout or in a file, each with the name of the node. */
export function createLog(
  { name, logLevel }: Pick<NodeOptions, 'name' | 'logLevel'>,
  file?: string,
): NodeLog & { close(): void } {
  const destination = pino.destination({ dest: file ?? 1, mkdir: true, sync: false });
  const logger = pino(
    { base: { node: name }, level: logLevel, timestamp: pino.stdTimeFunctions.epochTime },
    destination,
  );
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    flush: () => destination.flushSync(),
    close() {
      // What is said later is said to nobody.
      logger.level = 'silent';
      destination.end();
    },
  };
}
