/** Stake-time tokens as the compliance suite sees them; loaded by fresh processes too. */
import type { Subject } from '../../../consensus/compliance/index.ts';
import { stakeTime } from '../../../examples/stake-time/src/index.ts';
import { params, samples } from '../../../examples/stake-time/test/samples.ts';

export const subject: Subject = { module: stakeTime, params, samples };
