/** Code that was to come into force and crashed instead: the chain goes on without it, so only a log has the reason. */
import type { Answered } from '../../chain/index.ts';
import type { Log } from '../ordering/types.ts';

/** Of a block that came out: everything else that crashes keeps a block from coming out. */
export function tellFaults(answers: readonly Answered[], height: number, log: Log): void {
  for (const { place, answer } of answers)
    if (answer.kind === 'fault')
      log.error(
        { consensus: place.consensus, method: place.method, height, err: answer.error },
        'a consensus module does not come into force: its code gave no answer',
      );
}
