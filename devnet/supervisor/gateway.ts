/**
 * The one port of a cluster. Requests go to the first node that runs, so that a client reads what it wrote; each
 * WebSocket has one node behind it. The methods that concern the processes are answered here.
 */
import { isUtf8 } from 'node:buffer';
import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { pipeline } from 'node:stream';
import {
  type Admission,
  createAdmission,
  PASS_HEADER,
  retryAfter,
  UNCOUNTED,
} from '../../node/rpc/admission.ts';
import { readBody } from '../../node/rpc/body.ts';
import { allowOrigin, preflight } from '../../node/rpc/cors.ts';
import { RpcFault } from '../../node/rpc/errors.ts';
import { createInjector, type Injector } from '../../node/rpc/injected/injector.ts';
import { FAULTS_HEADER } from '../../node/rpc/injected/through.ts';
import type { RpcMetrics } from '../../node/rpc/metrics.ts';
import { DEFAULT_LIMITS, rateLimits } from '../../node/rpc/options.ts';
import { callerOf } from '../../node/rpc/origin.ts';
import { type Control, mayConcernControl } from './control.ts';
import { answerDashboard, isForDashboard } from './dashboard.ts';
import { createFigures, errorIn, labelOf } from './figures.ts';
import { createLogStreams, type LogStreams } from './logStream.ts';
import { mergeMetrics } from './metrics.ts';
import { listenError, reachable } from './ports.ts';
import type { ClusterReadiness } from './readiness.ts';
import type { Relay } from './relay.ts';

export interface Backend {
  readonly index: number;
  readonly port: number;
}

export interface GatewayOptions {
  readonly host: string;
  readonly port: number;
  /** Nodes that run, best first. */
  readonly backends: () => readonly Backend[];
  readonly control: Control;
  readonly readiness: () => Promise<ClusterReadiness>;
  /** Requests a second of one address, 0 without a limit; absent: with the value in `node/rpc/options.ts`. */
  readonly rateLimit?: number | undefined;
  /** What the nodes know the gateway by: who asks too much is told here. */
  readonly pass?: string | undefined;
  /** Milliseconds that never go back, for the limit of rate. */
  readonly now?: (() => number) | undefined;
}

export interface Gateway {
  readonly port: number;
  /** Of faulty answers on purpose. */
  readonly injector: Injector;
  /** A node no longer answers: what waits for it is told so, and its WebSockets end, so that clients go elsewhere. */
  release(index: number): void;
  /** There are better nodes than this one: its WebSockets end, so that clients go there. HTTP requests go on. */
  leave(index: number): void;
  close(): Promise<void>;
}

/** What is under way to each node. */
type Waiting = Map<number, Set<{ destroy(error?: Error): unknown }>>;

interface Way extends GatewayOptions {
  readonly injector: Injector;
  readonly admission: Admission;
  readonly figures: RpcMetrics;
  readonly logs: LogStreams;
  readonly agent: Agent;
  readonly waiting: Waiting;
  /** Those of them that listen. */
  readonly listening: Waiting;
}

/** What is sent on of an HTTP request. */
type Asked = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

/** A request that came by WebSocket goes on by POST, in the name of the same page. */
function asPost({ headers: { host, origin } }: IncomingMessage): Asked {
  return { method: 'POST', url: '/', headers: { host, ...(origin === undefined ? {} : { origin }) } };
}

