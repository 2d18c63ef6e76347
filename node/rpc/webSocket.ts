/** WebSocket connections: requests and answers as over HTTP, and notices of subscriptions. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { Topic } from '../client/wire.ts';
import { type Admission, createPatience, TRY_AGAIN_LATER } from './admission.ts';
import { type Dispatch, refusalText } from './dispatch.ts';
import { RpcFault } from './errors.ts';
import { through } from './injected/through.ts';
import type { Notice } from './notices.ts';
import type { RpcLimits } from './options.ts';
import { type Caller, callerOf } from './origin.ts';
import type { Context, NoticeFilter, Subscriber } from './schema.ts';

export interface WebSocketOptions {
  readonly server: Server;
  readonly dispatch: Dispatch;
  readonly limits: RpcLimits;
  readonly admission: Admission;
  readonly hosts: readonly string[];
  readonly context: (caller: Caller, subscriber: Subscriber) => Context;
  readonly onDefect: (error: unknown, where: string) => void;
}

export interface WebSockets {
  publish(notices: readonly Notice[]): void;
  counts(): { readonly connections: number; readonly subscriptions: number };
  close(): void;
}

export function acceptWebSockets(options: WebSocketOptions): WebSockets {
  const { server, limits, admission, hosts } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.bodyBytes,
    perMessageDeflate: false,
  });
  const connections = new Set<Connection>();

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const caller = callerOf(request.headers, hosts);
    // Answers over a WebSocket are readable for every page, so a foreign one gets none at all.
    if (caller.foreign) return refuse(socket, '403 Forbidden');
    if (admission.refusal(request) !== null) return refuse(socket, '429 Too Many Requests');
    if (connections.size >= limits.webSockets) return refuse(socket, '503 Service Unavailable');
    sockets.handleUpgrade(request, socket, head, made => {
      const connection = createConnection(made, request, caller, options);
      connections.add(connection);
      made.on('close', () => connections.delete(connection));
    });
  });

  const heart = setInterval(() => {
    for (const connection of connections) connection.beat();
  }, limits.heartbeatMs);
  heart.unref();

  return {
    publish(notices) {
      for (const connection of connections) connection.publish(notices);
    },
    counts() {
      const all = [...connections];
      return { connections: all.length, subscriptions: all.reduce((sum, { size }) => sum + size(), 0) };
    },
    close() {
      clearInterval(heart);
      for (const connection of connections) connection.end();
      sockets.close();
    },
  };
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

interface Subscription {
  readonly id: string;
  readonly topic: Topic;
  readonly filter: NoticeFilter;
  /** Notices dropped since the last one that was sent. */
  dropped: number;
  /** What comes before the answer with its id has left; null afterwards. */
  early: Notice[] | null;
}

/** Notices that wait for the answer that tells the id of their subscription. */
const MAX_EARLY = 1_000;

interface Connection {
  publish(notices: readonly Notice[]): void;
  size(): number;
  beat(): void;
  end(): void;
}

function createConnection(
  socket: WebSocket,
  request: IncomingMessage,
  caller: Caller,
  options: WebSocketOptions,
): Connection {
  const { dispatch, limits, admission, context, onDefect } = options;
  const patience = createPatience(admission, request);
  const subscriptions = new Map<string, Subscription>();
  let running = 0;
  let alive = true;

  const isFull = () => socket.bufferedAmount > limits.queuedBytes;

  function transmit(text: string): void {
    if (socket.readyState === WebSocket.OPEN) socket.send(text, caughtUp);
  }

  /** Called whenever something has left: tells of what was dropped meanwhile, and reads on. */
  function caughtUp(): void {
    if (isFull()) return;
    for (const subscription of subscriptions.values()) tellLag(subscription);
    if (socket.isPaused && running < limits.requestsPerConnection) socket.resume();
  }

  function tellLag(subscription: Subscription): void {
    const { id, topic, dropped } = subscription;
    if (dropped === 0) return;
    subscription.dropped = 0;
    transmit(
      JSON.stringify({
        jsonrpc: '2.0',
        method: `${topic}_subscription`,
        params: { subscription: id, lag: { dropped } },
      }),
    );
  }

  function notify(subscription: Subscription, notice: Notice): void {
    const { id, topic, filter } = subscription;
    if (topic !== notice.topic || !notice.matches(filter)) return;
    if (subscription.early !== null && subscription.early.length < MAX_EARLY) subscription.early.push(notice);
    else if (subscription.early !== null || isFull()) subscription.dropped += 1;
    else {
      tellLag(subscription);
      transmit(
        `{"jsonrpc":"2.0","method":"${topic}_subscription","params":{"subscription":"${id}","result":${notice.text()}}}`,
      );
    }
  }

  /** Its answer has left, so the client knows the id. */
  function beginWith(subscription: Subscription): void {
    const early = subscription.early ?? [];
    subscription.early = null;
    for (const notice of early) notify(subscription, notice);
  }

  const subscriberFor = (opened: Subscription[]): Subscriber => ({
    subscribe(topic, filter = {}, first = []) {
      if (subscriptions.size >= limits.subscriptionsPerConnection)
        throw new RpcFault('TOO_MANY_SUBSCRIPTIONS', `${subscriptions.size} subscriptions on one connection`);
      const id = `0x${randomBytes(16).toString('hex')}`;
      const made = { id, topic, filter, dropped: 0, early: [...first] };
      subscriptions.set(id, made);
      opened.push(made);
      return id;
    },
    unsubscribe(topic, id) {
      return subscriptions.get(id)?.topic === topic && subscriptions.delete(id);
    },
  });

  async function receive(data: Buffer): Promise<void> {
    running += 1;
    if (running >= limits.requestsPerConnection || isFull()) socket.pause();
    try {
      const opened: Subscription[] = [];
      const asked = context(caller, subscriberFor(opened));
      const { text } = await through(asked.injector, data, sent => dispatch(sent, asked));
      if (text !== null) transmit(text);
      opened.forEach(beginWith);
    } catch (error) {
      onDefect(error, 'WebSocket');
      transmit(refusalText(error));
    } finally {
      running -= 1;
      caughtUp();
    }
  }

  socket.on('message', (data: Buffer) => {
    const verdict = patience.judge(data);
    if (verdict.kind === 'read') void receive(data);
    else if (verdict.kind === 'end') socket.close(TRY_AGAIN_LATER, verdict.why);
    else if (verdict.text !== null) transmit(verdict.text);
  });
  socket.on('pong', () => {
    alive = true;
  });
  // What arrived was no WebSocket frame, or too large: ws closes the connection by itself, with the code for it.
  socket.on('error', () => subscriptions.clear());
  socket.on('close', () => subscriptions.clear());

  return {
    publish(notices) {
      for (const subscription of subscriptions.values())
        for (const notice of notices) notify(subscription, notice);
    },
    size: () => subscriptions.size,
    beat() {
      if (!alive) return socket.terminate();
      alive = false;
      socket.ping();
    },
    end() {
      socket.close(1001, 'the node is stopping');
      socket.terminate();
    },
  };
}
