/** A real node behind its RPC, and a client that holds every result against its method's schema, as declared and as published. */
import assert from 'node:assert/strict';
import { keyPairFromUri } from '../../chain/index.ts';
import { type Client, createClient } from '../../node/client/index.ts';
import { METHODS, startRpc } from '../../node/rpc/index.ts';
import { withCluster } from '../node/support/cluster.ts';
import { nodeDocument, resultChecker } from './document.ts';
import { logInto } from './support.ts';

export const charlie = keyPairFromUri('//Charlie', 'ed25519');
export const dave = keyPairFromUri('//Dave', 'ecdsa');

const checkPublished = resultChecker(nodeDocument());

/** Methods that were asked. */
export const asked = new Set<string>();

const checkedFetch: typeof fetch = async (url, init) => {
  const { method } = JSON.parse(String(init?.body)) as { method: string };
  const response = await fetch(url, init);
  const text = await response.text();
  const { result, error } = JSON.parse(text);
  asked.add(method);
  if (error === undefined) {
    METHODS.get(method)?.result.parse(result);
    checkPublished(method, result);
  }
  return new Response(text, response);
};

export async function withNode(run: (client: Client) => Promise<void>, validators = 1): Promise<void> {
  await withCluster({ validators, accounts: [charlie, dave] }, async cluster => {
    const nodes = await Promise.all(Array.from({ length: validators }, (_, index) => cluster.start(index)));
    const [first] = nodes;
    assert.ok(first);
    const defects: unknown[] = [];
    const rpc = await startRpc(first, { host: '127.0.0.1', port: 0, log: logInto(defects) });
    const client = createClient(rpc.url, { fetch: checkedFetch });
    try {
      await client.mine();
      await run(client);
      assert.deepEqual(defects, []);
    } finally {
      client.close();
      await rpc.close();
    }
  });
}
