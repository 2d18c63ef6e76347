/**
 * Subscriptions over one WebSocket, opened with the first of them and closed with the last. A lost connection is made
 * again with growing pauses, and every subscription with it.
 */
import { clientError, fromErrorObject, type RpcError } from '../errors.ts';
import type { Methods, Topic } from '../wire.ts';
import type { Listener, Unsubscribe } from './types.ts';

/** The part of the WebSocket standard that is used; browsers, Node 22 and `ws` all have it. */
export interface WebSocketLike {
  send(data: string): void;
  close(): void;
  addEventListener(type: 'open' | 'close' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}
export type WebSocketConstructor = new (url: string) => WebSocketLike;

interface Entry {
  readonly topic: Topic;
  readonly params: object;
  readonly onNotice: (notice: never) => void;
  readonly onLag?: ((dropped: number | null) => void) | undefined;
  readonly onError?: ((error: unknown) => void) | undefined;
  /** The node's id for it; null while not subscribed. */
  remote: string | null;
}
interface Waiting {
  /** Called in the turn in which the answer arrives: a notice may follow in the same one. */
  readonly done: (result: unknown) => void;
  readonly failed: (error: unknown) => void;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export function createSubscriber(url: string, webSocket: WebSocketConstructor | undefined) {
  const entries = new Set<Entry>();
  const waiting = new Map<number, Waiting>();
  let socket: Promise<WebSocketLike> | null = null;
  let open: WebSocketLike | null = null;
  let current: WebSocketLike | null = null;
  let pause = FIRST_PAUSE_MS;
  let retry: ReturnType<typeof setTimeout> | null = null;
  let lastId = 0;
  let closed = false;

  async function connect(): Promise<WebSocketLike> {
    const Socket = webSocket ?? (await defaultConstructor());
    return new Promise((resolve, reject) => {
      const made = new Socket(url);
      current = made;
      made.addEventListener('open', () => {
        open = made;
        pause = FIRST_PAUSE_MS;
        resolve(made);
      });
      made.addEventListener('error', () => reject(unreachable(url)));
      made.addEventListener('message', event => receive(String(event.data)));
      made.addEventListener('close', () => {
        reject(unreachable(url));
        if (made === current) lost();
      });
    });
  }

  function connected(): Promise<WebSocketLike> {
    socket ??= connect();
    return socket;
  }

  function forget(failure: RpcError): void {
    socket = null;
    open = null;
    current = null;
    for (const { failed } of waiting.values()) failed(failure);
    waiting.clear();
  }

  function lost(): void {
    forget(unreachable(url));
    const again = [...entries].filter(entry => entry.remote !== null);
    for (const entry of entries) entry.remote = null;
    if (again.length > 0) reconnectLater(again);
  }

  function reconnectLater(again: readonly Entry[]): void {
    if (closed || retry !== null) return;
    retry = setTimeout(() => {
      retry = null;
      connected().then(
        () => {
          for (const entry of again) if (entries.has(entry)) resume(entry);
        },
        () => reconnectLater(again),
      );
    }, pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }

  function resume(entry: Entry): void {
    subscribeRemotely(entry).then(
      () => entry.onLag?.(null),
      error => {
        if (open === null) return reconnectLater([...entries]);
        entries.delete(entry);
        entry.onError?.(error);
      },
    );
  }

  function receive(text: string): void {
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      // Not from a node of ours: nothing here waits for it.
      return;
    }
    if (typeof message !== 'object' || message === null) return;
    if ('id' in message && typeof message.id === 'number') answered(message.id, message);
    else if ('params' in message) notified(message.params as Notification);
  }

  function answered(id: number, message: object): void {
    const request = waiting.get(id);
    if (request === undefined) return;
    waiting.delete(id);
    if ('error' in message) request.failed(fromErrorObject(message.error));
    else request.done('result' in message ? message.result : undefined);
  }

  function notified(notification: Notification): void {
    for (const entry of entries) {
      if (entry.remote !== notification.subscription) continue;
      if (notification.lag !== undefined) entry.onLag?.(notification.lag.dropped);
      else entry.onNotice(notification.result as never);
    }
  }

  async function call(method: string, params: object, onResult: (result: unknown) => void): Promise<void> {
    const through = await connected();
    lastId += 1;
    const id = lastId;
    await new Promise<void>((resolve, reject) => {
      const done = (result: unknown) => {
        onResult(result);
        resolve();
      };
      waiting.set(id, { done, failed: reject });
      through.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  function subscribeRemotely(entry: Entry): Promise<void> {
    return call(`${entry.topic}_subscribe`, entry.params, id => {
      entry.remote = String(id);
    });
  }

  async function unsubscribe(entry: Entry): Promise<void> {
    if (!entries.delete(entry)) return;
    const { remote } = entry;
    if (entries.size === 0) return close();
    if (remote !== null && open !== null)
      await call(`${entry.topic}_unsubscribe`, { subscription: remote }, () => {});
  }

  /** Ends everything that is under way; a later subscription opens a new connection. */
  function close(): void {
    entries.clear();
    if (retry !== null) clearTimeout(retry);
    retry = null;
    const ending = current;
    forget(closedError());
    ending?.close();
  }

  return {
    async subscribe<T extends Topic>(
      topic: T,
      params: Methods[`${T}_subscribe`]['params'],
      listener: Listener<T>,
    ): Promise<Unsubscribe> {
      if (closed) throw closedError();
      const entry: Entry = { topic, params, ...listener, remote: null };
      entries.add(entry);
      try {
        await subscribeRemotely(entry);
      } catch (error) {
        entries.delete(entry);
        throw error;
      }
      return () => unsubscribe(entry);
    },
    close(): void {
      closed = true;
      close();
    },
  };
}

interface Notification {
  readonly subscription: string;
  readonly result?: unknown;
  readonly lag?: { readonly dropped: number };
}

async function defaultConstructor(): Promise<WebSocketConstructor> {
  if ('WebSocket' in globalThis) return globalThis.WebSocket as WebSocketConstructor;
  return (await import('ws')).WebSocket;
}

const unreachable = (url: string) =>
  clientError(
    'UNREACHABLE',
    `no WebSocket connection to ${url}`,
    'is the node running? `devnet status` tells',
  );

const closedError = () => clientError('CLOSED', 'this client is closed', 'make a new one with createClient');
