/**
 * The one port of a cluster. Requests go to the first node that runs, so that a client reads what it wrote; WebSocket
 * connections are passed through as they are. The methods that concern the processes are answered here.
 */
import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, type Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { RpcFault } from '../../node/rpc/errors.ts';
import { type Control, mayConcernControl } from './control.ts';
import { mergeMetrics } from './metrics.ts';
import { listenError, reachable } from './ports.ts';
import type { ClusterReadiness } from './readiness.ts';

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
}

export interface Gateway {
  readonly port: number;
  /** A node no longer answers: what waits for it is told so, and its WebSockets end, so that clients go elsewhere. */
  release(index: number): void;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 2 * 1024 * 1024;
/** As many as a node takes; each holds one request body and one answer at most. */
const MAX_CONNECTIONS = 2_048;

/** What is under way to each node. */
type Waiting = Map<number, Set<{ destroy(error?: Error): unknown }>>;

interface Way extends GatewayOptions {
  readonly agent: Agent;
  readonly waiting: Waiting;
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
  const way = { ...options, agent, waiting };
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 120_000 }, (incoming, outgoing) => {
    route(incoming, outgoing, way).catch((error: unknown) => {
      if (outgoing.headersSent) outgoing.destroy();
      else
        answer(outgoing, 502, {
          name: 'GATEWAY',
          message: error instanceof Error ? error.message : String(error),
        });
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('upgrade', (incoming, socket, head) => tunnel(incoming, socket, head, way));
  await listen(server, options);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the gateway has no port');
  return {
    port: address.port,
    release(index) {
      const gone = new RpcFault('NODE_GONE', `node ${index} went away before it answered`);
      for (const connection of waiting.get(index) ?? []) connection.destroy(gone);
    },
    close: () =>
      new Promise(done => {
        for (const connections of waiting.values()) for (const each of connections) each.destroy();
        agent.destroy();
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function route(incoming: IncomingMessage, outgoing: ServerResponse, way: Way): Promise<void> {
  const path = incoming.url ?? '/';
  if (path === '/healthz') return answer(outgoing, 200, { ok: true });
  if (path === '/readyz') {
    const { reasons, warnings } = await way.readiness();
    const ready = reasons.length === 0;
    return answer(outgoing, ready ? 200 : 503, { ready, reasons, warnings });
  }
  if (path === '/metrics') {
    const texts = await Promise.all(way.backends().map(node => fetchMetrics(node, way.host)));
    outgoing.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(mergeMetrics(texts));
    return;
  }
  const body = await readBody(incoming);
  if (body === null)
    return answer(outgoing, 413, { name: 'TOO_LARGE', message: `the body is over ${MAX_BODY_BYTES} bytes` });
  if (incoming.method !== 'POST') return pass(await forward(incoming, body, way), outgoing);
  try {
    const reply = mayConcernControl(body) ? await answerSelf(incoming, body, way) : undefined;
    if (reply === undefined) pass(await forward(incoming, body, way), outgoing);
    else answerRpc(outgoing, 200, reply);
  } catch (error) {
    if (!(error instanceof RpcFault)) throw error;
    const { refuseAll } = await import('./controlRpc.ts');
    answerRpc(outgoing, error.code === 'NO_NODE' ? 503 : 502, refuseAll(body, error));
  }
}

/** undefined when it is nothing for the gateway itself. */
async function answerSelf(
  incoming: IncomingMessage,
  body: Buffer,
  way: Way,
): Promise<string | null | undefined> {
  const { answerControl } = await import('./controlRpc.ts');
  return answerControl(body, incoming.headers, way.control, async text => {
    const chunks: Buffer[] = [];
    for await (const chunk of await forward(incoming, Buffer.from(text), way)) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  });
}

function pass(response: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(response.statusCode ?? 502, response.headers);
  // An answer that breaks off breaks off for the client as well: it has begun, and can no longer become an error.
  pipeline(response, outgoing, () => {});
}

function answerRpc(outgoing: ServerResponse, status: number, text: string | null): void {
  if (text === null) outgoing.writeHead(204).end();
  else outgoing.writeHead(status, { 'content-type': 'application/json' }).end(text);
}

/** Sends a request to the first node that takes the connection. Throws RpcFault NO_NODE, NODE_GONE. */
async function forward(incoming: IncomingMessage, body: Buffer, way: Way): Promise<IncomingMessage> {
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
  incoming: IncomingMessage,
  body: Buffer,
  { host, agent, waiting }: Way,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { connection: _, 'transfer-encoding': __, ...headers } = incoming.headers;
    const outgoing = request(
      {
        host: reachable(host),
        port,
        agent,
        method: incoming.method ?? 'GET',
        path: incoming.url ?? '/',
        headers: { ...headers, 'content-length': body.length },
      },
      resolve,
    );
    track(waiting, index, outgoing);
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** Passes a WebSocket handshake and everything after it to a node, byte by byte. */
function tunnel(
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  { backends, host, waiting }: Way,
): void {
  const [node] = backends();
  if (node === undefined) {
    socket.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n');
    return;
  }
  const upstream: Socket = connect(node.port, reachable(host), () => {
    const headers = incoming.rawHeaders.flatMap((value, i, all) =>
      i % 2 === 0 ? [`${value}: ${all[i + 1]}\r\n`] : [],
    );
    upstream.write(`GET ${incoming.url ?? '/'} HTTP/1.1\r\n${headers.join('')}\r\n`);
    upstream.write(head);
    upstream.pipe(socket).pipe(upstream);
  });
  track(waiting, node.index, upstream);
  const close = (): void => {
    socket.destroy();
    upstream.destroy();
  };
  for (const side of [socket, upstream]) side.on('error', close).once('close', close);
}

async function fetchMetrics({ port }: Backend, host: string): Promise<string> {
  const response = await fetch(`http://${reachable(host)}:${port}/metrics`, {
    signal: AbortSignal.timeout(2_000),
  });
  return response.text();
}

/** The whole body, or null when it is over the limit. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY_BYTES) return null;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks, size);
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