/** Until it closes. */
function track(
  waiting: Waiting,
  index: number,
  connection: { destroy(error?: Error): unknown; once(event: 'close', listener: () => void): unknown },
): void {
  const ofNode = waiting.get(index) ?? new Set();
  waiting.set(index, ofNode);
  ofNode.add(connection);
  connection.once('close', () => ofNode.delete(connection));
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const waiting: Waiting = new Map();
  const listening: Waiting = new Map();
  const injector = createInjector(DEFAULT_LIMITS);
  let sockets: Relay | null = null;
  const figures = createFigures(injector.totals, () => [
    { name: 'websockets', help: 'Open WebSockets.', value: sockets?.connections() ?? 0 },
  ]);
  const { rateLimit, now } = options;
  const limits = rateLimit === undefined ? DEFAULT_LIMITS : { ...DEFAULT_LIMITS, ...rateLimits(rateLimit) };
  const admission = createAdmission({ limits, now, onRefused: figures.onRefused });
  const logs = createLogStreams(options.control);
  const way = { ...options, agent, waiting, listening, injector, figures, admission, logs };
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 120_000 }, (incoming, outgoing) => {
    route(incoming, outgoing, way).catch(async (error: unknown) => {
      const { refuseDefect } = await import('./controlRpc.ts');
      const refusal = refuseDefect(error, incoming.method ?? '');
      if (outgoing.headersSent) outgoing.destroy();
      else answerRpc(outgoing, 500, refusal);
    });
  });
  // Each holds one request body and one answer at most.
  server.maxConnections = DEFAULT_LIMITS.connections;
  let relay: Promise<Relay> | null = null;
  server.on('upgrade', (incoming, socket, head) => {
    socket.on('error', () => socket.destroy());
    relay ??= makeRelay(way);
    relay
      .then(made => {
        sockets = made;
        return made.accept(incoming, socket, head);
      })
      .catch(error => socket.destroy(error));
  });
  await listen(server, options);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the gateway has no port');
  return {
    port: address.port,
    injector,
    release(index) {
      const gone = new RpcFault('NODE_GONE', `node ${index} went away before it answered`);
      for (const connection of waiting.get(index) ?? []) connection.destroy(gone);
    },
    leave(index) {
      for (const connection of listening.get(index) ?? []) connection.destroy();
    },
    async close() {
      (await relay)?.close();
      await new Promise<void>(done => {
        for (const connections of waiting.values()) for (const each of connections) each.destroy();
        agent.destroy();
        server.close(() => done());
        server.closeAllConnections();
      });
    },
  };
}

async function route(incoming: IncomingMessage, outgoing: ServerResponse, way: Way): Promise<void> {
  // A node says the same of what it answers; the gateway's own answers are for the same pages.
  const { allowOrigin: origin } = callerOf(incoming.headers, []);
  if (origin !== null) allowOrigin(outgoing, origin);
  const { method } = incoming;
  if (method === 'OPTIONS') return preflight(outgoing);
  const path = pathOf(incoming);
  const refusal = UNCOUNTED.has(path) ? null : way.admission.refusal(incoming);
  if (refusal !== null) return refuseUnread(outgoing, 429, refusal);
  if (method === 'GET' || method === 'HEAD') {
    const made = PAGES[path];
    if (made !== undefined) return made(outgoing, way);
    if (path === '/logs') return way.logs.answer(incoming, outgoing);
    if (isForDashboard(path, incoming.headers)) return answerDashboard(path, incoming, outgoing);
  }
  const body = await readBody(incoming, DEFAULT_LIMITS.bodyBytes);
  if (body === null) return refuseTooLarge(outgoing, way);
  way.admission.count(incoming, body);
  if (method !== 'POST') return void (await respond(incoming, outgoing, body, way));
  const started = performance.now();
  const error = await respond(incoming, outgoing, body, way);
  way.figures.onCall(labelOf(body), error, (performance.now() - started) / 1_000);
}

/** The name of the error that was answered; null for none. */
async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  body: Buffer,
  way: Way,
): Promise<string | null> {
  const { method } = incoming;
  const path = pathOf(incoming);
  try {
    const node = NODE_PATH.exec(path)?.[1];
    if (node !== undefined)
      return await pass(await forward(toRoot(incoming), body, only(way, node)), outgoing);
    if (method === 'POST' && path === '/' && mayInject(way, body))
      return await inject(incoming, outgoing, body, way);
    const reply =
      method === 'POST' && mayConcernControl(body) ? await answerSelf(incoming, body, way) : undefined;
    if (reply === undefined) return await pass(await forward(incoming, body, way), outgoing);
    return answerRpc(outgoing, 200, reply);
  } catch (error) {
    if (!(error instanceof RpcFault)) throw error;
    const { refuseAll } = await import('./controlRpc.ts');
    answerRpc(outgoing, error.code === 'NO_NODE' ? 503 : 502, refuseAll(body, error));
    return error.code;
  }
}

