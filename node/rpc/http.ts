import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Admission, retryAfter, UNCOUNTED } from './admission.ts';
import { readBody } from './body.ts';
import { allowOrigin, preflight } from './cors.ts';
import { type Dispatch, refusalText } from './dispatch.ts';
import { RpcFault } from './errors.ts';
import { FAULTS_HEADER, through } from './injected/through.ts';
import type { RpcLimits } from './options.ts';
import { type Caller, callerOf } from './origin.ts';
import type { Context } from './schema.ts';

export interface HttpOptions {
  readonly dispatch: Dispatch;
  readonly limits: RpcLimits;
  readonly admission: Admission;
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
  const { limits } = options;
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => handle(request, response, options),
  );
  server.maxConnections = limits.connections;
  server.on('clientError', (error, socket) => {
    const status =
      'code' in error && error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request';
    const gone = 'code' in error && error.code === 'ECONNRESET';
    if (socket.writable && !gone)
      socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    else socket.destroy();
  });
  return server;
}

function handle(request: IncomingMessage, response: ServerResponse, options: HttpOptions): void {
  const caller = callerOf(request.headers, options.hosts);
  if (caller.allowOrigin !== null) allowOrigin(response, caller.allowOrigin);
  const path = pathOf(request.url);
  const refusal = UNCOUNTED.has(path) ? null : options.admission.refusal(request);
  if (refusal === null) answer(request, response, options, caller, path);
  else tooMany(response, refusal);
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpOptions,
  caller: Caller,
  path: string,
): void {
  switch (request.method) {
    case 'POST':
      if (path === '/') void post(request, response, options, caller);
      else refuse(response, 404, new RpcFault('NOT_FOUND', `nothing answers POST ${path}`));
      break;
    case 'GET':
    case 'HEAD':
      get(path, response, options);
      break;
    case 'OPTIONS':
      preflight(response);
      break;
    default:
      response.setHeader('allow', 'POST, GET, HEAD, OPTIONS');
      refuse(response, 405, new RpcFault('FORBIDDEN_METHOD', `${request.method} is not answered here`));
  }
}

/** The body stays unread, so that nobody knows whose id to answer. */
function tooMany(response: ServerResponse, refusal: RpcFault): void {
  response.setHeader('retry-after', retryAfter(refusal));
  refuse(response, 429, refusal);
}

async function post(
  request: IncomingMessage,
  response: ServerResponse,
  { dispatch, limits, admission, context, onDefect }: HttpOptions,
  caller: Caller,
): Promise<void> {
  const body = await readBody(request, limits.bodyBytes);
  if (body === null) {
    // The rest of the body is not read, so this connection is of no more use.
    response.setHeader('connection', 'close');
    refuse(response, 413, new RpcFault('BODY_TOO_LARGE', `more than ${limits.bodyBytes} bytes`));
    return;
  }
  admission.count(request, body);
  try {
    const asked = context(caller);
    const { text, dropped, told } = await through(asked.injector, body, sent => dispatch(sent, asked));
    if (told !== null) response.setHeader(FAULTS_HEADER, told);
    if (dropped) response.destroy();
    else if (text === null) send(response, 204, null, '');
    else send(response, 200, JSON_TYPE, text);
  } catch (error) {
    failed(response, error, 'POST /', onDefect);
  }
}

function get(path: string, response: ServerResponse, { pages, onDefect }: HttpOptions): void {
  const made = pages.get(path);
  if (made === undefined) {
    refuse(response, 404, new RpcFault('NOT_FOUND', `there is no ${path}`));
    return;
  }
  Promise.resolve()
    .then(made)
    .then(
      ({ status, type, body }) => send(response, status, type, body),
      error => failed(response, error, `GET ${path}`, onDefect),
    );
}

function failed(
  response: ServerResponse,
  error: unknown,
  where: string,
  onDefect: HttpOptions['onDefect'],
): void {
  onDefect(error, where);
  send(response, 500, JSON_TYPE, refusalText(error));
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
  return url === '/' ? url : url.split(/[?#]/, 1)[0] || '/';
}
