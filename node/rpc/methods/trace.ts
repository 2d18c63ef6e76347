import { z } from 'zod';
import { Block, BlockOutcomes, Genesis } from '../../../chain/index.ts';
import { encode, type Hex, toHex } from '../../../consensus/interface/index.ts';
import type { NodeApi } from '../../api.ts';
import type { DivergenceJson, TraceJson, TraceMethods } from '../../client/wireTrace.ts';
import { type Trace, TraceError, type TraceTarget } from '../../trace/types.ts';
import { RpcFault } from '../errors.ts';
import { method, noParams } from '../schema.ts';
import * as s from '../schemas.ts';
import { divergenceJson, traceJson } from '../traces.ts';

type Params = TraceMethods['consensus_trace']['params'];

/** Blocks of one answer, and bytes at which it ends. */
const MOST_BLOCKS = 500;
const MOST_BYTES = 4 * 1024 * 1024;

const trace: z.ZodType<TraceJson> = s.name(
  'Trace',
  'What happened inside: per block the questions to consensus modules with reads, ops, events, prints and errors, the outcome, and the rows that changed.',
  z.strictObject({
    transaction: s.hash.nullable(),
    blocks: z.array(z.looseObject({ height: s.count })),
    replayed: s.count,
    ms: z.number(),
  }),
) as z.ZodType<unknown> as z.ZodType<TraceJson>;

const divergence: z.ZodType<DivergenceJson> = s.name(
  'Divergence',
  'A block that came out otherwise here than on other nodes: which module answered otherwise to which call, and the first difference.',
  z.looseObject({ height: s.count, blockHash: s.hash, verdict: z.enum(['this node', 'others', 'unclear']) }),
) as z.ZodType<unknown> as z.ZodType<DivergenceJson>;

export const traceMethods = [
  method('consensus_trace', {
    description:
      'Runs a transaction, or the close of an epoch, again with the same input and tells what happened. On a devnet earlier blocks are executed again for it where the state before is no longer kept: TRACE_RUNNING says how far that is.',
    params: z.strictObject({
      transaction: s.hash.optional(),
      receipt: s.hash
        .optional()
        .describe('Instead of a transaction: of the header of a paid call; the call that claimed it.'),
      epoch: s.count.optional().describe('Instead of a transaction: its close.'),
      consensus: s.u32.optional().describe('Of this consensus module alone; only with an epoch.'),
    }),
    result: trace,
    async run({ api, trusted }, params) {
      if (!trusted) throw new RpcFault('FORBIDDEN_ORIGIN', 'this page may not ask for traces');
      const found = await traced(api, targetOf(params));
      // By the code of its time, which ran just now.
      return traceJson(found, api.mechanisms(found.blocks[0]?.height));
    },
  }),
  method('consensus_divergence', {
    description:
      'Blocks that came out otherwise here than on other nodes since the node started; newest last.',
    params: noParams,
    result: z.array(divergence),
    run: ({ api }) => api.divergences().map(divergenceJson),
  }),
  method('chain_getGenesis', {
    description: 'What the chain began with, as canonical bytes.',
    params: noParams,
    result: z.strictObject({ genesis: s.hex }),
    run: ({ api }) => ({ genesis: toHex(encode(Genesis, api.genesis)) }),
  }),
  method('chain_getRawBlocks', {
    description:
      'Blocks and what came of them as canonical bytes, from a height on; as many as fit into one answer.',
    params: z.strictObject({
      from: s.count.min(1),
      count: z.number().int().min(1).max(MOST_BLOCKS).optional().describe('500 when absent.'),
    }),
    result: z.strictObject({
      base: s.count,
      height: s.count,
      blocks: z.array(z.strictObject({ block: s.hex, outcomes: s.hex })),
    }),
    run: ({ api }, { from, count = MOST_BLOCKS }) => rawBlocks(api, from, count),
  }),
];

function targetOf({ transaction, receipt, epoch, consensus }: Params): TraceTarget {
  const named = [transaction, receipt, epoch].filter(each => each !== undefined);
  if (named.length !== 1 || (consensus !== undefined && epoch === undefined))
    throw new RpcFault(
      'INVALID_PARAMS',
      'name one of transaction, receipt and epoch; a consensus id only with an epoch',
    );
  if (transaction !== undefined) return { kind: 'transaction', hash: transaction as Hex };
  if (receipt !== undefined) return { kind: 'receipt', hash: receipt as Hex };
  return { kind: 'epoch', epoch: epoch ?? 0, consensus };
}

async function traced(api: NodeApi, target: TraceTarget): Promise<Trace> {
  try {
    return await api.trace(target);
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    throw new RpcFault(error.code, error.message, { fields: error.fields, cause: error });
  }
}

async function rawBlocks(api: NodeApi, from: number, count: number) {
  const base = api.base().height;
  const { height } = api.head().header;
  if (from < base && height > 0)
    throw new RpcFault('BLOCK_PRUNED', `the blocks of this node begin at height ${base}`, {
      fields: { base },
    });
  const blocks: { block: Hex; outcomes: Hex }[] = [];
  let bytes = 0;
  for (let at = from; at < from + count && at <= height && bytes < MOST_BYTES; at++) {
    const stored = await api.block(at);
    if (stored === null) break;
    const block = toHex(encode(Block, stored.block));
    const outcomes = toHex(encode(BlockOutcomes, stored.outcomes));
    bytes += block.length + outcomes.length;
    blocks.push({ block, outcomes });
  }
  return { base, height, blocks };
}
