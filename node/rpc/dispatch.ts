/**
 * JSON-RPC 2.0 (jsonrpc.org/specification) without a transport: bytes in, text out. null stands for no answer at all,
 * which is what notifications get.
 */
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { isDeeperThan } from './depth.ts';
import { type ErrorObject, errorObject, INTERNAL_ERROR, RPC_ERRORS, RpcFault } from './errors.ts';
import type { RpcLimits } from './options.ts';
import { flawOf, type Id, idOf, isRequest, type Request } from './request.ts';
import type { Context, Method } from './schema.ts';

export interface DispatcherOptions<Asked> {
  readonly methods: ReadonlyMap<string, Method<Asked>>;
  readonly limits: Pick<RpcLimits, 'batchLength' | 'answerBytes' | 'depth'>;
  /** Told of errors that nobody foresaw. */
  readonly onDefect: (error: unknown, method: string) => void;
  /** Told of each call, for metrics; `error` is the name, null for success. */
  readonly onCall?: ((method: string, error: string | null, seconds: number) => void) | undefined;
}

const BATCH_WINDOW = 100;

export type Dispatch<Asked = Context> = (sent: Buffer | string, context: Asked) => Promise<string | null>;

export function createDispatcher<Asked>({
  methods,
  limits,
  onDefect,
  onCall,
}: DispatcherOptions<Asked>): Dispatch<Asked> {
  return function dispatch(sent, context) {
    let message: unknown;
    try {
      message = read(typeof sent === 'string' ? sent : textOf(sent));
    } catch (error) {
      return Promise.resolve(failed(null, errorObject(error) ?? INTERNAL_ERROR));
    }
    return Array.isArray(message) ? answerBatch(message, context) : answer(message, context);
  };

  function read(text: string): unknown {
    if (isDeeperThan(text, limits.depth))
      throw new RpcFault('TOO_DEEP', `nested more than ${limits.depth} levels deep`);
    const message = parse(text);
    if (Array.isArray(message)) checkBatch(message, limits.batchLength);
    return message;
  }

  /** Requests start in order and run side by side, a window at a time, so that their answers can be bounded. */
  async function answerBatch(batch: readonly unknown[], context: Asked): Promise<string | null> {
    const budget = { left: limits.answerBytes };
    const answers: string[] = [];
    for (let start = 0; start < batch.length; start += BATCH_WINDOW) {
      const window = batch.slice(start, start + BATCH_WINDOW);
      const given = await Promise.all(window.map(request => answer(request, context, budget)));
      for (const text of given) if (text !== null) answers.push(text);
    }
    return answers.length === 0 ? null : `[${answers.join(',')}]`;
  }

  async function answer(
    request: unknown,
    context: Asked,
    budget: { left: number } = { left: limits.answerBytes },
  ): Promise<string | null> {
    const id = idOf(request);
    if (!isRequest(request)) return failed(id, invalidRequest(request));
    const isNotification = !Object.hasOwn(request, 'id');
    const { method } = request;
    const started = performance.now();
    const tell = (error: string | null) => onCall?.(method, error, (performance.now() - started) / 1_000);
    try {
      if (budget.left <= 0)
        throw new RpcFault('ANSWER_TOO_LARGE', 'the answers before this one are too large');
      const made = call(request, context);
      // Most methods answer at once: no turn of the event loop for them.
      const result = made instanceof Promise ? await made : made;
      tell(null);
      if (isNotification) return null;
      const text = succeeded(id, result);
      budget.left -= text.length;
      return text;
    } catch (error) {
      const known = errorObject(error);
      if (known === null) onDefect(error, method);
      const refusal = known ?? INTERNAL_ERROR;
      tell(refusal.data.name);
      return isNotification ? null : failed(id, refusal);
    }
  }

  function call(request: Request, context: Asked): unknown {
    const method = methods.get(request.method);
    if (method === undefined)
      throw new RpcFault('METHOD_NOT_FOUND', `there is no method ${quoted(request.method)}`);
    return method.run(context, parseParams(method, request.params) as never);
  }
}

function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new RpcFault('PARSE_ERROR', 'not UTF-8');
  return bytes.toString();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RpcFault(
      'PARSE_ERROR',
      text.startsWith('\uFEFF') ? 'a byte order mark before the JSON' : 'not JSON',
      {
        cause,
      },
    );
  }
}

function checkBatch(batch: readonly unknown[], longest: number): void {
  if (batch.length === 0) throw new RpcFault('INVALID_REQUEST', 'an empty batch');
  if (batch.length > longest)
    throw new RpcFault('BATCH_TOO_LONG', `${batch.length} requests, at most ${longest} are answered at once`);
}

function parseParams({ params: schema }: Pick<Method, 'params'>, given: Request['params']): unknown {
  const named = Array.isArray(given) ? byPosition(schema, given) : (given ?? {});
  const parsed = schema.safeParse(named);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.') ?? '';
  const message = issue === undefined ? 'wrong parameters' : issueMessage(issue);
  throw new RpcFault('INVALID_PARAMS', path === '' ? message : `${path}: ${message}`, {
    hint: `The parameters are: ${signature(schema)}.`,
    fields: { path },
  });
}

function byPosition(schema: z.ZodObject, given: readonly unknown[]): object {
  const names = Object.keys(schema.shape);
  if (given.length > names.length)
    throw new RpcFault('INVALID_PARAMS', `${given.length} parameters, there are at most ${names.length}`, {
      hint: `The parameters are: ${signature(schema)}.`,
    });
  return Object.fromEntries(given.map((value, index) => [names[index] ?? '', value]));
}

/** Names in order, optional ones with a question mark. */
function signature({ shape }: z.ZodObject): string {
  const names = Object.entries(shape).map(([name, schema]) =>
    z.safeParse(schema, undefined).success ? `${name}?` : name,
  );
  return names.join(', ') || 'none';
}

const issueMessage = ({ code, message }: z.core.$ZodIssue): string =>
  code === 'invalid_union'
    ? 'has none of the forms that it may have'
    : message.replace(/^(Invalid input|Too big|Too small): /, '');

const invalidRequest = (request: unknown): ErrorObject => ({
  code: RPC_ERRORS.INVALID_REQUEST[0],
  message: `not a request of JSON-RPC 2.0: ${flawOf(request)}`,
  data: { name: 'INVALID_REQUEST', hint: RPC_ERRORS.INVALID_REQUEST[1] },
});

const succeeded = (id: Id, result: unknown): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result) ?? 'null'}}`;

const failed = (id: Id, error: ErrorObject): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":${JSON.stringify(error)}}`;

/** An answer outside of any request, e.g. for a message that is too large to be read. */
export const refusalText = (error: unknown): string => failed(null, errorObject(error) ?? INTERNAL_ERROR);

const LONGEST_QUOTE = 64;
const quoted = (text: string): string =>
  JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}...` : text);
