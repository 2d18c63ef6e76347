/** The ways to the devnet: the gateway that served this page, and through it each node. */
import { signal } from '@preact/signals';
import { createHttp } from '../../node/client/transport/http.ts';
import type { Transport } from '../../node/client/transport/types.ts';
import { createSubscriber } from '../../node/client/transport/webSocket.ts';

/** Of the WebSocket that brings the news. */
export const connection = signal<'connecting' | 'live' | 'lost'>('connecting');

/** The browser's, whose state the page shows. */
class WatchedSocket extends WebSocket {
  constructor(url: string) {
    super(url);
    this.addEventListener('open', () => {
      connection.value = 'live';
    });
    this.addEventListener('close', () => {
      connection.value = 'lost';
    });
  }
}

const TIMEOUT_MS = 30_000;
/** A node that takes longer to say how it is counts as one that does not answer. */
const NODE_TIMEOUT_MS = 2_000;

// Called as a method of anything but the window, a browser's fetch refuses.
const ask: typeof fetch = (input, init) => fetch(input, init);

export const gateway: Transport = {
  request: createHttp(`${location.origin}/`, ask, TIMEOUT_MS),
  subscribe: createSubscriber(location.origin.replace(/^http/, 'ws'), WatchedSocket).subscribe,
};

/** A method that only the running devnet knows, with parameters as somebody wrote them. The answer may be anything. */
export const askAny = gateway.request as (method: string, params: object) => Promise<unknown>;

/** One node, by way of the gateway: the page may speak to no other origin. */
export const askNode = (index: number): Transport['request'] =>
  createHttp(`${location.origin}/nodes/${index}`, ask, NODE_TIMEOUT_MS);
