import { clientError, fromErrorObject, type RpcError } from '../errors.ts';
import type { MethodName, Methods } from '../wire.ts';
import type { RequestOptions } from './types.ts';

export type Fetch = typeof globalThis.fetch;

/** JSON-RPC over `POST`. Connections are kept alive by `fetch` itself. */
export function createHttp(url: string, fetch: Fetch, defaultTimeoutMs: number) {
  let lastId = 0;
  return async function request<M extends MethodName>(
    method: M,
    params: Methods[M]['params'],
    options: RequestOptions = {},
  ): Promise<Methods[M]['result']> {
    lastId += 1;
    const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const text = await post(url, fetch, { jsonrpc: '2.0', id: lastId, method, params }, timeoutMs).catch(
      error => {
        throw unreachable(error, url, method, timeoutMs);
      },
    );
    return parseResponse(text, url) as Methods[M]['result'];
  };
}

async function post(url: string, fetch: Fetch, body: object, timeoutMs: number): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  });
  return response.text();
}

function unreachable(error: unknown, url: string, method: string, timeoutMs: number): RpcError {
  if (error instanceof Error && error.name === 'TimeoutError')
    return clientError(
      'TIMEOUT',
      `${method} took longer than ${timeoutMs} ms`,
      'is the node busy, or paused?',
      error,
    );
  return clientError(
    'UNREACHABLE',
    `no answer from ${url}`,
    'is the node running? `devnet status` tells',
    error,
  );
}

function parseResponse(text: string, url: string): unknown {
  let response: unknown;
  try {
    response = JSON.parse(text);
  } catch (error) {
    throw clientError('BAD_RESPONSE', `${url} did not answer with JSON`, 'is this the URL of a node?', error);
  }
  if (typeof response === 'object' && response !== null) {
    if ('error' in response) throw fromErrorObject(response.error);
    if ('result' in response) return response.result;
  }
  throw clientError('BAD_RESPONSE', `${url} did not answer with JSON-RPC`, 'is this the URL of a node?');
}
