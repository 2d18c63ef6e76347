import type { Environment } from '../environment.ts';
import type { HandshakeOptions, PeerId } from '../network.ts';
import type { Lane, Link, LinkReceiver } from '../transport.ts';
import type { Control } from './control.ts';
import { decodeControl, encodeControl, MAX_CONTROL_BYTES } from './control.ts';
import { ProtocolError } from './protocol-error.ts';
import { RateMeter } from './rate.ts';

/** The lane of the handshake. It is the only one that is heard before the handshake has passed. */
export const HELLO_LANE: Lane = {
  name: 'hello',
  maxFrameBytes: MAX_CONTROL_BYTES,
  maxQueuedBytes: 2 * MAX_CONTROL_BYTES,
};

/** How long a refused peer has to read why, before the link is cut. */
const FAREWELL_MS = 500;
/** An honest peer sends one ping every five seconds, and answers ours. */
const CONTROL_RATE = { messagesPerSecond: 20, bytesPerSecond: MAX_CONTROL_BYTES };
const PING_INTERVAL_MS = 5_000;
/** Pings of a silent peer before it is given up. Counted, not timed: a node that itself hung for long blames nobody. */
const MAX_SILENT_PINGS = 4;

export interface ConnectionEvents {
  up(connection: Connection): void;
  /** Either side said no. */
  refused(connection: Connection, reason: string): void;
  /** Of a peer that is up. */
  frame(connection: Connection, lane: Lane, bytes: Uint8Array): void;
  offence(connection: Connection, reason: string): void;
  closed(connection: Connection): void;
}

export interface ConnectionOptions {
  readonly environment: Environment;
  readonly handshake: HandshakeOptions;
  readonly handshakeMs: number;
  readonly events: ConnectionEvents;
}

/**
 * One link through its life: hello, verdict, then frames, pings all along, and the end.
 * It is up when both sides accepted. A side sends on other lanes only after it has the peer's accept, so whatever
 * comes before our accept is an offence, and whatever comes after it is an accept in itself (lanes are not ordered
 * among each other).
 */
export class Connection implements LinkReceiver {
  readonly link: Link;
  /** Milliseconds of the last round trip. */
  latency: number | null = null;
  /** Messages dropped because the peer reads too slowly, and because it sends too fast. */
  readonly dropped = { slow: 0, overRate: 0 };
  readonly #environment: Environment;
  readonly #handshake: HandshakeOptions;
  readonly #events: ConnectionEvents;
  readonly #controlRate: RateMeter;
  #state: 'greeting' | 'accepting' | 'up' | 'refused' | 'closed' = 'greeting';
  #cancelTimer: () => void;
  #ping: { nonce: number; at: number } | null = null;
  #silentPings = 0;

  constructor(link: Link, { environment, handshake, handshakeMs, events }: ConnectionOptions) {
    this.link = link;
    this.#environment = environment;
    this.#handshake = handshake;
    this.#events = events;
    this.#controlRate = new RateMeter(environment, CONTROL_RATE);
    this.#cancelTimer = environment.after(handshakeMs, () =>
      this.#end(`no answer to the handshake within ${handshakeMs} ms`),
    );
    this.#send({ kind: 'hello', hello: handshake.hello });
  }

  get peer(): PeerId {
    return this.link.peer;
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  /** Tells the peer why, and closes. The other side sees it as refused. */
  refuse(reason: string): void {
    if (this.#state === 'closed' || this.#state === 'refused') return;
    this.#state = 'refused';
    this.#send({ kind: 'refuse', reason });
    this.#cancelTimer();
    this.#cancelTimer = this.#environment.after(FAREWELL_MS, () => this.link.close());
  }

  frame(lane: Lane, bytes: Uint8Array): void {
    if (this.#state === 'closed' || this.#state === 'refused') return;
    this.#silentPings = 0;
    if (lane === HELLO_LANE) {
      if (this.#controlRate.take(bytes.length)) this.#control(bytes);
      else this.offence('too many control frames');
      return;
    }
    if (this.#state === 'accepting') this.#becomeUp();
    if (this.#state === 'up') this.#events.frame(this, lane, bytes);
    else this.offence(`sent on ${lane.name} before the handshake`);
  }

  offence(reason: string): void {
    if (this.#state !== 'closed' && this.#state !== 'refused') this.#events.offence(this, reason);
  }

  closed(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#cancelTimer();
    this.#events.closed(this);
  }

  #control(bytes: Uint8Array): void {
    let control: Control;
    try {
      control = decodeControl(bytes);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.offence(error.message);
      return;
    }
    switch (control.kind) {
      case 'hello':
        this.#onHello(control.hello);
        break;
      case 'accept':
        if (this.#state === 'accepting') this.#becomeUp();
        else if (this.#state === 'greeting') this.offence('an accept before the hello');
        break;
      case 'refuse':
        this.#end(`refused by the peer: ${control.reason}`);
        break;
      case 'ping':
        this.#send({ kind: 'pong', nonce: control.nonce });
        break;
      case 'pong':
        this.#onPong(control.nonce);
        break;
    }
  }

  #onHello(hello: Uint8Array): void {
    if (this.#state !== 'greeting') {
      this.offence('a second hello');
      return;
    }
    const reason = this.#judge(hello);
    if (reason !== null) {
      this.refuse(reason);
      this.#events.refused(this, reason);
      return;
    }
    this.#state = 'accepting';
    this.#send({ kind: 'accept' });
  }

  // The judge decodes foreign bytes: whatever it throws is a verdict on them.
  #judge(hello: Uint8Array): string | null {
    try {
      return this.#handshake.judge(hello);
    } catch (error) {
      return `hello cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  #becomeUp(): void {
    this.#state = 'up';
    this.#cancelTimer();
    this.#events.up(this);
    this.#sendPing();
  }

  #sendPing(): void {
    if (this.#state !== 'up') return;
    if (this.#silentPings >= MAX_SILENT_PINGS) {
      this.link.close();
      return;
    }
    this.#silentPings++;
    this.#ping = {
      nonce: Math.floor(this.#environment.random() * 0x1_0000_0000),
      at: this.#environment.now(),
    };
    this.#send({ kind: 'ping', nonce: this.#ping.nonce });
    this.#cancelTimer = this.#environment.after(PING_INTERVAL_MS, () => this.#sendPing());
  }

  #onPong(nonce: number): void {
    if (this.#ping?.nonce !== nonce) return;
    this.latency = this.#environment.now() - this.#ping.at;
    this.#ping = null;
  }

  #end(reason: string): void {
    this.#state = 'refused';
    this.#cancelTimer();
    this.#events.refused(this, reason);
    this.link.close();
  }

  #send(control: Control): void {
    this.link.send(HELLO_LANE, encodeControl(control));
  }
}