const pathOf = ({ url = '/' }: IncomingMessage): string => url.split('?', 1)[0] ?? '/';

/** `/nodes/2` is the RPC of that node: pages of this origin reach each of them. */
const NODE_PATH = /^\/nodes\/(\d{1,4})$/;

const only = (way: Way, node: string): Way => ({
  ...way,
  backends: () => way.backends().filter(({ index }) => index === Number(node)),
});

const toRoot = ({ method, headers }: IncomingMessage): Asked => ({ method, headers, url: '/' });

/** What the gateway tells itself; the rest is the node's. */
const PAGES: Readonly<
  Record<string, ((outgoing: ServerResponse, way: Way) => void | Promise<void>) | undefined>
> = {
  '/healthz': outgoing => answer(outgoing, 200, { ok: true }),
  async '/readyz'(outgoing, { readiness }) {
    const { reasons, warnings } = await readiness();
    const ready = reasons.length === 0;
    answer(outgoing, ready ? 200 : 503, { ready, reasons, warnings });
  },
  async '/metrics'(outgoing, way) {
    const texts = await Promise.all(way.backends().map(node => fetchMetrics(node, way)));
    outgoing
      .writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
      .end(mergeMetrics([...texts, way.figures.text()]));
  },
};

async function refuseTooLarge(outgoing: ServerResponse, { figures }: Way): Promise<void> {
  // The rest of the body is not read, so this connection is of no more use.
  outgoing.setHeader('connection', 'close');
  figures.onRefused('BODY_TOO_LARGE');
  const refusal = new RpcFault('BODY_TOO_LARGE', `more than ${DEFAULT_LIMITS.bodyBytes} bytes`);
  await refuseUnread(outgoing, 413, refusal);
}

/** Nobody has read whose id was to be answered. */
async function refuseUnread(outgoing: ServerResponse, status: number, refusal: RpcFault): Promise<void> {
  const { refusalText } = await import('./controlRpc.ts');
  if (status === 429) outgoing.setHeader('retry-after', retryAfter(refusal));
  answerRpc(outgoing, status, refusalText(refusal));
}

const mayInject = ({ injector }: Way, body: Buffer): boolean => injector.isActive() && isUtf8(body);

/** Answers through the faults in force. */
async function inject(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  body: Buffer,
  way: Way,
): Promise<string | null> {
  const { text, dropped, told } = await way.injector.carry(body.toString(), sent =>
    answerWhole(incoming, sent, way),
  );
  if (told !== null) outgoing.setHeader(FAULTS_HEADER, told);
  if (!dropped) return answerRpc(outgoing, 200, text);
  outgoing.destroy();
  return 'DROPPED';
}

/** The answer of the gateway or of a node; null for none. */
async function answerWhole(asked: Asked, text: string, way: Way): Promise<string | null> {
  const body = Buffer.from(text);
  const own = mayConcernControl(body) ? await answerSelf(asked, body, way) : undefined;
  return own === undefined ? (await askNode(asked, text, way)) || null : own;
}

/** undefined when it is nothing for the gateway itself. */
async function answerSelf(incoming: Asked, body: Buffer, way: Way): Promise<string | null | undefined> {
  const { answerControl } = await import('./controlRpc.ts');
  return answerControl(body, incoming.headers, way, text => askNode(incoming, text, way));
}

/** What a node answers to this text in the name of whoever asked; empty for no answer. */
async function askNode(incoming: Asked, text: string, way: Way): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of await forward(incoming, Buffer.from(text), way)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function pass(response: IncomingMessage, outgoing: ServerResponse): Promise<string | null> {
  // Of two headers that say who may read this, a browser would believe neither.
  for (const name of outgoing.getHeaderNames()) outgoing.removeHeader(name);
  outgoing.writeHead(response.statusCode ?? 502, response.headers);
  return new Promise(resolve => {
    let error: string | null = null;
    response.once('data', (first: Buffer) => {
      error = errorIn(first.toString());
    });
    // An answer that breaks off breaks off for the client as well: it has begun, and can no longer become an error.
    pipeline(response, outgoing, broken =>
      resolve(broken === undefined || broken === null ? error : 'BROKEN_OFF'),
    );
  });
}

