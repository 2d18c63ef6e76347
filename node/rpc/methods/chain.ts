import { z } from 'zod';
import type { Hex } from '../../../consensus/interface/index.ts';
import type { NodeApi } from '../../api.ts';
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
      if (stored === null) throw absent(api, block);
      return blockJson(stored, api.mechanisms(stored.block.header.height));
    },
  }),
];

/** A hash may be that of an earlier block, which this node cannot know. */
function absent(api: NodeApi, block: string | number): RpcFault {
  const { height } = api.base();
  if (height > 1 && typeof block === 'number' && block > 0 && block < height)
    return new RpcFault('BLOCK_PRUNED', `the blocks of this node begin at height ${height}`, {
      fields: { base: height },
    });
  const from = height > 1 ? ` from height ${height} on` : '';
  return new RpcFault('BLOCK_NOT_FOUND', `there is no block ${block}${from}`);
}
