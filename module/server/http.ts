/** HTTP under the calls: sizes, times, and a named error for every request that is none. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { Refusal } from '../errors.ts';
import { CALL_LIMITS } from '../protocol/index.ts';

export interface Request {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Reads it at the first call. Throws BODY_TOO_LARGE. */
  body(): Promise<Buffer>;
}

export interface Reply {
  readonly status: number;
  /** JSON text. */
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpOptions {
  /** Milliseconds for a whole request to arrive. */
  readonly requestTimeoutMs?: number | undefined;
  readonly maxConnections?: number | undefined;
  /** An error that is no refusal: a defect, or a full disk. */
  readonly onError: (error: unknown) => void;
}

const HEADER_BYTES = 16 * 1024;
const REQUEST_TIMEOUT_MS = 15_000;
const MAX_CONNECTIONS = 4096;
/** Of a body that is refused anyway, this much is read, so that the other side is ready to hear why. */
const DISCARD_BYTES = 4 * CALL_LIMITS.body;

/** A server that answers every request with JSON; it does not listen yet. */
export function createHttp(handle: (request: Request) => Promise<Reply>, options: HttpOptions): Server {
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: requestTimeout,
      requestTimeout,
      connectionsCheckingInterval: Math.min(1000, requestTimeout),
      keepAliveTimeout: 30_000,
    },
    (message, response) => {
      answer(handle, message)
        .catch((error: unknown) => failure(error, options.onError))
        .then(reply => send(message, response, reply))
        .catch(options.onError);
    },
  );
  server.maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
  server.on('clientError', onClientError);
  return server;
}

async function answer(
  handle: (request: Request) => Promise<Reply>,
  message: IncomingMessage,
): Promise<Reply> {
  const [path = '/'] = (message.url ?? '/').split('?', 1);
  return handle({
    method: message.method ?? '',
    path,
    headers: message.headers,
    body: () => readBody(message),
  });
}

/** What a refusal looks like on the wire (interface page). */
export function refusalReply({ name, message, hint, status, fields }: Refusal): Reply {
  return { status, body: JSON.stringify({ error: { name, message, hint, ...fields } }) };
}

function failure(error: unknown, onError: (error: unknown) => void): Reply {
  if (error instanceof Refusal) return refusalReply(error);
  onError(error);
  return refusalReply(new Refusal('INTERNAL', 'the server failed'));
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= CALL_LIMITS.body) chunks.push(chunk);
    else if (size > DISCARD_BYTES) break;
  }
  if (size > CALL_LIMITS.body)
    throw new Refusal('BODY_TOO_LARGE', `the body is over ${CALL_LIMITS.body} bytes`);
  return Buffer.concat(chunks);
}

async function send(message: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> {
  if (!message.readableEnded) {
    if (
      Number(message.headers['content-length'] ?? Number.POSITIVE_INFINITY) > DISCARD_BYTES &&
      hasBody(message)
    )
      response.setHeader('connection', 'close');
    // What is left of it is read and dropped; the request's time limit ends that.
    message.resume();
  }
  response.writeHead(reply.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(reply.body),
    ...reply.headers,
  });
  response.end(reply.body);
}

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

/** Bytes that are no HTTP request never reach the handler. */
function onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, body } = refusalReply(refusalOf(error));
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function refusalOf({ code }: NodeJS.ErrnoException): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new Refusal('HEADERS_TOO_LARGE', `the headers are over ${HEADER_BYTES} bytes`);
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new Refusal('REQUEST_TIMEOUT', 'the request came too slowly');
  return new Refusal('BAD_REQUEST', `this is no HTTP request (${code ?? 'malformed'})`);
}
