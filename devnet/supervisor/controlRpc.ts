/** JSON-RPC of the gateway itself. Loaded when the first such request comes. */
import type { IncomingHttpHeaders } from 'node:http';
import { fromErrorObject } from '../../node/client/errors.ts';
import { createDispatcher } from '../../node/rpc/dispatch.ts';
import { errorObject, INTERNAL_ERROR } from '../../node/rpc/errors.ts';
import { DEFAULT_LIMITS } from '../../node/rpc/options.ts';
import { callerOf } from '../../node/rpc/origin.ts';
import { note } from '../output.ts';
import type { Control } from './control.ts';
import { CONTROL_METHODS, type ControlContext } from './controlMethods.ts';

const dispatch = createDispatcher<ControlContext>({
  methods: CONTROL_METHODS,
  limits: DEFAULT_LIMITS,
  onDefect: (error, method) =>
    note(`${method}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
});

/** What a node answers to this text; empty for no answer. */
export type Forward = (text: string) => Promise<string>;

/**
 * Answers what concerns the cluster and forwards the rest of a batch. The text of the response; null when nothing is
 * to be answered; undefined when nothing concerns the cluster after all.
 */
export async function answerControl(
  body: Buffer,
  headers: IncomingHttpHeaders,
  control: Control,
  forward: Forward,
): Promise<string | null | undefined> {
  const parsed = parseJson(body);
  const requests: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  const own = requests.filter(isOwn);
  if (own.length === 0) return undefined;
  const { trusted } = callerOf(headers, []);
  const context = { control, trusted, askNode: askThrough(forward) };
  if (!Array.isArray(parsed)) return dispatch(JSON.stringify(parsed), context);
  const rest = requests.filter(request => !isOwn(request));
  const answers = await Promise.all([
    dispatch(JSON.stringify(own), context),
    rest.length === 0 ? null : forward(JSON.stringify(rest)),
  ]);
  const all = answers.flatMap(text => (text === null || text === '' ? [] : (JSON.parse(text) as unknown)));
  return all.length === 0 ? null : JSON.stringify(all);
}

/** The same error for each request of a body that could not be carried to a node; null if none asked for an answer. */
export function refuseAll(body: Buffer, error: unknown): string | null {
  const parsed = parseJson(body);
  const refusal = errorObject(error) ?? INTERNAL_ERROR;
  const requests: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  const answers = requests.flatMap(request => {
    const id = (request as { readonly id?: unknown } | null | undefined)?.id;
    const isNotification = typeof request === 'object' && request !== null && id === undefined;
    return isNotification ? [] : [{ jsonrpc: '2.0', id: id ?? null, error: refusal }];
  });
  if (answers.length === 0) return null;
  return JSON.stringify(Array.isArray(parsed) ? answers : answers[0]);
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

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // Not JSON: the node answers with the parse error that the protocol asks for.
    return undefined;
  }
}
