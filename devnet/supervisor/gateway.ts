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
import type { Duplex } from 'node:stream';
import { answerControl, type Control, mayConcernControl } from './control.ts';
import { mergeMetrics } from './metrics.ts';
import { listenError, reachable } from './ports.ts';

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
  /** What is missing for the cluster to be ready; empty when it is. */
  readonly missing: () => Promise<readonly string[]>;
}

export interface Gateway {
  readonly port: number;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 2 * 1024 * 1024;

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const tunnels = new Set<Duplex>();
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 120_000 }, (incoming, outgoing) => {
    route(incoming, outgoing, options, agent).catch((error: unknown) => {
      if (outgoing.headersSent) outgoing.destroy();
      else
        answer(outgoing, 502, {
          name: 'GATEWAY',
          message: error instanceof Error ? error.message : String(error),
        });
    });
  });
  server.on('upgrade', (incoming, socket, head) => tunnel(incoming, socket, head, options, tunnels));
  await listen(server, options);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the gateway has no port');
  return {
    port: address.port,
    close: () =>
      new Promise(done => {
        for (const socket of tunnels) socket.destroy();
        agent.destroy();
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function route(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: GatewayOptions,
  agent: Agent,
): Promise<void> {
  const path = incoming.url ?? '/';
  if (path === '/healthz') return answer(outgoing, 200, { ok: true });
  if (path === '/readyz') {
    const reasons = await options.missing();
    return answer(outgoing, reasons.length === 0 ? 200 : 503, { ready: reasons.length === 0, reasons });
  }
  if (path === '/metrics') {
    const texts = await Promise.all(options.backends().map(node => fetchMetrics(node, options.host)));
    outgoing.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(mergeMetrics(texts));
    return;
  }
  const body = await readBody(incoming);
  if (body === null)
    return answer(outgoing, 413, { name: 'TOO_LARGE', message: `the body is over ${MAX_BODY_BYTES} bytes` });
  if (incoming.method === 'POST' && mayConcernControl(body)) {
    const reply = await answerControl(body, incoming.headers, options.control, rest =>
      forwardText(incoming, rest, options, agent),
    );
    if (reply !== undefined) {
      if (reply === null) outgoing.writeHead(204).end();
      else outgoing.writeHead(200, { 'content-type': 'application/json' }).end(reply);
      return;
    }
  }
  const response = await forward(incoming, body, options, agent);
  outgoing.writeHead(response.statusCode ?? 502, response.headers);
  response.pipe(outgoing);
}

/** Sends a request to the first node that takes the connection. */
async function forward(
  incoming: IncomingMessage,
  body: Buffer,
  { backends, host }: GatewayOptions,
  agent: Agent,
): Promise<IncomingMessage> {
  let refused: unknown = new Error('no node runs');
  for (const { port } of backends()) {
    try {
      return await send({ host: reachable(host), port, incoming, body, agent });
    } catch (error) {
      // Only a connection that was never made is tried elsewhere: a request must not run twice.
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error;
      refused = error;
    }
  }
  throw refused;
}

async function forwardText(
  incoming: IncomingMessage,
  body: Buffer,
  options: GatewayOptions,
  agent: Agent,
): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of await forward(incoming, body, options, agent)) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

interface Send {
  readonly host: string;
  readonly port: number;
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
  readonly agent: Agent;
}

function send({ host, port, incoming, body, agent }: Send): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { connection: _, 'transfer-encoding': __, ...headers } = incoming.headers;
    const outgoing = request(
      {
        host,
        port,
        agent,
        method: incoming.method ?? 'GET',
        path: incoming.url ?? '/',
        headers: { ...headers, 'content-length': body.length },
      },
      resolve,
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** Passes a WebSocket handshake and everything after it to a node, byte by byte. */
function tunnel(
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  { backends, host }: GatewayOptions,
  tunnels: Set<Duplex>,
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
  tunnels.add(socket);
  const close = (): void => {
    tunnels.delete(socket);
    socket.destroy();
    upstream.destroy();
  };
  for (const side of [socket, upstream]) side.once('error', close).once('close', close);
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
