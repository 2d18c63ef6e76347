import { z } from 'zod';
import type { Hex } from '../../../consensus/interface/index.ts';
import { RpcFault } from '../errors.ts';
import { blockJson, lastHead } from '../render.ts';
import { method, noParams } from '../schema.ts';
import * as s from '../schemas.ts';

export const chainMethods = [
  method('chain_head', {
    description: 'The last final block, in short.',
    params: noParams,
    result: s.head,
    run: ({ api }) => lastHead(api.head()),
  }),
  method('chain_getBlock', {
    description: 'A block with its transactions, their outcomes, all events and the commit certificate.',
    params: z.strictObject({ block: z.union([s.count, s.hash]).describe('Height or hash.') }),
    result: s.block,
    async run({ api }, { block }) {
      const stored = await api.block(block as number | Hex);
      if (stored === null) throw new RpcFault('BLOCK_NOT_FOUND', `there is no block ${block}`);
      return blockJson(stored, api.mechanisms);
    },
  }),
];
