/** Runs a function within its time and takes its result apart. */
import type { Amount } from '../../consensus/interface/index.ts';
import { ModuleError, messageOf, Refusal } from '../errors.ts';
import { CALL_LIMITS, canonicalJson } from '../protocol/index.ts';
import type { CallContext, FunctionDefinition } from './definition.ts';

const TIMEOUT_MS = 30_000;

export interface Answer {
  /** JCS text of the result. */
  readonly text: string;
  /** Base units, at most the price. */
  readonly cost: Amount;
}

/** Throws FUNCTION_FAILED, FUNCTION_TIMEOUT or BAD_RESULT. */
export async function runFunction(
  definition: FunctionDefinition,
  params: unknown,
  price: Amount,
  call: Pick<CallContext, 'client' | 'fn' | 'epoch' | 'nonce'>,
): Promise<Answer> {
  const limit = definition.timeoutMs ?? TIMEOUT_MS;
  const abort = new AbortController();
  let cost = price;
  const context: CallContext = {
    ...call,
    signal: abort.signal,
    charge(amount) {
      if (typeof amount !== 'bigint' || amount < 0n || amount > price)
        throw new RangeError(`a call of ${call.fn} costs 0 to ${price} base units`);
      cost = amount;
    },
  };
  let timer: NodeJS.Timeout | undefined;
  const overtime = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Refusal('FUNCTION_TIMEOUT', `${call.fn} took longer than ${limit} ms`));
      abort.abort();
    }, limit);
  });
  try {
    const result = await Promise.race([invoke(definition, params, context), overtime]);
    return { text: resultText(call.fn, result), cost };
  } finally {
    clearTimeout(timer);
  }
}

async function invoke(
  definition: FunctionDefinition,
  params: unknown,
  context: CallContext,
): Promise<unknown> {
  try {
    return await definition.run(params, context);
  } catch (cause) {
    throw new Refusal('FUNCTION_FAILED', messageOf(cause).slice(0, 1000), {}, { cause });
  }
}

function resultText(fn: string, result: unknown): string {
  let text: string;
  try {
    text = canonicalJson(result ?? null);
  } catch (cause) {
    if (!(cause instanceof ModuleError)) throw cause;
    throw new Refusal('BAD_RESULT', `${fn} returned no JSON: ${cause.message}`, {}, { cause });
  }
  if (Buffer.byteLength(text) > CALL_LIMITS.body)
    throw new Refusal('BAD_RESULT', `the result of ${fn} is over ${CALL_LIMITS.body} bytes`);
  return text;
}
