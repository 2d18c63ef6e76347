/** The methods that the gateway itself answers, beside those of the nodes. */
import { z } from 'zod';
import type { FaultsReport, NodeStatus } from '../../node/client/wireCluster.ts';
import { MAX_FAULT_SEED, MAX_LATENCY_MS } from '../../node/options.ts';
import { RpcFault } from '../../node/rpc/errors.ts';
import type { Injector } from '../../node/rpc/injected/injector.ts';
import { rpcFaultMethods } from '../../node/rpc/methods/rpcFaults.ts';
import { openRpc } from '../../node/rpc/openrpc.ts';
import { type Method, methodsOf, noParams } from '../../node/rpc/schema.ts';
import * as s from '../../node/rpc/schemas.ts';
import type { Control } from './control.ts';

export interface ControlContext {
  readonly control: Control;
  /** Of the answers that the gateway gives or passes on. */
  readonly injector: Injector;
  /** False for a page of a foreign origin. */
  readonly trusted: boolean;
  /** What a node answers to this method without parameters. Throws what it refuses. */
  readonly askNode: (method: string) => Promise<unknown>;
}

const MOST_GROUPS = 100;
const node = z.number().int().min(0).describe('Index of a node.');
const nodeStatus: z.ZodType<NodeStatus> = s.name(
  'NodeStatus',
  'A process of the cluster.',
  z.strictObject({
    index: node,
    state: z
      .enum(['starting', 'running', 'paused', 'killed', 'restarting', 'failed', 'stopped'])
      .describe(
        'killed: on request, it stays down; restarting: it ended by itself and starts again after a pause; failed: it ended too often.',
      ),
    pid: z.number().int().nullable(),
    rpc: z.string(),
    log: z.string().describe('Path of its log file.'),
    restarts: s.count,
    ended: z.string().nullable().describe('How it ended last.'),
  }),
);
const pair = z.tuple([node, node]).describe('Two nodes; both directions between them.');
const between = pair.optional().describe('Two nodes; all links when absent.');
const seed = z
  .number()
  .int()
  .min(0)
  .max(MAX_FAULT_SEED)
  .optional()
  .describe('Of the dice; kept when absent.');
const milliseconds = z.number().int().min(0).max(MAX_LATENCY_MS);
const percent = z.number().min(0).max(100);
const faultsReport: z.ZodType<FaultsReport> = s.name(
  'ClusterFaults',
  'The faults in force between the nodes, and which nodes have them. One that is away gets them when it is back.',
  z.strictObject({
    seed: s.count,
    groups: z.array(z.array(node)).describe('Empty without a partition.'),
    latency: z.array(z.strictObject({ between: pair.nullable(), ms: milliseconds, jitter: milliseconds })),
    loss: z.array(z.strictObject({ between: pair.nullable(), percent })),
    nodes: z.array(
      z.strictObject({
        node,
        applied: z.boolean(),
        reason: z.string().nullable(),
        counters: s.faultCounters.nullable(),
      }),
    ),
  }),
);

const method = methodsOf<ControlContext>();
const ofNode = z.strictObject({ node });

