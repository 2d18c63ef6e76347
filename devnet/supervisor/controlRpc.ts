/** JSON-RPC of the gateway itself. Loaded when the first such request comes. */
import type { IncomingHttpHeaders } from 'node:http';
import { fromErrorObject } from '../../node/client/errors.ts';
import { createDispatcher, refusalText } from '../../node/rpc/dispatch.ts';
import { RpcFault } from '../../node/rpc/errors.ts';
import { DEFAULT_LIMITS } from '../../node/rpc/options.ts';
import { callerOf } from '../../node/rpc/origin.ts';
import { parseMessage, refuseAll } from '../../node/rpc/refuse.ts';
import { isNotification } from '../../node/rpc/request.ts';
import { note } from '../output.ts';
import { CONTROL_METHODS, type ControlContext } from './controlMethods.ts';

const onDefect = (error: unknown, where: string): void =>
  note(`${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);

const dispatch = createDispatcher<ControlContext>({
  methods: CONTROL_METHODS,
  limits: DEFAULT_LIMITS,
  onDefect,
});

export { refusalText, refuseAll };

/** The answer after an error that nobody foresaw; people read here what it was. */
export function refuseDefect(error: unknown, where: string): string {
  onDefect(error, where);
  return refusalText(error);
}

/** What a node answers to this text; empty for no answer. */
export type Forward = (text: string) => Promise<string>;

/** What the gateway works with. */
export type Desk = Pick<ControlContext, 'control' | 'injector'>;

/**
 * Answers what concerns the cluster and forwards the rest of a batch, side by side. The text of the response; null when
 * nothing is to be answered. undefined when nothing concerns the cluster after all, or when it is nothing that could be taken apart: a node
 * refuses that.
 */
export function answerControl(
  body: Buffer,
  headers: IncomingHttpHeaders,
  desk: Desk,
  forward: Forward,
): Promise<string | null> | undefined {
  const parsed = parseMessage(body);
  const isBatch = Array.isArray(parsed);
  const requests: readonly unknown[] = isBatch ? parsed : [parsed];
  if (requests.length > DEFAULT_LIMITS.batchLength || !requests.some(isOwn)) return undefined;
  const { trusted } = callerOf(headers, []);
  const context = { ...desk, trusted, askNode: askThrough(forward) };
  return isBatch ? answerBatch(requests, context, forward) : dispatch(JSON.stringify(parsed), context);
}

/** In the order of the requests. */
async function answerBatch(
  requests: readonly unknown[],
  context: ControlContext,
  forward: Forward,
): Promise<string | null> {
  const own = requests.filter(isOwn);
  const rest = requests.filter(request => !isOwn(request));
  const [ours, theirs] = await Promise.all([
    dispatch(JSON.stringify(own), context),
    rest.length === 0 ? '' : forwardOrRefuse(rest, forward),
  ]);
  const left = [answersOf(ours), answersOf(theirs)] as const;
  const all = requests
    .filter(request => !isNotification(request))
    .flatMap(request => left[isOwn(request) ? 0 : 1].splice(0, 1));
  return all.length === 0 ? null : JSON.stringify(all);
}

const answersOf = (text: string | null): unknown[] =>
  text === null || text === '' ? [] : [JSON.parse(text) as unknown].flat();

/** What was done here is answered although no node answers the rest. */
async function forwardOrRefuse(rest: readonly unknown[], forward: Forward): Promise<string | null> {
  const text = JSON.stringify(rest);
  try {
    return await forward(text);
  } catch (error) {
    if (!(error instanceof RpcFault)) throw error;
    return refuseAll(Buffer.from(text), error);
  }
}

const askThrough = (forward: Forward) => async (method: string) => {
  const { result, error } = JSON.parse(await forward(JSON.stringify({ jsonrpc: '2.0', id: 1, method }))) as {
    readonly result?: unknown;
    readonly error?: unknown;
  };
  if (error !== undefined) throw fromErrorObject(error);
  return result;
};

const isOwn = (request: unknown): boolean => {
  const method = (request as { readonly method?: unknown } | null | undefined)?.method;
  return typeof method === 'string' && CONTROL_METHODS.has(method);
};
