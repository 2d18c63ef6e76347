import { z } from 'zod';
import type { RpcFaultsJson } from '../../client/wireRpcFaults.ts';
import { type Injector, isSpared } from '../injected/injector.ts';
import { type Method, methodsOf, noParams } from '../schema.ts';
import * as s from '../schemas.ts';

/** A minute: longer than clients wait. */
const MAX_DELAY_MS = 60_000;
const MOST_METHODS = 200;
const MAX_SEED = 0xffff_ffff;

const milliseconds = z.number().int().min(0).max(MAX_DELAY_MS);
const percent = z.number().min(0).max(100);
const seed = z.number().int().min(0).max(MAX_SEED);

const report: z.ZodType<RpcFaultsJson> = s.name(
  'RpcFaults',
  'The faults that answers have on purpose, and how many there were since these rules were set.',
  z.strictObject({
    latency: milliseconds,
    jitter: milliseconds,
    errorRate: percent,
    stale: percent,
    drop: percent,
    methods: z.array(z.string()).nullable().describe('null for all.'),
    seed,
    counters: z.strictObject({ delayed: s.count, errors: s.count, stale: s.count, dropped: s.count }),
  }),
);

/** `injectorOf` refuses those who may not use `dev_` methods. */
export function rpcFaultMethods<Asked>(injectorOf: (context: Asked) => Injector): readonly Method<Asked>[] {
  const method = methodsOf<Asked>();
  return [
    method('dev_setRpcFaults', {
      description:
        'Makes answers of this server faulty, for tests of clients, in place of the faults before; none without parameters. dev_ methods and subscriptions are spared.',
      params: z
        .strictObject({
          latency: milliseconds.optional().describe('Milliseconds that each answer is late.'),
          jitter: milliseconds.optional().describe('Up to so many milliseconds more, anew for each message.'),
          errorRate: percent
            .optional()
            .describe('Percent of requests that fail with INJECTED_FAULT and are not carried out.'),
          stale: percent
            .optional()
            .describe('Percent that get an earlier answer to the same question, where there was one.'),
          drop: percent.optional().describe('Percent that are carried out and not answered.'),
          methods: z
            .array(z.string().max(64))
            .min(1)
            .max(MOST_METHODS)
            .refine(names => !names.some(isSpared), 'dev_ methods and subscriptions are never touched')
            .optional()
            .describe('Only these; all when absent.'),
          seed: seed.optional().describe('Of the dice; 0 when absent.'),
        })
        .refine(({ latency = 0, jitter = 0 }) => latency + jitter <= MAX_DELAY_MS, {
          message: `latency and jitter are at most ${MAX_DELAY_MS} ms together`,
        }),
      result: report,
      run: (context, rules) => injectorOf(context).set(rules),
    }),
    method('dev_rpcFaults', {
      description: 'The faults that answers of this server have on purpose, and what they have done.',
      params: noParams,
      result: report,
      run: context => injectorOf(context).report(),
    }),
  ];
}
