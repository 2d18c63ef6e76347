/**
 * What a node and the process of a service plugin say to each other (docs/protocol/service-process.md). Both may speak at
 * any time after the handshake; each request has a number of its side, and gets one answer.
 */
import { bool, struct, type TypeOf, text, u32, union } from '../../consensus/interface/index.ts';

/** Of these frames, from the hello on. */
export const SERVICE_PROTOCOL = 1;

/** Bytes of a frame that a service sends, and of one that it gets. */
export const MAX_FROM_SERVICE = 256 * 1024;
export const MAX_TO_SERVICE = 32 * 1024 * 1024;

const id = u32;
/** JSON. */
const given = text(MAX_FROM_SERVICE);
const told = text(MAX_TO_SERVICE);
const words = text(4 * 1024);

export const FromService = union({
  /** Asks for something: a read method of the RPC, or one of {@link HUB_METHODS}; parameters as a JSON object. */
  ask: [0, struct({ id, method: text(64), params: given })],
  /** Has done what the node asked; `failure` is empty, or what its code threw. */
  done: [1, struct({ id, failure: words })],
});
export type FromService = TypeOf<typeof FromService>;

export const ToService = union({
  /** First: {@link StartInfo} as JSON. */
  start: [0, struct({ id, info: told })],
  ping: [1, struct({ id })],
  /** Of a subscription; `dropped` counts those that were lost before it. */
  notice: [2, struct({ id, subscription: u32, dropped: u32, body: told })],
  message: [3, struct({ id, from: text(64), body: told })],
  stop: [4, struct({ id })],
  /** To the service's own request: the result as JSON, or {@link Failure} as JSON. */
  answer: [5, struct({ id, ok: bool, body: told })],
});
export type ToService = TypeOf<typeof ToService>;

export interface StartInfo {
  readonly name: string;
  readonly version: string;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly directory: string;
  readonly address: string;
}

/** Why a request was refused, for people and programs. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly hint: string;
}

export const TOPICS = ['chain', 'tx', 'epoch', 'plugin', 'gov'] as const;

/** What a service asks of the node beside the read methods of its RPC. */
export const HUB_METHODS = ['subscribe', 'unsubscribe', 'send', 'message', 'vote'] as const;
export type HubMethod = (typeof HUB_METHODS)[number];
