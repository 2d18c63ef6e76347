import { createClient } from '../../node/client/index.ts';
import type { RpcFaultRulesJson, RpcFaultsJson } from '../../node/client/wireRpcFaults.ts';
import type { Context } from '../context.ts';
import { CliError, usageError } from '../errors.ts';
import { wholeNumber } from '../numbers.ts';
import type { Answer } from '../output.ts';
import type { Register } from './types.ts';
import { percentOf } from './words.ts';

const HELP = `
Without options it shows the faults in force. Options take the place of all faults before. The gateway is the one that
becomes faulty, or with --node that node; devnet itself asks through the gateway as well.

Examples:
  devnet rpc-faults --latency 200 --jitter 100
  devnet rpc-faults --errors 10 --drop 5 --methods chain_head,tx_submit --seed 7
  devnet rpc-faults --stale 50 --node 2
  devnet rpc-faults
  devnet rpc-faults --clear`;

export interface RpcFaultFlags {
  readonly latency?: string;
  readonly jitter?: string;
  readonly errors?: string;
  readonly stale?: string;
  readonly drop?: string;
  readonly methods?: string;
  readonly seed?: string;
  readonly node?: string;
  readonly clear?: boolean;
}

export const registerRpcFaults: Register = (program, run) => {
  program
    .command('rpc-faults')
    .description('make answers of the RPC late, wrong or absent, to test programs against it')
    .option('--latency <ms>', 'how late each answer is')
    .option('--jitter <ms>', 'up to so many more, anew for each message')
    .option('--errors <percent>', 'of requests that fail and are not carried out')
    .option('--stale <percent>', 'of requests that get an earlier answer to the same question')
    .option('--drop <percent>', 'of requests that are carried out and not answered')
    .option('--methods <names>', 'only these, separated by commas')
    .option('--seed <number>', 'of the dice')
    .option('--node <index>', 'this node, instead of the gateway')
    .option('--clear', 'no more faults')
    .addHelpText('after', HELP)
    .action((flags: RpcFaultFlags) => run.withContext(context => rpcFaults(context, flags)));
};

export async function rpcFaults(
  { client }: Pick<Context, 'client'>,
  { node, clear = false, ...flags }: RpcFaultFlags,
): Promise<Answer> {
  const rules = rulesOf(flags);
  if (clear && rules !== null) throw usageError('--clear goes with no other fault');
  const server = node === undefined ? client : createClient(await urlOf(client, wholeNumber(node)));
  try {
    const value =
      rules === null && !clear
        ? await server.request('dev_rpcFaults', {})
        : await server.request('dev_setRpcFaults', rules ?? {});
    return { value, text: describeRpcFaults(value) };
  } finally {
    if (server !== client) server.close();
  }
}

/** null without any. */
function rulesOf(flags: Omit<RpcFaultFlags, 'node' | 'clear'>): RpcFaultRulesJson | null {
  const { latency, jitter, errors, stale, drop, methods, seed } = flags;
  if (Object.values(flags).every(flag => flag === undefined)) return null;
  const optional = <Value>(text: string | undefined, read: (text: string) => Value): Value | undefined =>
    text === undefined ? undefined : read(text);
  return {
    latency: optional(latency, wholeNumber),
    jitter: optional(jitter, wholeNumber),
    errorRate: optional(errors, percentOf),
    stale: optional(stale, percentOf),
    drop: optional(drop, percentOf),
    methods: optional(methods, names => names.split(',')),
    seed: optional(seed, wholeNumber),
  };
}

async function urlOf(client: Context['client'], index: number): Promise<string> {
  const found = (await client.request('dev_nodeList', {})).find(each => each.index === index);
  if (found !== undefined) return found.rpc;
  throw new CliError('UNKNOWN_NODE', `there is no node ${index}`, 'devnet status lists the nodes');
}

export function describeRpcFaults(faults: RpcFaultsJson): string {
  const { latency, jitter, errorRate, stale, drop, methods, seed, counters } = faults;
  if (latency + jitter + errorRate + stale + drop === 0) return 'answers are as they should be';
  const late = jitter === 0 ? `${latency} ms` : `${latency} to ${latency + jitter} ms`;
  return [
    ...(latency + jitter === 0 ? [] : [`late     ${late}; ${counters.delayed} so far`]),
    ...(errorRate === 0 ? [] : [`errors   ${errorRate} %; ${counters.errors} so far`]),
    ...(stale === 0 ? [] : [`stale    ${stale} %; ${counters.stale} so far`]),
    ...(drop === 0 ? [] : [`dropped  ${drop} %; ${counters.dropped} so far`]),
    `of ${methods === null ? 'all methods' : methods.join(', ')} (seed ${seed}); devnet rpc-faults --clear ends it`,
  ].join('\n');
}
