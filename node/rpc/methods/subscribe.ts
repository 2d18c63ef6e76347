import { z } from 'zod';
import { MAX_LINKS_PER_MODULE } from '../../../chain/index.ts';
import type { Topic } from '../../client/wire.ts';
import { toAccount } from '../addresses.ts';
import { RpcFault } from '../errors.ts';
import { pluginNotices } from '../notices.ts';
import { type Context, method, type Subscriber } from '../schema.ts';
import * as s from '../schemas.ts';

const id = z.string().max(64).describe('Id of the subscription; its notices carry it.');
const subscriptionOf = z.strictObject({ subscription: id });

export const subscribeMethods = [
  method('chain_subscribe', {
    description: 'Hears of every final block. WebSocket only.',
    params: z.strictObject({ topic: z.literal('heads').optional() }),
    result: id,
    run: context => subscriber(context).subscribe('chain'),
  }),
  method('tx_subscribe', {
    description:
      'Hears of final transactions: all of them, those of an account or of modules, or one. WebSocket only.',
    params: z.strictObject({
      topic: z.literal('final').optional(),
      filter: z
        .strictObject({
          account: s.address.optional().describe('Sent by it, or naming it.'),
          modules: z
            .array(s.u32)
            .min(1)
            .max(MAX_LINKS_PER_MODULE)
            .optional()
            .describe('Ids of modules: those that change one of them, or a link or proposal of it.'),
          hash: s.hash.optional(),
        })
        .optional(),
    }),
    result: id,
    run(context, { filter = {} }) {
      const account = filter.account === undefined ? undefined : toAccount(filter.account);
      const { modules, hash } = filter;
      return subscriber(context).subscribe('tx', { account, modules, hash });
    },
  }),
  method('epoch_subscribe', {
    description: 'Hears of new epochs and finished settlements. WebSocket only.',
    params: z.strictObject({ topic: z.literal('epochs').optional() }),
    result: id,
    run: context => subscriber(context).subscribe('epoch'),
  }),
  method('plugin_subscribe', {
    description:
      'Hears which plugins of this node are loaded and unloaded, first of all those that are loaded already. WebSocket only.',
    params: z.strictObject({ topic: z.literal('lifecycle').optional() }),
    result: id,
    run: context =>
      subscriber(context).subscribe('plugin', {}, pluginNotices(context.api.plugins().loaded.replay())),
  }),
  method('gov_subscribe', {
    description: 'Hears of proposals, votes and results. WebSocket only.',
    params: z.strictObject({ topic: z.literal('proposals').optional() }),
    result: id,
    run: context => subscriber(context).subscribe('gov'),
  }),
  ...(['chain', 'tx', 'epoch', 'plugin', 'gov'] as const).map(topic =>
    method(`${topic}_unsubscribe`, {
      description: 'Ends a subscription; false if there was none.',
      params: subscriptionOf,
      result: z.boolean(),
      run: (context: Context, { subscription }: { readonly subscription: string }) =>
        subscriber(context).unsubscribe(topic satisfies Topic, subscription),
    }),
  ),
];

function subscriber(context: Context): Subscriber {
  if (context.subscriber === null)
    throw new RpcFault('NEEDS_WEBSOCKET', 'notices need a connection that stays open');
  return context.subscriber;
}
