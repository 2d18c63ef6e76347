import * as actions from './actions/index.ts';
import { createSend, type Send } from './send.ts';
import { createHttp, type Fetch } from './transport/http.ts';
import type { Transport } from './transport/types.ts';
import { createSubscriber, type WebSocketConstructor } from './transport/webSocket.ts';

type Actions = typeof actions;
/** An action without its first parameter. */
type Bound<Action> = Action extends (transport: Transport, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;

export type Client = Transport & { readonly [Name in keyof Actions]: Bound<Actions[Name]> } & {
  readonly url: string;
  /** Signs here, submits and waits. See {@link createSend}. */
  readonly send: Send;
  /** Ends all subscriptions. */
  close(): void;
};

export interface ClientOptions {
  readonly fetch?: Fetch | undefined;
  readonly webSocket?: WebSocketConstructor | undefined;
  /** Milliseconds until a request is given up; 30,000 when absent. */
  readonly timeoutMs?: number | undefined;
}

/**
 * A typed client of one node. Requests go over HTTP; a WebSocket is opened with the first subscription. Amounts are
 * bigint base units, addresses SS58, hashes `0x` hex. Everything rejects with {@link RpcError}.
 *
 * @example
 * const client = createClient('http://127.0.0.1:8700');
 * const { height } = await client.getHead();
 */
export function createClient(url: string, options: ClientOptions = {}): Client {
  const request = createHttp(
    url.replace(/^ws/, 'http'),
    options.fetch ?? globalThis.fetch,
    options.timeoutMs ?? 30_000,
  );
  const { subscribe, close } = createSubscriber(url.replace(/^http/, 'ws'), options.webSocket);
  const transport: Transport = { request, subscribe };
  const bound = Object.entries(actions).map(([name, action]) => [
    name,
    (...rest: unknown[]) => (action as (...all: unknown[]) => unknown)(transport, ...rest),
  ]);
  return { url, ...transport, ...Object.fromEntries(bound), send: createSend(transport), close };
}
