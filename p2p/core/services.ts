/**
 * Requests and responses over one lane each way, told apart by a number that the asking side picks.
 * A frame is a byte of kind, a u32 number, then: request and response: the bytes; refused: the reason in UTF-8;
 * too large: nothing.
 */
import type { Environment } from '../environment.ts';
import type { NetworkLog, PeerId, Service, ServiceOptions } from '../network.ts';
import { NetworkError } from '../network.ts';
import type { Connection } from './connection.ts';
import { decodeText, encodeText } from './control.ts';
import { readUint32, writeUint32 } from './frames.ts';
import { ProtocolError } from './protocol-error.ts';
import type { Sender } from './sender.ts';

const REQUEST = 0;
const RESPONSE = 1;
const REFUSED = 2;
const TOO_LARGE = 3;
const HEADER_BYTES = 5;
/** Room for a refusal, whatever the sizes of the service. */
const MIN_FRAME_BYTES = 2048;

export function maxServiceFrameBytes(options: ServiceOptions): number {
  return HEADER_BYTES + Math.max(options.maxRequestBytes, options.maxResponseBytes, MIN_FRAME_BYTES);
}

interface Pending {
  readonly connection: Connection;
  readonly resolve: (response: Uint8Array) => void;
  readonly reject: (error: NetworkError) => void;
  readonly cancelTimer: () => void;
}

/** Both halves of one service: the asking and the answering side. */
export class ServicePort implements Service {
  readonly #name: string;
  readonly #options: ServiceOptions;
  readonly #sender: Sender;
  readonly #environment: Environment;
  readonly #log: NetworkLog;
  readonly #pending = new Map<number, Pending>();
  /** Requests that we are answering, by connection. */
  readonly #answering = new Map<Connection, number>();
  #nextNumber = 0;

  constructor(
    name: string,
    options: ServiceOptions,
    sender: Sender,
    environment: Environment,
    log: NetworkLog,
  ) {
    this.#name = name;
    this.#options = options;
    this.#sender = sender;
    this.#environment = environment;
    this.#log = log;
  }

  request(peer: PeerId, request: Uint8Array): Promise<Uint8Array> {
    const { maxRequestBytes, timeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      if (request.length > maxRequestBytes) {
        reject(
          this.#error('TOO_LARGE', `a request of ${request.length} bytes, the limit is ${maxRequestBytes}`),
        );
        return;
      }
      const number = this.#takeNumber();
      const connection = this.#sender.toPeer(peer, encode(REQUEST, number, request));
      if (connection === null) {
        reject(this.#error('DISCONNECTED', `peer ${peer} is not connected`));
        return;
      }
      const cancelTimer = this.#environment.after(timeoutMs, () => {
        this.#pending.delete(number);
        reject(this.#error('TIMEOUT', `no answer from ${peer} within ${timeoutMs} ms`));
      });
      this.#pending.set(number, { connection, resolve, reject, cancelTimer });
    });
  }

  /** @throws ProtocolError */
  onFrame(connection: Connection, frame: Uint8Array): void {
    if (frame.length < HEADER_BYTES) throw new ProtocolError(`a service frame of ${frame.length} bytes`);
    const number = readUint32(frame, 1);
    const body = frame.subarray(HEADER_BYTES);
    if (frame[0] === REQUEST) this.#onRequest(connection, number, body);
    else this.#onAnswer(connection, frame[0] ?? -1, number, body);
  }

  /** The answers of this connection will not come any more. */
  onClosed(connection: Connection): void {
    this.#answering.delete(connection);
    for (const [number, pending] of this.#pending) {
      if (pending.connection !== connection) continue;
      this.#settle(number, pending);
      pending.reject(this.#error('DISCONNECTED', `the connection to ${connection.peer} was lost`));
    }
  }

  #onRequest(connection: Connection, number: number, request: Uint8Array): void {
    const { maxRequestBytes, maxConcurrent } = this.#options;
    if (request.length > maxRequestBytes) throw new ProtocolError(`a request of ${request.length} bytes`);
    const under = this.#answering.get(connection) ?? 0;
    if (under >= maxConcurrent) {
      this.#refuse(connection, number, `busy: ${maxConcurrent} requests at once are answered`);
      return;
    }
    this.#answering.set(connection, under + 1);
    this.#answer(connection, number, request).catch((error: unknown) => {
      this.#log.error(
        { service: this.#name, peer: connection.peer, error: String(error) },
        'answering failed',
      );
    });
  }

  async #answer(connection: Connection, number: number, request: Uint8Array): Promise<void> {
    try {
      const response = await this.#options.handle(connection.peer, request);
      if (response.length <= this.#options.maxResponseBytes)
        this.#sender.toConnection(connection, encode(RESPONSE, number, response));
      else this.#sender.toConnection(connection, encode(TOO_LARGE, number, new Uint8Array()));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.debug({ service: this.#name, peer: connection.peer, reason }, 'request refused');
      this.#refuse(connection, number, reason);
    } finally {
      const left = (this.#answering.get(connection) ?? 1) - 1;
      if (left > 0) this.#answering.set(connection, left);
      else this.#answering.delete(connection);
    }
  }

  #onAnswer(connection: Connection, kind: number, number: number, body: Uint8Array): void {
    if (kind !== RESPONSE && kind !== REFUSED && kind !== TOO_LARGE)
      throw new ProtocolError(`a service frame of unknown kind ${kind}`);
    const pending = this.#pending.get(number);
    // An answer after our timeout is honest and of no use. An answer to another peer's request is ignored as well.
    if (pending === undefined || pending.connection !== connection) return;
    this.#settle(number, pending);
    if (kind === RESPONSE && body.length <= this.#options.maxResponseBytes) pending.resolve(body);
    else if (kind === REFUSED) pending.reject(this.#error('REFUSED', decodeText(body)));
    else
      pending.reject(this.#error('TOO_LARGE', `the answer exceeds ${this.#options.maxResponseBytes} bytes`));
  }

  #refuse(connection: Connection, number: number, reason: string): void {
    this.#sender.toConnection(connection, encode(REFUSED, number, encodeText(reason)));
  }

  #settle(number: number, pending: Pending): void {
    this.#pending.delete(number);
    pending.cancelTimer();
  }

  #takeNumber(): number {
    do this.#nextNumber = (this.#nextNumber + 1) >>> 0;
    while (this.#pending.has(this.#nextNumber));
    return this.#nextNumber;
  }

  #error(code: NetworkError['code'], message: string): NetworkError {
    return new NetworkError(code, `${this.#name}: ${message}`);
  }
}

function encode(kind: number, number: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + body.length);
  frame[0] = kind;
  writeUint32(frame, 1, number);
  frame.set(body, HEADER_BYTES);
  return frame;
}
