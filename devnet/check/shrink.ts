/** From a history that breaks a rule to a small one that breaks the same rule. */
import type { Sample, Step } from '../../consensus/compliance/index.ts';
import { CodecError, type ConsensusModule, encode, type Schema } from '../../consensus/interface/index.ts';

/** Whether a history still breaks the rule. */
export type Breaks = (sample: Sample) => Promise<boolean>;

/** Histories to try. Each runs the module a few times at most. */
const MAX_TRIES = 1_500;

export async function shrink(sample: Sample, module: ConsensusModule, breaks: Breaks): Promise<Sample> {
  let best = sample;
  let tries = 0;
  for (;;) {
    let smaller: Sample | undefined;
    for (const steps of simplerSteps(best.steps, module)) {
      if (++tries > MAX_TRIES) return best;
      const candidate = { ...best, steps };
      if (await breaks(candidate)) {
        smaller = candidate;
        break;
      }
    }
    if (smaller === undefined) return best;
    best = smaller;
  }
}

/** Without half of the steps, without one of them, with one of them simpler: the biggest change first. */
function* simplerSteps(steps: readonly Step[], module: ConsensusModule): Generator<readonly Step[]> {
  const half = Math.floor(steps.length / 2);
  if (half > 0) {
    yield steps.slice(0, half);
    yield steps.slice(half);
  }
  for (let index = steps.length - 1; index >= 0; index--) yield steps.toSpliced(index, 1);
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'epoch') continue;
    const codec = module.calls[step.method]?.codec;
    if (codec === undefined) continue;
    for (const value of simplerAmounts(step.value ?? 0n)) yield steps.with(index, { ...step, value });
    for (const args of simpler(codec.schema, step.args))
      if (isValue(() => encode(codec, args))) yield steps.with(index, { ...step, args });
  }
}

/** Values of a type that are one step simpler. */
function* simpler(schema: Schema, value: unknown): Generator<unknown> {
  switch (schema.type) {
    case 'bool':
      if (value === true) yield false;
      return;
    case 'uint':
      for (const smaller of simplerAmounts(BigInt(value as number))) yield Number(smaller);
      return;
    case 'u64':
      yield* simplerAmounts(value as bigint);
      return;
    case 'account':
    case 'fixed': {
      const zero = `0x${'00'.repeat(schema.type === 'fixed' ? schema.length : 32)}`;
      if (value !== zero) yield zero;
      return;
    }
    case 'bytes':
    case 'text': {
      const whole = value as string | Uint8Array;
      for (const length of new Set([0, whole.length >> 1]))
        if (length < whole.length) yield whole.slice(0, length);
      return;
    }
    case 'enum':
      if (value !== schema.values[0]) yield schema.values[0];
      return;
    case 'list': {
      const items = value as readonly unknown[];
      if (items.length > 1) yield [];
      for (const index of items.keys()) yield items.toSpliced(index, 1);
      for (const [index, item] of items.entries())
        for (const other of simpler(schema.item, item)) yield items.with(index, other);
      return;
    }
    case 'optional':
      if (value === null) return;
      yield null;
      yield* simpler(schema.item, value);
      return;
    case 'struct': {
      const fields = value as Readonly<Record<string, unknown>>;
      for (const { name, schema: inner } of schema.fields)
        for (const other of simpler(inner, fields[name])) yield { ...fields, [name]: other };
      return;
    }
    case 'union': {
      const { kind } = value as { readonly kind: string };
      const inner = schema.cases.find(one => one.kind === kind);
      if (inner === undefined) return;
      for (const other of simpler(inner.schema, value)) yield { ...(other as object), kind };
    }
  }
}

function* simplerAmounts(amount: bigint): Generator<bigint> {
  for (const smaller of new Set([0n, 1n, amount / 2n, amount - 1n]))
    if (smaller >= 0n && smaller < amount) yield smaller;
}

function isValue(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof CodecError) return false;
    throw error;
  }
}
