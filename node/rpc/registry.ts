import type { NodeApi } from '../api.ts';
import { accountMethods } from './methods/account.ts';
import { chainMethods } from './methods/chain.ts';
import { consensusMethods } from './methods/consensus.ts';
import { devMethods, devOf } from './methods/dev.ts';
import { dumpMethods } from './methods/dump.ts';
import { epochMethods } from './methods/epoch.ts';
import { escrowMethods } from './methods/escrow.ts';
import { govMethods } from './methods/gov.ts';
import { linkMethods } from './methods/link.ts';
import { moduleMethods } from './methods/module.ts';
import { netMethods } from './methods/net.ts';
import { nodeMethods } from './methods/node.ts';
import { pluginMethods } from './methods/plugin.ts';
import { rpcMethods } from './methods/rpc.ts';
import { rpcFaultMethods } from './methods/rpcFaults.ts';
import { stakeMethods } from './methods/stake.ts';
import { subscribeMethods } from './methods/subscribe.ts';
import { traceMethods } from './methods/trace.ts';
import { txMethods } from './methods/tx.ts';
import type { Context, Method } from './schema.ts';

const everywhere: readonly Method[] = [
  ...nodeMethods,
  ...chainMethods,
  ...txMethods,
  ...accountMethods,
  ...moduleMethods,
  ...linkMethods,
  ...stakeMethods,
  ...escrowMethods,
  ...epochMethods,
  ...consensusMethods,
  ...govMethods,
  ...traceMethods,
  ...netMethods,
  ...pluginMethods,
  ...subscribeMethods,
];

const rpcFaults = rpcFaultMethods<Context>(context => {
  devOf(context);
  return context.injector;
});

const all: readonly Method[] = [
  ...everywhere,
  ...devMethods,
  ...dumpMethods,
  ...rpcFaults,
  ...rpcMethods(listed),
];

/** What a node says it answers: `dev_` methods only on a devnet. */
function listed({ dev }: NodeApi): readonly Method[] {
  return dev === null ? all.filter(({ name }) => !name.startsWith('dev_')) : all;
}

export const METHODS: ReadonlyMap<string, Method> = new Map(all.map(each => [each.name, each]));
