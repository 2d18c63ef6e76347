/** Consensus modules that break one rule each: the compliance suite must catch every one of them. */
import { performance } from 'node:perf_hooks';
import type { Subject } from '../../consensus/compliance/index.ts';
import {
  type Account,
  type ConsensusModule,
  defineConsensusModule,
  fail,
  INTERFACE_VERSION,
  type Method,
  method,
  type Op,
  type Outcome,
  ok,
  struct,
  u32,
  u64,
} from '../../consensus/interface/index.ts';

const alice: Account = `0x${'aa'.repeat(32)}`;
const bob: Account = `0x${'bb'.repeat(32)}`;
const Args = struct({ amount: u64, tag: u32 });
type Args = { readonly amount: bigint; readonly tag: number };

const key = (tag: number) => Uint8Array.of(tag >>> 24, tag >>> 16, tag >>> 8, tag);
const toBob = (amount: bigint): Op[] =>
  amount > 0n
    ? [{ op: 'transfer', from: { kind: 'pot' }, to: { kind: 'account', account: bob }, amount }]
    : [];

/** Hands the attached value to bob, once per tag. */
const honest: Method<Args> = method({
  description: 'Pays the attached value to bob, once per tag.',
  codec: Args,
  weight: () => 100,
  apply(_block, view, { args, value }) {
    if (args.amount !== value) return fail('WRONG_VALUE', 'attach what you say');
    if (view.get(key(args.tag)) !== undefined) return fail('REPLAY', 'this tag was paid');
    return ok([...toBob(value), { op: 'put', key: key(args.tag), value: key(1) }]);
  },
});

function subjectOf(change: Partial<Method<Args>>, extra: Partial<ConsensusModule> = {}): Subject {
  const module = defineConsensusModule<object>({
    info: {
      name: 'bad',
      version: '1.0.0',
      interfaceVersion: INTERFACE_VERSION,
      stateVersion: 1,
      requires: [],
    },
    params: struct({}),
    genesis: () => ok(),
    calls: { pay: { ...honest, ...change } },
    ...extra,
  });
  const world = {
    chainId: 'test',
    consensus: 9,
    graceEpochs: 2,
    balances: [{ account: alice, amount: 1000n }],
  };
  const step = (tag: number) =>
    ({
      kind: 'call',
      sender: alice,
      method: 'pay',
      args: { amount: 10n, tag },
      value: 10n,
      expect: 'ok',
    }) as const;
  return {
    module,
    params: {},
    samples: [{ name: 'pays', world, steps: [step(1), step(2), { kind: 'epoch' }] }],
  };
}

const paying = (work: (args: Args, value: bigint) => Op[] | Outcome): Partial<Method<Args>> => ({
  apply(block, view, call) {
    const outcome = honest.apply(block, view, call);
    if (!outcome.ok) return outcome;
    const made = work(call.args, call.value);
    return Array.isArray(made) ? { ...outcome, ops: [...outcome.ops, ...made] } : made;
  },
});

let calls = 0;
const remembering = paying(() => {
  calls++;
  return [{ op: 'put', key: key(0), value: key(calls) }];
});

/** The rule that it breaks, and the module. */
export const badModules: readonly (readonly [code: string, what: string, subject: Subject])[] = [
  [
    'FORBIDDEN_SOURCE',
    'reads the clock',
    subjectOf(paying(() => [{ op: 'put', key: key(0), value: key(Date.now()) }])),
  ],
  [
    'FORBIDDEN_SOURCE',
    'asks how long it ran',
    subjectOf(paying(() => (performance.now() < 0 ? toBob(1n) : []))),
  ],
  ['FORBIDDEN_SOURCE', 'rolls dice', subjectOf(paying(() => (Math.random() < 0 ? toBob(1n) : [])))],
  [
    'FORBIDDEN_SOURCE',
    'reads the environment',
    subjectOf(paying(() => (process.env.LUCKY === 'yes' ? toBob(1n) : []))),
  ],
  ['NOT_DETERMINISTIC', 'remembers calls outside its storage', subjectOf(remembering)],
  ['NOT_CONSERVED', 'pays more than it has', subjectOf(paying(() => toBob(1n)))],
  [
    'NOT_ALLOWED',
    'makes money without the capability',
    subjectOf(paying(() => [{ op: 'mint', amount: 1n }])),
  ],
  [
    'NOT_ALLOWED',
    'takes from an account',
    subjectOf(
      paying(() => [
        { op: 'transfer', from: { kind: 'account', account: alice }, to: { kind: 'pot' }, amount: 1n },
      ]),
    ),
  ],
  ['NOT_PLAIN', 'answers with a promise', subjectOf({ apply: () => Promise.resolve(ok()) as never })],
  [
    'NOT_PLAIN',
    'answers with a float',
    subjectOf(paying(() => ({ ok: true, ops: [{ op: 'burn', amount: 0.5 as never }] }))),
  ],
  [
    'REPLAYED',
    'pays twice for one thing',
    subjectOf({ apply: (_block, _view, { value }) => ok(toBob(value)) }),
  ],
  ['THROWS', 'throws on a large amount', subjectOf(throwing())],
  ['BAD_WEIGHT', 'weighs nothing', subjectOf({ weight: () => 0 })],
  ['BAD_WEIGHT', 'weighs a fraction', subjectOf({ weight: () => 0.5 })],
  [
    'BAD_INFO',
    'has no proper name',
    subjectOf({}, { info: { ...subjectOf({}).module.info, name: 'Bad Module' } }),
  ],
  ['ENDLESS', 'never ends a close', subjectOf({}, { closeEpoch: () => ({ ok: true, ops: [], more: true }) })],
];

function throwing(): Partial<Method<Args>> {
  return {
    apply(block, view, call) {
      if (call.args.tag > 1_000) throw new RangeError('too large for me');
      return honest.apply(block, view, call);
    },
  };
}

/** Passes everything: the modules above fail for what they change, not for what they share. */
export const goodSubject = subjectOf({});
/** For fresh processes. */
export const clockSubject = subjectOf(
  paying(() => [{ op: 'put', key: key(0), value: key(new Date(0).getHours()) }]),
);
export const localeSubject = subjectOf(
  paying(() => [{ op: 'put', key: key(0), value: new TextEncoder().encode((1234.5).toLocaleString()) }]),
);
export const hangingSubject = subjectOf({
  apply() {
    for (;;);
  },
});
export const crashingSubject = subjectOf({ apply: () => process.exit(7) });
