import type { AddressInfo } from 'node:net';
import type { NodeApi } from '../api.ts';
import type { Log } from '../ordering/types.ts';
import { createAdmission } from './admission.ts';
import { createDispatcher } from './dispatch.ts';
import { createHttpServer, type Page } from './http.ts';
import { createInjector, type Injector } from './injected/injector.ts';
import { createRpcMetrics, type RpcMetrics } from './metrics.ts';
import { noticesOf, pluginNotices } from './notices.ts';
import { DEFAULT_LIMITS, type RpcLimits } from './options.ts';
import type { Caller } from './origin.ts';
import { page } from './page.ts';
import { readinessOf } from './readiness.ts';
import { METHODS } from './registry.ts';
import type { Context, Subscriber } from './schema.ts';
import { createWaiter } from './wait.ts';
import { acceptWebSockets } from './webSocket.ts';

export interface RpcOptions {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly log: Log;
  /** Text of `/metrics` beside the figures of the RPC itself. */
  readonly metrics?: (() => string | Promise<string>) | undefined;
  /** Names besides IP addresses and localhost under which this node is reached: for `dev_` methods. */
  readonly hosts?: readonly string[] | undefined;
  readonly limits?: Partial<RpcLimits> | undefined;
  /** Whoever shows it in the header `devnet-pass` is under no limit of rate. */
  readonly pass?: string | undefined;
  /** Milliseconds that never go back, for that limit. */
  readonly now?: (() => number) | undefined;
}

export interface Rpc {
  readonly port: number;
  readonly url: string;
  /** Of faulty answers on purpose. */
  readonly injector: Injector;
  counts(): { readonly connections: number; readonly subscriptions: number };
  /** Ends every connection; requests that wait for a transaction are told so. */
  close(): Promise<void>;
}

/** The RPC server did not start. */
export class RpcStartError extends Error {
  override readonly name = 'RpcStartError';
  readonly code: 'PORT_IN_USE' | 'CANNOT_LISTEN';
  readonly hint: string;
  constructor(code: RpcStartError['code'], message: string, hint: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
  }
}

/** Serves a node's RPC by HTTP and WebSocket on one port. Throws {@link RpcStartError}. */
export async function startRpc(api: NodeApi, options: RpcOptions): Promise<Rpc> {
  const { host, log, hosts = [], pass, now } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const onDefect = (error: unknown, where: string) =>
    log.error({ err: error, where }, 'rpc: unforeseen error');
  const waiter = createWaiter(api, limits.waiters);
  const injector = createInjector(limits);
  const figures = createRpcMetrics({
    node: api.info.name,
    gauges: () => {
      const { connections, subscriptions } = sockets.counts();
      return [
        { name: 'websockets', help: 'Open WebSockets.', value: connections },
        { name: 'subscriptions', help: 'Subscriptions.', value: subscriptions },
      ];
    },
    faults: injector.totals,
  });
  const admission = createAdmission({ limits, pass, now, onRefused: figures.onRefused });
  const context = ({ trusted }: Caller, subscriber: Subscriber | null = null): Context => ({
    api,
    trusted,
    subscriber,
    waiter,
    injector,
  });
  const dispatch = createDispatcher({ methods: METHODS, limits, onDefect, onCall: figures.onCall });
  const server = createHttpServer({
    dispatch,
    limits,
    admission,
    hosts,
    context,
    pages: pagesOf(api, options, figures),
    onDefect,
  });
  const sockets = acceptWebSockets({ server, dispatch, limits, admission, hosts, context, onDefect });
  const stopListening = api.onBlock(block => {
    // What goes wrong on the way to a subscriber is no reason to disturb the node, which is committing.
    try {
      sockets.publish(noticesOf(block, api.mechanisms(block.block.header.height)));
    } catch (error) {
      onDefect(error, 'notices');
    }
  });

  const stopHearing = api.plugins().loaded.listen(found => sockets.publish(pluginNotices([found])));

  function release(): void {
    stopListening();
    stopHearing();
    waiter.close();
    sockets.close();
  }

  try {
    await listen(server, host, options.port);
  } catch (error) {
    release();
    throw startError(error, host, options.port);
  }
  server.on('error', error => onDefect(error, 'server'));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    injector,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    counts: sockets.counts,
    async close() {
      release();
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      server.closeIdleConnections();
      // Answers that are on their way get a moment to leave.
      const impatience = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      await closed;
      clearTimeout(impatience);
    },
  };
}

const CLOSE_MS = 500;

type Server = ReturnType<typeof createHttpServer>;

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });

function startError(error: unknown, host: string, port: number): RpcStartError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return new RpcStartError(
      'PORT_IN_USE',
      `port ${port} on ${host} is in use`,
      'Stop what listens there (another devnet? try `devnet down`), or choose another port.',
      error,
    );
  const reason = error instanceof Error ? error.message : String(error);
  return new RpcStartError(
    'CANNOT_LISTEN',
    `cannot listen on ${host}, port ${port}: ${reason}`,
    'Check host and port.',
    error,
  );
}

function pagesOf(
  api: NodeApi,
  { metrics }: RpcOptions,
  figures: RpcMetrics,
): ReadonlyMap<string, () => Page | Promise<Page>> {
  return new Map<string, () => Page | Promise<Page>>([
    ['/', () => ({ status: 200, type: 'text/html; charset=utf-8', body: page(api.info) })],
    ['/healthz', () => json(200, { ok: true })],
    ['/readyz', () => readyPage(api)],
    [
      '/metrics',
      async () => ({
        status: 200,
        type: 'text/plain; version=0.0.4; charset=utf-8',
        body: `${metrics === undefined ? '' : await metrics()}\n${figures.text()}`,
      }),
    ],
  ]);
}

function readyPage(api: NodeApi): Page {
  const found = readinessOf(api);
  return json(found.ready ? 200 : 503, found);
}

const json = (status: number, value: object): Page => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});
