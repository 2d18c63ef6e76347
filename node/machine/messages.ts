/** What is said to the metered machine, and what it asks. */
import { account, bytes, optional, struct, type TypeOf, text } from '../../consensus/interface/index.ts';
import { BlockInfo, Job, JobResult, MAX_FRAME, Stack } from '../plugins/wire.ts';

/** Numbers of what the machine does. */
export const RUN = { describe: 0, perform: 1, examine: 2 } as const;
/** Numbers of what it asks while it does it. */
export const ASK = { read: 0, print: 1, sha256: 2, blake2b512: 3 } as const;

const words = text(64 * 1024);
export const Perform = struct({ job: Job, block: optional(BlockInfo) });
export const Performed = struct({ result: JobResult, stack: Stack });
export type Performed = TypeOf<typeof Performed>;
export const Examine = struct({
  chainId: words,
  call: struct({ method: words, sender: account, args: bytes(MAX_FRAME) }),
});
