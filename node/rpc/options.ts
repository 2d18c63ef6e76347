/** What bounds the work that strangers can cause. */
export interface RpcLimits {
  /** Bytes of an HTTP body or a WebSocket message. */
  readonly bodyBytes: number;
  readonly batchLength: number;
  /** Bytes of the answers to a batch; requests after that are refused. */
  readonly answerBytes: number;
  /** Levels of nested arrays and objects. */
  readonly depth: number;
  readonly webSockets: number;
  readonly subscriptionsPerConnection: number;
  /** Unread outgoing bytes of a WebSocket from which on notices are dropped and its requests wait. */
  readonly queuedBytes: number;
  /** Requests of one WebSocket under way at once. */
  readonly requestsPerConnection: number;
  /** Open HTTP and WebSocket connections; more are closed at once. */
  readonly connections: number;
  /** Requests of one address in a second on average; 0 for no limit. */
  readonly requestsPerSecond: number;
  /** And how many of them at once, after a pause. */
  readonly requestBurst: number;
  /** Requests that wait for a transaction, of all clients. */
  readonly waiters: number;
  /** Milliseconds in which the headers, and then the whole request, must have arrived. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** Milliseconds without a pong after which a WebSocket is given up. */
  readonly heartbeatMs: number;
}

/** The limits of so many requests a second: after a pause those of two seconds are welcome at once. */
export const rateLimits = (perSecond: number) => ({
  requestsPerSecond: perSecond,
  requestBurst: 2 * perSecond,
});

export const DEFAULT_LIMITS: RpcLimits = {
  bodyBytes: 1024 * 1024,
  batchLength: 1_000,
  answerBytes: 32 * 1024 * 1024,
  depth: 64,
  webSockets: 1_000,
  subscriptionsPerConnection: 100,
  queuedBytes: 1024 * 1024,
  requestsPerConnection: 256,
  connections: 2_048,
  // More than a node answers one by one: what is caught is a loop that runs away with batches.
  ...rateLimits(100_000),
  waiters: 20_000,
  headersMs: 10_000,
  requestMs: 30_000,
  heartbeatMs: 30_000,
};
