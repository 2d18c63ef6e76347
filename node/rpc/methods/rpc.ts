import { z } from 'zod';
import type { NodeApi } from '../../api.ts';
import { openRpc } from '../openrpc.ts';
import { type Method, method, noParams } from '../schema.ts';

/** Making one takes tens of milliseconds, and it never changes. */
const documents = new WeakMap<NodeApi, object>();

/** Methods about the methods; `listed` holds these too, so it is asked only when one is called. */
export const rpcMethods = (listed: (api: NodeApi) => readonly Method[]) => [
  method('rpc.discover', {
    description: 'The OpenRPC document of this node.',
    params: noParams,
    result: z.looseObject({ openrpc: z.string() }),
    run({ api }) {
      const document = documents.get(api) ?? openRpc(listed(api), api.info);
      documents.set(api, document);
      return document;
    },
  }),
  method('rpc_methods', {
    description: 'Names of all methods that this node answers.',
    params: noParams,
    result: z.array(z.string()),
    run: ({ api }) => listed(api).map(({ name }) => name),
  }),
];
