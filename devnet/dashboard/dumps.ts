/** The state of the devnet as a file of this browser, and back. */
import type { LoadPartJson } from '../../node/client/wireDev.ts';
import { act } from './acting.ts';
import { loadParts } from './dumpParts.ts';
import { grouped } from './format.ts';
import { fromHex } from './hex.ts';
import { gateway } from './transport.ts';

/** The whole state is read or written. */
const LONG_MS = 120_000;

/** Asks for all parts, and hands the file to the browser as a download. */
export const saveDump = (): Promise<void> =>
  act(async () => {
    const ask = (params: object) => gateway.request('dev_dump', params, { timeoutMs: LONG_MS });
    const { dump, parts, bytes, chainId, height, data } = await ask({});
    const found = [fromHex(data)];
    for (let part = 1; part < parts; part++) found.push(fromHex((await ask({ dump, part })).data));
    const file = new Blob(found);
    if (file.size !== bytes) throw new Error(`the dump has ${file.size} bytes, not ${bytes}`);
    const name = `${chainId}-${height}.dump`;
    download(name, file);
    return `${name}: the state after block ${height}, ${grouped(bytes)} bytes`;
  });

function download(name: string, file: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The node judges what the file is; here it is only cut into parts. */
export const loadDump = (file: Blob): Promise<void> =>
  act(async () => {
    const parts = loadParts(new Uint8Array(await file.arrayBuffer()));
    let answer: LoadPartJson = { missing: parts.length, loaded: null };
    for (const part of parts) answer = await gateway.request('dev_load', part, { timeoutMs: LONG_MS });
    const { loaded } = answer;
    if (loaded === null)
      throw new Error('parts of the dump were lost: the node was restarted, or somebody else loads one');
    return `Block ${loaded.height} has the state of ${loaded.from.chainId} after block ${loaded.from.height}`;
  });
