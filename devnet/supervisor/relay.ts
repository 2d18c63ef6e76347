/**
 * WebSockets of the gateway. Each one has a connection of its own to a node; messages pass through as they are, but for
 * the methods that concern the cluster, which are answered here. Neither side is read faster than the other takes, so that a node
 * sees a slow reader as its own and drops notices with a lag marker.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { type Admission, createPatience, type Patience, TRY_AGAIN_LATER } from '../../node/rpc/admission.ts';
import { DEFAULT_LIMITS } from '../../node/rpc/options.ts';

export interface RelayOptions {
  /** Where the nodes listen, best first. */
  readonly targets: () => readonly { readonly index: number; readonly url: string }[];
  /** The answer to what concerns the cluster, null for none; undefined when it is for the node. */
  readonly answer: Answer;
  readonly admission: Admission;
  /** What the nodes are shown besides the headers of the client. */
  readonly headers: Readonly<Record<string, string>>;
  /** A way to a node is open until it closes. */
  readonly onOpen: (index: number, upstream: WebSocket) => void;
}

type Answer = (message: Buffer, incoming: IncomingMessage) => Promise<string | null> | undefined;

export interface Relay {
  accept(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  connections(): number;
  close(): void;
}

/** Close codes (RFC 6455, 7.4.1 and the IANA registry). */
const GOING_AWAY = 1001;
const NO_STATUS = 1005;
const ABNORMAL = 1006;
const SERVICE_RESTART = 1012;

/** Longest answer of a node: what its limit lets through, and one more. */
const MAX_ANSWER_BYTES = 4 * DEFAULT_LIMITS.answerBytes;

export function createRelay(options: RelayOptions): Relay {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: DEFAULT_LIMITS.bodyBytes,
    perMessageDeflate: false,
  });
  const clients = new Set<WebSocket>();
  const silent = new WeakSet<WebSocket>();

  // The node hears the pongs of this relay, so that whether the client is still there is looked at here.
  const heart = setInterval(() => {
    for (const client of clients) {
      if (silent.has(client)) client.terminate();
      silent.add(client);
      client.ping();
    }
  }, DEFAULT_LIMITS.heartbeatMs);
  heart.unref();

  return {
    async accept(incoming, socket, head) {
      socket.on('error', () => socket.destroy());
      if (options.admission.refusal(incoming) !== null) return refuse(socket, 429);
      const way = await connect(incoming, options);
      if (typeof way === 'number') return refuse(socket, way);
      if (socket.destroyed) return way.terminate();
      server.handleUpgrade(incoming, socket, head, client => {
        clients.add(client);
        client.on('close', () => clients.delete(client));
        client.on('pong', () => silent.delete(client));
        join(
          client,
          way,
          message => options.answer(message, incoming),
          createPatience(options.admission, incoming),
        );
      });
    },
    connections: () => clients.size,
    close() {
      clearInterval(heart);
      for (const client of clients) {
        client.close(GOING_AWAY, 'the devnet is stopping');
        client.terminate();
      }
      server.close();
    },
  };
}

/** Open, or the HTTP status of the refusal. Only a connection that was never made is tried at the next node. */
async function connect(
  incoming: IncomingMessage,
  { targets, onOpen, headers: shown }: RelayOptions,
): Promise<WebSocket | number> {
  const { host = '', origin } = incoming.headers;
  // The node judges who asks: by the headers of the client.
  const headers = { host, ...(origin === undefined ? {} : { origin }), ...shown };
  for (const { index, url } of targets()) {
    const upstream = new WebSocket(url, {
      headers,
      perMessageDeflate: false,
      maxPayload: MAX_ANSWER_BYTES,
      handshakeTimeout: DEFAULT_LIMITS.headersMs,
    });
    onOpen(index, upstream);
    const status = await opened(upstream);
    if (status === null) return upstream;
    if (status !== NOT_CONNECTED) return status;
  }
  return 503;
}

const NOT_CONNECTED = 0;

/** null once it is open. */
function opened(upstream: WebSocket): Promise<number | null> {
  return new Promise(resolve => {
    upstream.once('open', () => resolve(null));
    upstream.once('unexpected-response', (_, response) => {
      resolve(response.statusCode ?? 502);
      response.destroy();
    });
    upstream.on('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ECONNREFUSED' ? NOT_CONNECTED : 502),
    );
  });
}

/** What is for the node is handed on in the order in which it came. */
function join(
  client: WebSocket,
  node: WebSocket,
  answerOf: (message: Buffer) => Promise<string | null> | undefined,
  patience: Patience,
): void {
  let answering = 0;
  /** Ends the client once it has its answers: null while the node is there. */
  let end: (() => void) | null = null;
  const isBusy = (): boolean =>
    answering >= DEFAULT_LIMITS.requestsPerConnection || isFull(client) || isFull(node);
  const readClient = (): void => {
    if (client.isPaused && !isBusy()) client.resume();
  };
  const readBoth = (): void => {
    readClient();
    if (node.isPaused && !isFull(client)) node.resume();
  };

  async function answer(made: Promise<string | null>): Promise<void> {
    answering += 1;
    const text = await made;
    answering -= 1;
    if (text === null) readClient();
    else client.send(text, readBoth);
    if (answering === 0) end?.();
  }

  client.on('message', (data: Buffer, binary) => {
    const verdict = patience.judge(data);
    if (verdict.kind === 'end') return client.close(TRY_AGAIN_LATER, verdict.why);
    if (verdict.kind === 'refuse') {
      if (verdict.text !== null) client.send(verdict.text);
      return;
    }
    const made = answerOf(data);
    if (made === undefined) node.send(data, { binary }, readClient);
    else void answer(made);
    if (isBusy()) client.pause();
  });
  node.on('message', (data: Buffer, binary) => {
    client.send(data, { binary }, readBoth);
    if (isFull(client)) node.pause();
  });
  client.on('close', () => node.terminate());
  client.on('error', () => client.terminate());
  node.on('close', (code, reason) => {
    end = () => client.close(sendable(code), reason);
    if (answering === 0) end();
  });
}

const isFull = (side: WebSocket): boolean => side.bufferedAmount > DEFAULT_LIMITS.queuedBytes;

/** A connection that broke has no code that could be sent on: the client may try again elsewhere. */
const sendable = (code: number): number => (code === NO_STATUS || code === ABNORMAL ? SERVICE_RESTART : code);

const STATUS: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  429: 'Too Many Requests',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

function refuse(socket: Duplex, status: number): void {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS[status] ?? 'Refused'}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
  );
}
