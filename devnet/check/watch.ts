/** Knows what the code of a module is doing, so that whatever goes wrong has an input. */
import { inspect } from 'node:util';
import type { Step } from '../../consensus/compliance/index.ts';
import type { ConsensusModule, Invocation, Method, Outcome, Query } from '../../consensus/interface/index.ts';

export type Doing =
  | {
      readonly kind: 'call';
      readonly part: string;
      readonly method: string;
      readonly args: unknown;
      readonly call: Partial<Pick<Invocation<unknown>, 'sender' | 'value' | 'verified'>>;
    }
  | { readonly kind: 'query'; readonly query: string; readonly args: unknown }
  | { readonly kind: 'other'; readonly what: string };

/** The same module; before any of its code runs, `note` is told. */
export function watched(module: ConsensusModule, note: (doing: Doing) => void): ConsensusModule {
  const { genesis, closeEpoch, migrate } = module;
  return {
    ...module,
    genesis(params) {
      note({ kind: 'other', what: `genesis ${show(params)}` });
      return genesis(params);
    },
    calls: mapValues(module.calls, (method, name) => watchedMethod(method, name, note)),
    queries: mapValues(module.queries ?? {}, (query: Query<unknown, unknown>, name) => ({
      ...query,
      run(view, args, block) {
        note({ kind: 'query', query: name, args });
        return query.run(view, args, block);
      },
    })),
    ...(closeEpoch === undefined
      ? {}
      : {
          closeEpoch(block, view, closing): Outcome {
            note({ kind: 'other', what: `the close of epoch ${closing}` });
            return closeEpoch(block, view, closing);
          },
        }),
    ...(migrate === undefined
      ? {}
      : {
          migrate(block, view, from): Outcome {
            note({ kind: 'other', what: `migrate from state version ${from}` });
            return migrate(block, view, from);
          },
        }),
  };
}

function watchedMethod(method: Method<unknown>, name: string, note: (doing: Doing) => void): Method<unknown> {
  const { checks } = method;
  return {
    ...method,
    weight(args) {
      note({ kind: 'call', part: 'weight of ', method: name, args, call: {} });
      return method.weight(args);
    },
    ...(checks === undefined
      ? {}
      : {
          checks(call, block) {
            note({ kind: 'call', part: 'checks of ', method: name, args: call.args, call });
            return checks(call, block);
          },
        }),
    apply(block, view, call) {
      note({ kind: 'call', part: '', method: name, args: call.args, call });
      return method.apply(block, view, call);
    },
  };
}

export function describeDoing(doing: Doing): string {
  if (doing.kind === 'other') return doing.what;
  if (doing.kind === 'query') return `query ${doing.query}(${show(doing.args)})`;
  const { part, method, args, call } = doing;
  return `${part}${callText(method, args, call.sender, call.value)}`;
}

export function describeStep(step: Step): string {
  if (step.kind === 'epoch') return 'end of the epoch';
  return callText(step.method, step.args, step.sender, step.value);
}

function callText(method: string, args: unknown, sender?: string, value?: bigint): string {
  const by = sender === undefined ? '' : ` by ${sender}`;
  return `${method}(${show(args)})${by}${value === undefined || value === 0n ? '' : ` with ${value}`}`;
}

const show = (value: unknown): string =>
  inspect(value, {
    depth: 8,
    breakLength: Number.POSITIVE_INFINITY,
    maxStringLength: 100,
    maxArrayLength: 40,
  });

const mapValues = <From, To>(
  fields: Readonly<Record<string, From>>,
  map: (value: From, name: string) => To,
): Readonly<Record<string, To>> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, map(value, name)]));
