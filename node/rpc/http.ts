import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Dispatch, refusalText } from './dispatch.ts';
import { RpcFault } from './errors.ts';
import type { RpcLimits } from './options.ts';
import { type Caller, callerOf } from './origin.ts';
import type { Context } from './schema.ts';

export interface HttpOptions {
  readonly dispatch: Dispatch;
  readonly limits: RpcLimits;
  readonly hosts: readonly string[];
  readonly context: (caller: Caller) => Context;
  /** GET paths; each answers with status, type and body. */
  readonly pages: ReadonlyMap<string, () => Page | Promise<Page>>;
  readonly onDefect: (error: unknown, where: string) => void;
}

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** How often half-sent requests are looked for. */
const TIMEOUT_CHECK_MS = 1_000;
/** Longer than clients keep idle connections, so that they are the ones to close. */
const KEEP_ALIVE_MS = 65_000;

export function createHttpServer(options: HttpOptions): Server {
  const { limits, onDefect } = options;
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => {
      handle(request, response, options).catch(error => {
        onDefect(error, `${request.method} ${request.url}`);
        send(response, 500, JSON_TYPE, refusalText(error));
      });
    },
  );
  server.on('clientError', (error, socket) => {
    const status =
      'code' in error && error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    else socket.destroy();
  });
  return server;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpOptions,
): Promise<void> {
  const caller = callerOf(request.headers, options.hosts);
  if (caller.allowOrigin !== null) allow(response, caller.allowOrigin);
  const path = pathOf(request.url);
  switch (request.method) {
    case 'POST':
      if (path !== '/')
        return refuse(response, 404, new RpcFault('NOT_FOUND', `nothing answers POST ${path}`));
      return post(request, response, options, caller);
    case 'GET':
    case 'HEAD':
      return get(path, response, options);
    case 'OPTIONS':
      return preflight(response);
    default:
      response.setHeader('allow', 'POST, GET, HEAD, OPTIONS');
      return refuse(
        response,
        405,
        new RpcFault('FORBIDDEN_METHOD', `${request.method} is not answered here`),
      );
  }
}

async function post(
  request: IncomingMessage,
  response: ServerResponse,
  { dispatch, limits, context }: HttpOptions,
  caller: Caller,
): Promise<void> {
  const text = await readBody(request, limits.bodyBytes);
  if (text === 'gone') return;
  if (text === 'too large') {
    // The rest of the body is not read, so this connection is of no more use.
    response.setHeader('connection', 'close');
    return refuse(response, 413, tooLarge(limits.bodyBytes));
  }
  const answer = await dispatch(text.text, context(caller));
  if (answer === null) send(response, 204, null, '');
  else send(response, 200, JSON_TYPE, answer);
}

export const tooLarge = (bytes: number) => new RpcFault('BODY_TOO_LARGE', `more than ${bytes} bytes`);

type Body = { readonly text: string } | 'too large' | 'gone';

function readBody(request: IncomingMessage, max: number): Promise<Body> {
  if (Number(request.headers['content-length'] ?? 0) > max) return Promise.resolve('too large');
  return new Promise(resolve => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > max) {
        request.pause();
        resolve('too large');
      } else chunks.push(chunk);
    });
    request.on('end', () =>
      resolve({ text: (chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString() ?? '' }),
    );
    request.on('error', () => resolve('gone'));
    request.on('close', () => resolve('gone'));
  });
}

async function get(path: string, response: ServerResponse, { pages }: HttpOptions): Promise<void> {
  const made = pages.get(path);
  if (made === undefined) return refuse(response, 404, new RpcFault('NOT_FOUND', `there is no ${path}`));
  const { status, type, body } = await made();
  send(response, status, type, body);
}

/** Loopback pages got their header in {@link allow}; without it a browser goes no further. */
function preflight(response: ServerResponse): void {
  response.setHeader('access-control-allow-methods', 'POST, GET');
  response.setHeader('access-control-allow-headers', 'content-type');
  response.setHeader('access-control-max-age', '600');
  send(response, 204, null, '');
}

function allow(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('vary', 'origin');
}

const JSON_TYPE = 'application/json';

const refuse = (response: ServerResponse, status: number, error: RpcFault): void =>
  send(response, status, JSON_TYPE, refusalText(error));

function send(response: ServerResponse, status: number, type: string | null, body: string): void {
  if (response.headersSent || response.destroyed) return;
  // No content has no type and no length (RFC 9110, 8.6).
  if (type === null) response.writeHead(status).end();
  else
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** Without query and fragment; `/` for nothing. */
function pathOf(url = '/'): string {
  return url.split(/[?#]/, 1)[0] || '/';
}
