import { checksumOf, joined } from '../../../chain/index.ts';
import { fromHex } from '../../../consensus/interface/index.ts';
import { clientError } from '../errors.ts';
import type { Transport } from '../transport/types.ts';
import { LONG_MS } from '../waitingTime.ts';
import type { DumpPartJson } from '../wireDev.ts';

export interface DumpReturnType {
  /** Its checksum. */
  readonly dump: string;
  readonly chainId: string;
  /** Of the block after which it was taken. */
  readonly height: number;
  readonly file: Uint8Array;
}

/**
 * The state of a devnet after its last block, as a file that {@link load} gives to another one.
 *
 * @example
 * const { file } = await client.dump();
 */
export async function dump(transport: Transport): Promise<DumpReturnType> {
  const ask = (params: { readonly dump?: string; readonly part?: number }): Promise<DumpPartJson> =>
    transport.request('dev_dump', params, { timeoutMs: LONG_MS });
  const first = await ask({});
  const { chainId, height, parts } = first;
  const data = [first.data];
  for (let part = 1; part < parts; part++) data.push((await ask({ dump: first.dump, part })).data);
  const file = joined(data.map(fromHex));
  if (checksumOf(file) !== first.dump)
    throw clientError('BAD_RESPONSE', 'the node sent parts of another dump than it named', 'ask again');
  return { dump: first.dump, chainId, height, file };
}