const clusterMethods: readonly Method<ControlContext>[] = [
  method('dev_accounts', {
    description: 'The development accounts, by the names that the command line knows them by.',
    params: noParams,
    result: z.array(z.strictObject({ name: z.string(), address: s.address })),
    run: context => controlOf(context).accounts(),
  }),
  method('dev_nodeList', {
    description: 'The processes of the cluster.',
    params: noParams,
    result: z.array(nodeStatus),
    run: context => controlOf(context).list(),
  }),
  method('dev_nodeAdd', {
    description:
      'Starts one more node, which syncs by itself. As a validator it catches up first, then the first development account stakes on it, and it votes from the next epoch.',
    params: z.strictObject({ validator: z.boolean().optional().describe('false when absent.') }),
    result: nodeStatus,
    run: (context, { validator = false }) => controlOf(context).add(validator),
  }),
  method('dev_nodeKill', {
    description: 'SIGKILL, as a crash would; the node stays down until dev_nodeRestart.',
    params: ofNode,
    result: nodeStatus,
    run: (context, { node }) => controlOf(context).kill(node),
  }),
  method('dev_nodePause', {
    description: 'SIGSTOP: the node keeps its connections and answers nobody.',
    params: ofNode,
    result: nodeStatus,
    run: (context, { node }) => controlOf(context).pause(node),
  }),
  method('dev_nodeResume', {
    description: 'SIGCONT: a paused node goes on.',
    params: ofNode,
    result: nodeStatus,
    run: (context, { node }) => controlOf(context).resume(node),
  }),
  method('dev_nodeRestart', {
    description: 'Ends a node, if it runs, and starts it; answers when it is ready.',
    params: ofNode,
    result: nodeStatus,
    run: (context, { node }) => controlOf(context).restart(node),
  }),
  method('dev_partition', {
    description:
      'Cuts all links between groups of nodes, in place of the partition before. Nodes that are not named form one more group.',
    params: z.strictObject({ groups: z.array(z.array(node)).min(1).max(MOST_GROUPS) }),
    result: faultsReport,
    run: (context, { groups }) => controlOf(context).partition(groups),
  }),
  method('dev_heal', {
    description: 'Ends all faults between nodes: partition, latency and loss.',
    params: noParams,
    result: faultsReport,
    run: context => controlOf(context).heal(),
  }),
  method('dev_latency', {
    description:
      'Delays whatever the nodes send each other, handshakes included; the order stays. 0 takes it away.',
    params: z
      .strictObject({
        ms: milliseconds.describe('In each direction.'),
        jitter: milliseconds.optional().describe('Up to so many milliseconds more, anew for each message.'),
        between,
        seed,
      })
      .refine(({ ms, jitter = 0 }) => ms + jitter <= MAX_LATENCY_MS, {
        message: `latency and jitter are at most ${MAX_LATENCY_MS} ms together: no handshake would pass`,
      }),
    result: faultsReport,
    run: (context, change) => controlOf(context).latency(change),
  }),
  method('dev_loss', {
    description: 'Loses so many of a hundred messages, in each direction; handshakes and pings are spared.',
    params: z.strictObject({ percent, between, seed }),
    result: faultsReport,
    run: (context, change) => controlOf(context).loss(change),
  }),
  method('dev_faults', {
    description: 'The faults in force between the nodes, and what they have done.',
    params: noParams,
    result: faultsReport,
    run: context => controlOf(context).faults(),
  }),
  ...rpcFaultMethods<ControlContext>(context => {
    controlOf(context);
    return context.injector;
  }),
];

const OWN_NAMES: ReadonlySet<string> = new Set(clusterMethods.map(({ name }) => name));

/** What `rpc.discover` answers, as far as it is read here. */
interface Document {
  readonly info: { readonly version: string };
  readonly methods: readonly { readonly name: string }[];
  readonly components: { readonly schemas: object };
}

/** What a node tells about its methods, and ours with them. */
const aboutMethods: readonly Method<ControlContext>[] = [
  method('rpc.discover', {
    description: 'The OpenRPC document of this gateway.',
    params: noParams,
    result: z.looseObject({ openrpc: z.string() }),
    async run({ askNode }) {
      const document = (await askNode('rpc.discover')) as Document & { readonly openrpc: string };
      const own = openRpc(clusterMethods, { chainId: '', version: document.info.version }) as Document;
      const others = document.methods.filter(({ name }) => !OWN_NAMES.has(name));
      return {
        ...document,
        methods: [...others, ...own.methods],
        components: {
          ...document.components,
          schemas: { ...document.components.schemas, ...own.components.schemas },
        },
      };
    },
  }),
  method('rpc_methods', {
    description: 'Names of all methods that this gateway answers.',
    params: noParams,
    result: z.array(z.string()),
    run: async ({ askNode }) => [
      ...((await askNode('rpc_methods')) as string[]).filter(name => !OWN_NAMES.has(name)),
      ...clusterMethods.map(({ name }) => name),
    ],
  }),
];

export const CONTROL_METHODS: ReadonlyMap<string, Method<ControlContext>> = new Map(
  [...clusterMethods, ...aboutMethods].map(each => [each.name, each]),
);

function controlOf({ control, trusted }: ControlContext): Control {
  if (!trusted) throw new RpcFault('FORBIDDEN_ORIGIN', 'this page may not use dev_ methods');
  return control;
}
