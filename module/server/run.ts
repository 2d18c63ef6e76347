/** Runs a function within its time, for as long as its caller waits, and takes its result apart. */
import type { z } from 'zod';
import type { Amount } from '../../consensus/interface/index.ts';
import { ModuleError, Refusal } from '../errors.ts';
import { CALL_LIMITS, canonicalJson, MAX_DEPTH } from '../protocol/index.ts';
import type { CallContext, FunctionDefinition } from './definition.ts';
import { createPatience, type Patience } from './patience.ts';
import type { CallState } from './state.ts';

const TIMEOUT_MS = 30_000;

export interface Run {
  readonly definition: FunctionDefinition;
  readonly params: unknown;
  /** Most that it costs, in base units. */
  readonly price: Amount;
  readonly call: Pick<CallContext, 'client' | 'fn' | 'epoch' | 'nonce'>;
  /** When the caller stops waiting, in milliseconds of this machine; never for one that has not said. */
  readonly waitsUntil: number;
  readonly state: CallState;
  /** Names who is told that the run must end now. */
  readonly onInterrupt: (listener: (why: Refusal) => void) => void;
  /** An error after the run was over. */
  readonly onLate: (error: unknown) => void;
}

export interface Answer {
  /** JCS text of the result. */
  readonly text: string;
  /** Base units, at most the price. */
  readonly cost: Amount;
}

/** Throws FUNCTION_FAILED, FUNCTION_TIMEOUT, BAD_RESULT, or the interruption. A stream is collected into a list. */
export async function runFunction(run: Run): Promise<Answer> {
  if (run.definition.streams) return collect(run);
  const { definition, params } = run;
  return within(run, async (context, patience) => {
    const result = await patience.wait(() => definition.run(params, context));
    return resultText(run, result ?? null, MAX_DEPTH);
  });
}

async function collect(run: Run): Promise<Answer> {
  const chunks: string[] = [];
  let size = 1;
  const { cost } = await streamFunction(run, async text => {
    size += Buffer.byteLength(text) + 1;
    if (size > CALL_LIMITS.body)
      throw new Refusal('BAD_RESULT', `the result of ${run.call.fn} is over ${CALL_LIMITS.body} bytes`);
    chunks.push(text);
  });
  return { text: `[${chunks.join(',')}]`, cost };
}

/** Runs a function that streams; `send` takes the JCS text of each chunk and resolves when there is room for more. */
export async function streamFunction(
  run: Run,
  send: (chunk: string) => Promise<void>,
): Promise<{ readonly cost: Amount }> {
  const { definition, params } = run;
  return within(run, async (context, patience) => {
    const chunks = iteratorOf(run, await patience.wait(() => definition.run(params, context)));
    let ended = false;
    try {
      for (;;) {
        const { done, value } = await patience.wait(() => chunks.next());
        ended = done === true;
        if (ended) return '';
        const text = resultText(run, value ?? null, MAX_DEPTH - 1);
        await patience.wait(() => send(text), 'ours');
      }
    } finally {
      // Not awaited: a generator that does not end its work must not hold up the answer.
      if (!ended) Promise.resolve(chunks.return?.()).catch(run.onLate);
    }
  });
}

function iteratorOf({ call }: Run, result: unknown): AsyncIterator<unknown> {
  const iterable = result as Partial<AsyncIterable<unknown>> | null | undefined;
  const iterator = iterable?.[Symbol.asyncIterator]?.();
  if (iterator !== undefined) return iterator;
  throw new Refusal('BAD_RESULT', `${call.fn} streams, but returned no async iterable`);
}

async function within(
  run: Run,
  work: (context: CallContext, patience: Patience) => Promise<string>,
): Promise<Answer> {
  const { price, call, state, definition } = run;
  const now = Date.now();
  const limitMs = Math.max(1, Math.min(definition.timeoutMs ?? TIMEOUT_MS, run.waitsUntil - now));
  const patience = createPatience(call.fn, limitMs);
  run.onInterrupt(patience.end);
  let cost = price;
  const context: CallContext = {
    ...call,
    state,
    deadline: now + limitMs,
    get signal() {
      return patience.signal();
    },
    charge(amount) {
      if (typeof amount !== 'bigint' || amount < 0n || amount > price)
        throw new RangeError(`a call of ${call.fn} costs 0 to ${price} base units`);
      cost = amount;
    },
  };
  try {
    const text = await work(context, patience);
    return { text, cost };
  } catch (error) {
    state.discard();
    throw error;
  } finally {
    patience.stop();
  }
}

function resultText(run: Run, result: unknown, maxDepth: number): string {
  const { fn } = run.call;
  let text: string;
  try {
    text = canonicalJson(checked(run, result), maxDepth);
  } catch (cause) {
    if (!(cause instanceof ModuleError)) throw cause;
    throw new Refusal('BAD_RESULT', `${fn} returned no JSON: ${cause.message}`, {}, { cause });
  }
  if (Buffer.byteLength(text) > CALL_LIMITS.body)
    throw new Refusal('BAD_RESULT', `the result of ${fn} is over ${CALL_LIMITS.body} bytes`);
  return text;
}

/** What the schema makes of a result: it may leave out what it does not know. */
function checked({ call, definition }: Run, result: unknown): unknown {
  if (definition.result === undefined) return result;
  const parsed = definition.result.safeParse(result);
  if (parsed.success) return parsed.data;
  const [path] = parsed.error.issues.map(issue => issue.path.join('.'));
  throw new Refusal('BAD_RESULT', `${call.fn} broke its own schema: ${reasonsOf(parsed.error)}`, {
    path: path ?? '',
  });
}

/** What a schema says, each with its path, in at most 1,000 characters. */
export function reasonsOf({ issues }: z.ZodError): string {
  const reasons = issues
    .slice(0, 5)
    .map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  return reasons.join('; ').slice(0, 1000);
}