/** The name of the error in the text. */
function answerRpc(outgoing: ServerResponse, status: number, text: string | null): string | null {
  if (text === null) outgoing.writeHead(204).end();
  else outgoing.writeHead(status, { 'content-type': 'application/json' }).end(text);
  return text === null ? null : errorIn(text);
}

/** Sends a request to the first node that takes the connection. Throws RpcFault NO_NODE, NODE_GONE. */
async function forward(incoming: Asked, body: Buffer, way: Way): Promise<IncomingMessage> {
  for (const backend of way.backends()) {
    try {
      return await send(backend, incoming, body, way);
    } catch (error) {
      if (error instanceof RpcFault) throw error;
      // Only a connection that was never made is tried elsewhere: a request must not run twice.
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') continue;
      const reason = error instanceof Error ? error.message : String(error);
      throw new RpcFault('NODE_GONE', `node ${backend.index} went away before it answered: ${reason}`, {
        cause: error,
      });
    }
  }
  throw new RpcFault('NO_NODE', 'no node answers');
}

function send(
  { index, port }: Backend,
  incoming: Asked,
  body: Buffer,
  { host, agent, waiting, pass }: Way,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { connection: _, 'transfer-encoding': __, [PASS_HEADER]: ___, ...headers } = incoming.headers;
    const outgoing = request(
      {
        host: reachable(host),
        port,
        agent,
        method: incoming.method ?? 'GET',
        path: incoming.url ?? '/',
        headers: { ...headers, ...passing(pass), 'content-length': body.length },
      },
      resolve,
    );
    track(waiting, index, outgoing);
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

const passing = (pass: string | undefined): Readonly<Record<string, string>> =>
  pass === undefined ? {} : { [PASS_HEADER]: pass };

async function makeRelay(way: Way): Promise<Relay> {
  const [{ createRelay }, { answerControl, refuseAll, refuseDefect }] = await Promise.all([
    import('./relay.ts'),
    import('./controlRpc.ts'),
  ]);
  const { backends, host, waiting, listening, injector, admission, pass } = way;
  // Subscriptions belong to the connection of the node: they pass unharmed.
  const mayInjectMessage = (message: Buffer): boolean =>
    mayInject(way, message) && !message.includes('subscribe"');
  return createRelay({
    admission,
    headers: passing(pass),
    targets: () => backends().map(({ index, port }) => ({ index, url: `ws://${reachable(host)}:${port}` })),
    onOpen(index, upstream) {
      const connection = {
        destroy: () => upstream.terminate(),
        once: (event: 'close', listener: () => void) => upstream.once(event, listener),
      };
      track(waiting, index, connection);
      track(listening, index, connection);
    },
    answer(message, incoming) {
      const asked = asPost(incoming);
      const own = (text: string): Promise<string | null> => answerWhole(asked, text, way);
      const made = mayInjectMessage(message)
        ? injector.carry(message.toString(), own).then(({ text }) => text)
        : mayConcernControl(message)
          ? answerControl(message, incoming.headers, way, text => askNode(asked, text, way))
          : undefined;
      return made?.catch((error: unknown) => {
        if (!(error instanceof RpcFault)) refuseDefect(error, 'WebSocket');
        return refuseAll(message, error);
      });
    },
  });
}

async function fetchMetrics({ port }: Backend, { host, pass }: Way): Promise<string> {
  const response = await fetch(`http://${reachable(host)}:${port}/metrics`, {
    headers: passing(pass),
    signal: AbortSignal.timeout(2_000),
  });
  return response.text();
}

function answer(outgoing: ServerResponse, status: number, value: unknown): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function listen(server: Server, { host, port }: GatewayOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, port, host)));
    server.listen(port, host, () => resolve());
  });
}
