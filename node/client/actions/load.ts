import { checksumOf, LIMITS } from '../../../chain/index.ts';
import { toHex } from '../../../consensus/interface/index.ts';
import { clientError } from '../errors.ts';
import type { Transport } from '../transport/types.ts';
import { LONG_MS } from '../waitingTime.ts';
import type { LoadedJson, LoadPartJson } from '../wireDev.ts';

export interface LoadParameters {
  /** As {@link dump} made it. */
  readonly file: Uint8Array;
}
export type LoadReturnType = LoadedJson;

/**
 * A new block of the devnet has the state of a dump; resolves once it is final. Validators, the dev authority and the code
 * in force stay; heights, nonces and time go on. What fails leaves the state as it was.
 *
 * @example
 * const { height } = await client.load({ file });
 */
export async function load(transport: Transport, { file }: LoadParameters): Promise<LoadReturnType> {
  const size = LIMITS.loadPart;
  const parts = Math.max(1, Math.ceil(file.length / size));
  const dump = checksumOf(file);
  let answer: LoadPartJson | null = null;
  for (let part = 0; part < parts; part++) {
    const data = toHex(file.subarray(part * size, (part + 1) * size));
    const params = parts === 1 ? { data } : { data, part, parts, dump };
    answer = await transport.request('dev_load', params, { timeoutMs: LONG_MS });
  }
  if (answer === null || answer.loaded === null)
    throw clientError(
      'BAD_RESPONSE',
      'the node lost parts of the dump, and nothing was loaded',
      'another node took over, or somebody else loads a dump at the same time: load it again',
    );
  return answer.loaded;
}
