import type { Connection, Stream } from '@libp2p/interface';
import { FrameReader } from '../core/frames.ts';
import { ProtocolError } from '../core/protocol-error.ts';
import type { NetworkLog } from '../network.ts';
import type { Lane, Link, LinkReceiver } from '../transport.ts';
import { ClosedHere } from './closed-here.ts';
import { LaneWriter } from './lane-writer.ts';

export function protocolOf(lane: Lane): string {
  return `/devnet/${lane.name}/1`;
}

/** A libp2p connection: each lane is one stream that we open and one that the peer opens. */
export class Libp2pLink implements Link {
  readonly peer: string;
  readonly address: string;
  readonly direction: 'inbound' | 'outbound';
  readonly #connection: Connection;
  readonly #log: NetworkLog;
  readonly #writers = new Map<Lane, LaneWriter>();
  readonly #readers = new Map<Lane, Stream>();
  #receiver: LinkReceiver | null = null;

  constructor(connection: Connection, log: NetworkLog) {
    this.peer = connection.remotePeer.toString();
    this.address = connection.remoteAddr.toString();
    this.direction = connection.direction;
    this.#connection = connection;
    this.#log = log;
  }

  receive(receiver: LinkReceiver): void {
    this.#receiver = receiver;
  }

  send(lane: Lane, frame: Uint8Array): number {
    if (this.#connection.status !== 'open') return 0;
    let writer = this.#writers.get(lane);
    if (writer === undefined) {
      writer = this.#newWriter(lane);
      this.#writers.set(lane, writer);
    }
    return writer.send(frame);
  }

  /** Reads a stream that the peer opened. A new one takes the place of an older one, as after a reset. */
  read(lane: Lane, stream: Stream): void {
    this.#readers.get(lane)?.abort(new ProtocolError('a newer stream took its place'));
    this.#readers.set(lane, stream);
    const reader = new FrameReader(lane.maxFrameBytes, frame => this.#receiver?.frame(lane, frame));
    // An exception in an event listener would end the process, so none may leave this one.
    stream.addEventListener('message', event => {
      if (this.#readers.get(lane) !== stream) return;
      try {
        for (const piece of event.data instanceof Uint8Array ? [event.data] : event.data) reader.push(piece);
      } catch (error) {
        this.#breakOff(lane, stream, error);
      }
    });
    stream.addEventListener('close', () => {
      if (this.#readers.get(lane) === stream) this.#readers.delete(lane);
    });
  }

  offend(reason: string): void {
    this.#receiver?.offence(reason);
  }

  close(): void {
    this.end();
    this.#connection.abort(new ClosedHere());
  }

  /** The connection is gone. */
  end(): void {
    for (const writer of this.#writers.values()) writer.close();
    this.#writers.clear();
    this.#readers.clear();
    const receiver = this.#receiver;
    this.#receiver = null;
    receiver?.closed();
  }

  #breakOff(lane: Lane, stream: Stream, error: unknown): void {
    const problem = error instanceof Error ? error : new Error(String(error));
    this.#readers.delete(lane);
    stream.abort(problem);
    if (problem instanceof ProtocolError) this.#receiver?.offence(`${lane.name}: ${problem.message}`);
    else this.#log.error({ lane: lane.name, peer: this.peer, error: problem.stack }, 'receiving failed');
  }

  #newWriter(lane: Lane): LaneWriter {
    return new LaneWriter({
      maxQueuedBytes: lane.maxQueuedBytes,
      // The first frames travel with the name of the protocol: no round trip before them.
      open: () => this.#connection.newStream(protocolOf(lane), { negotiateFully: false }),
      onError: error =>
        this.#log.debug(
          { lane: lane.name, peer: this.peer, error: String(error) },
          'an outgoing stream ended',
        ),
    });
  }
}
