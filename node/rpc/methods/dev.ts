import { z } from 'zod';
import type { DevApi } from '../../api.ts';
import { toAccount } from '../addresses.ts';
import { RpcFault } from '../errors.ts';
import { type Context, method, noParams } from '../schema.ts';
import * as s from '../schemas.ts';

const MOST_BLOCKS = 10_000;
const MOST_EPOCHS = 1_000;

export const devMethods = [
  method('dev_setBalance', {
    description: 'Sets the free balance of an account; answers once it is final.',
    params: z.strictObject({ address: s.address, free: s.amount }),
    result: z.null(),
    async run(context, { address, free }) {
      await devOf(context).setBalance(toAccount(address), BigInt(free));
      return null;
    },
  }),
  method('dev_mint', {
    description: 'The faucet: new money for an account; answers once it is final.',
    params: z.strictObject({ address: s.address, amount: s.amount }),
    result: z.null(),
    async run(context, { address, amount }) {
      await devOf(context).mint(toAccount(address), BigInt(amount));
      return null;
    },
  }),
  method('dev_mine', {
    description: 'Makes blocks at once.',
    params: z.strictObject({
      blocks: z.number().int().min(1).max(MOST_BLOCKS).optional().describe('1 when absent.'),
    }),
    result: z.strictObject({ height: s.count }),
    run: async (context, { blocks = 1 }) => ({ height: await devOf(context).mine(blocks) }),
  }),
  method('dev_advanceEpoch', {
    description: 'Starts new epochs at once.',
    params: z.strictObject({
      epochs: z.number().int().min(1).max(MOST_EPOCHS).optional().describe('1 when absent.'),
    }),
    result: z.strictObject({ epoch: s.count }),
    run: async (context, { epochs = 1 }) => ({ epoch: await devOf(context).advanceEpoch(epochs) }),
  }),
  method('dev_setBlockMode', {
    description: 'When this node makes blocks.',
    params: z.strictObject({ mode: s.blockMode }),
    result: z.null(),
    async run(context, { mode }) {
      await devOf(context).setBlockMode(mode);
      return null;
    },
  }),
  method('dev_pluginReload', {
    description:
      'Looks at the plugins directory of this node again; answers when each new one runs or has failed.',
    params: noParams,
    result: z.array(s.plugin),
    async run(context) {
      devOf(context);
      return context.api.plugins().reload();
    },
  }),
  method('dev_pluginRelease', {
    description: 'Ends the quarantine of a plugin of this node and starts it again.',
    params: z.strictObject({ name: z.string().max(64) }),
    result: s.plugin,
    async run(context, { name }) {
      devOf(context);
      return context.api.plugins().release(name);
    },
  }),
  method('dev_setFaults', {
    description:
      'Faults on purpose in what this node sends, by peer id, in place of those before. For a whole cluster ask its gateway: dev_partition, dev_latency, dev_loss, dev_heal.',
    params: z.strictObject({ rules: s.faultRules }),
    result: z.null(),
    run(context, { rules }) {
      devOf(context).setFaults(rules);
      return null;
    },
  }),
  method('dev_getFaults', {
    description: 'The faults in what this node sends, and what they have done.',
    params: noParams,
    result: z.strictObject({ rules: s.faultRules, counters: s.faultCounters }),
    run: context => devOf(context).faults(),
  }),
];

function devOf({ api, trusted }: Context): DevApi {
  if (!trusted) throw new RpcFault('FORBIDDEN_ORIGIN', 'this page may not use dev_ methods');
  if (api.dev === null) throw new RpcFault('NOT_A_DEVNET', `${api.info.chainId} is not a devnet`);
  return api.dev;
}
