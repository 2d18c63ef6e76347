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
  /** Reads it at the first call. Throws BODY_TOO_LARGE or OVERLOADED. */
  body(): Promise<Buffer>;
  /** Tells if the client hangs up before it has its answer; at once if it has already. */
  onGone(listener: () => void): void;
  /** Begins an answer in lines if there is none yet, and adds one. Resolves when there is room for another. */
  line(text: string): Promise<void>;
}

export interface Reply {
  readonly status: number;
  /** JSON text; the last line of an answer in lines. */
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpOptions {
  /** Milliseconds for a whole request to arrive. */
  readonly requestTimeoutMs?: number | undefined;
  readonly maxConnections?: number | undefined;
  /** Bytes of bodies that are held at the same time, of all connections. */
  readonly maxBodyBytes?: number | undefined;
  /** Whether a connection may be used again after an answer. */
  readonly keepsAlive: () => boolean;
  /** An error that is no refusal: a defect, or a full disk. */
  readonly onError: (error: unknown) => void;
}

const HEADER_BYTES = 16 * 1024;
const REQUEST_TIMEOUT_MS = 15_000;
/** Milliseconds without progress after which a client that does not take its answer is dropped. */
const TAKE_TIMEOUT_MS = 30_000;
const MAX_CONNECTIONS = 16_384;
const MAX_BODY_BYTES = 256 * 1024 * 1024;
/** Of a body that is refused anyway, this much is read, so that the other side is ready to hear why. */
const DISCARD_BYTES = 4 * CALL_LIMITS.body;
/** Seconds after which a caller may try again what the server could not do just now. */
const RETRY_AFTER = '1';

export interface Http {
  /** It does not listen yet. */
  readonly server: Server;
  /** Resolves when every request has its whole answer, or is gone. */
  answered(): Promise<void>;
}

/** Answers every request with JSON. */
export function createHttp(handle: (request: Request) => Promise<Reply>, options: HttpOptions): Http {
  const unanswered = new Set<ServerResponse>();
  let waiting: (() => void)[] = [];
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const readBody = createReader(options.maxBodyBytes ?? MAX_BODY_BYTES);
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: requestTimeout,
      requestTimeout,
      connectionsCheckingInterval: Math.min(1000, requestTimeout),
      keepAliveTimeout: 30_000,
    },
    (message, response) => {
      unanswered.add(response);
      response.once('close', () => {
        unanswered.delete(response);
        if (unanswered.size > 0) return;
        for (const resolve of waiting) resolve();
        waiting = [];
      });
      handle(requestOf(message, response, readBody))
        .catch((error: unknown) => failure(error, options.onError))
        .then(reply => send(message, response, reply, options.keepsAlive()))
        .catch(options.onError);
    },
  );
  server.maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
  server.on('clientError', onClientError);
  return {
    server,
    answered: () =>
      unanswered.size === 0 ? Promise.resolve() : new Promise(resolve => waiting.push(resolve)),
  };
}

function requestOf(message: IncomingMessage, response: ServerResponse, readBody: Reader): Request {
  const [path = '/'] = (message.url ?? '/').split('?', 1);
  return {
    method: message.method ?? '',
    path,
    headers: message.headers,
    body: () => readBody(message, response),
    onGone(listener) {
      if (response.closed) listener();
      else
        response.once('close', () => {
          if (!response.writableFinished) listener();
        });
    },
    line: text => writeLine(response, text),
  };
}

function writeLine(response: ServerResponse, text: string): Promise<void> {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  return new Promise(resolve => {
    if (response.write(`${text}\n`) || response.closed) return resolve();
    const room = (): void => {
      response.off('drain', room).off('close', room);
      resolve();
    };
    response.on('drain', room).on('close', room);
  });
}

/** What a refusal looks like on the wire (interface page). */
export function refusalReply({ name, message, hint, status, fields }: Refusal): Reply {
  return {
    status,
    body: JSON.stringify({ error: { name, message, hint, ...fields } }),
    headers: status === 503 ? { 'retry-after': RETRY_AFTER } : {},
  };
}

function failure(error: unknown, onError: (error: unknown) => void): Reply {
  if (error instanceof Refusal) return refusalReply(error);
  onError(error);
  return refusalReply(new Refusal('INTERNAL', 'the server failed'));
}

type Reader = (message: IncomingMessage, response: ServerResponse) => Promise<Buffer>;

/** Bodies are held until their calls are answered; all of them together have a limit too. */
function createReader(maxBytes: number): Reader {
  let held = 0;
  return (message, response) => {
    let mine = 0;
    response.once('close', () => {
      held -= mine;
      mine = 0;
    });
    return bodyOf(message, bytes => {
      if (held + bytes > maxBytes) return false;
      held += bytes;
      mine += bytes;
      return true;
    });
  };
}

/** `hold` says whether there is memory for so many bytes. Leaves the rest of a body that it refuses for others to read. */
function bodyOf(message: IncomingMessage, hold: (bytes: number) => boolean): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const leave = (): void => {
      message.off('data', take).off('end', end).off('error', gone).off('close', gone);
    };
    const refuse = (why: Refusal): void => {
      leave();
      reject(why);
    };
    function take(chunk: Buffer): void {
      size += chunk.length;
      if (size > DISCARD_BYTES) refuse(tooLarge());
      else if (size <= CALL_LIMITS.body) {
        if (hold(chunk.length)) chunks.push(chunk);
        else refuse(new Refusal('OVERLOADED', 'the params of other calls fill the memory for them'));
      }
    }
    function end(): void {
      leave();
      if (size > CALL_LIMITS.body) reject(tooLarge());
      else resolve(Buffer.concat(chunks));
    }
    /** A client that hangs up while it sends is no defect of the server. */
    function gone(cause?: Error): void {
      refuse(new Refusal('CLIENT_GONE', 'the client hung up before its params were there', {}, { cause }));
    }
    if (message.destroyed) gone();
    else message.on('data', take).on('end', end).on('error', gone).on('close', gone);
  });
}

const tooLarge = (): Refusal => new Refusal('BODY_TOO_LARGE', `the body is over ${CALL_LIMITS.body} bytes`);

function send(message: IncomingMessage, response: ServerResponse, reply: Reply, keepsAlive: boolean): void {
  if (response.closed) return;
  if (response.headersSent) {
    finish(response, `${reply.body}\n`);
    return;
  }
  if (!keepsAlive) response.setHeader('connection', 'close');
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
  finish(response, reply.body);
}

/** Most answers are with the operating system at once; only the others need somebody to watch over them. */
function finish(response: ServerResponse, body: string): void {
  response.end(body);
  if (response.socket === null || response.socket.writableLength > 0)
    response.setTimeout(TAKE_TIMEOUT_MS, () => response.destroy());
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
