/** Loading the state of a dump into the running cluster: tried here first, then carried to all as transactions. */
import { type DevOperation, type Dump, decodeDump, LIMITS, loadedDraft } from '../chain/index.ts';
import type { Loaded } from './api.ts';
import type { NodeApplication } from './application.ts';
import type { Runner } from './plugins/runner.ts';

export interface LoadOptions {
  readonly application: NodeApplication;
  readonly runner: Pick<Runner, 'mechanisms'>;
  /** Sends a dev transaction; resolves once it is final and has succeeded. */
  readonly operate: (operation: DevOperation) => Promise<{ readonly height: number }>;
  /** Whether the chain itself refused the operation. */
  readonly isRefusal: (error: unknown) => boolean;
}

/** Throws {@link ChainError} for what is wrong with the file or does not fit this chain: then nothing was sent. */
export async function loadDump(file: Uint8Array, options: LoadOptions): Promise<Loaded> {
  const decoded = decodeDump(file);
  requireLoadable(decoded, options);
  const { hash: dump, header } = decoded;
  const { operate } = options;
  const size = LIMITS.loadPart;
  try {
    for (let index = 0; index * size < file.length; index++)
      await operate({ kind: 'loadPart', dump, index, data: file.slice(index * size, (index + 1) * size) });
    const { height } = await operate({ kind: 'load', dump });
    return { height, dump, from: { chainId: header.chainId, height: header.height } };
  } catch (error) {
    // Where no transaction becomes final, this one would not either: the next load forgets the parts.
    if (options.isRefusal(error)) await operate({ kind: 'abandonLoad' });
    throw error;
  }
}

/** What the chain would find out after all parts have come. */
function requireLoadable(dump: Dump, { application, runner }: LoadOptions): void {
  const { state, height, time, head } = application.tip();
  const block = { height: height + 1, time: time + 1, proposer: head.header.proposer };
  loadedDraft({ base: state, block, code: runner.mechanisms(state) }, dump);
}
