/**
 * What a peer can make libp2p keep or do below our lanes, where no rate of ours is counted. yamux waits for a frame of
 * up to 4 GB once it was announced, answers every ping even to somebody who reads nothing, and resets streams above its
 * limit as often as they are opened; each of these has no end of its own.
 */
import type { SecuredConnection, Stream, StreamMuxer } from '@libp2p/interface';
import { ProtocolError } from '../core/protocol-error.ts';
import { RateMeter } from '../core/rate.ts';
import { systemEnvironment } from '../environment.ts';

/** Bytes that wait to be written to one connection. Lanes stop long before; only answers of the muxer go on. */
export const MAX_UNSENT_BYTES = 32 * 1024 * 1024;
/** The widest window that yamux grants a stream: no honest data frame is longer. */
export const MAX_WINDOW_BYTES = 4 * 1024 * 1024;
/** Streams that a peer may have open, whatever lanes they are for. */
export const MAX_INBOUND_STREAMS = 64;
/** Streams opened, twice that in a burst. An honest node opens one a lane, and again after a reset. */
const STREAMS = { messagesPerSecond: 32, bytesPerSecond: Number.POSITIVE_INFINITY };
/** Frames of any kind. 1,000 blocks a second need about as many; one-byte frames cost as much as full ones. */
const FRAMES = { messagesPerSecond: 10_000, bytesPerSecond: Number.POSITIVE_INFINITY };
/** What one encrypted message adds to a frame that is still coming. */
const SLACK_BYTES = 128 * 1024;

interface BoundableMuxer {
  readonly decoder: { readonly buffer: { readonly byteLength: number } };
  onData(data: unknown): void;
  handleFrame(frame: unknown): void;
  incomingStream(id: number): void;
}

/** A muxer that throws, and so ends the connection, when its peer exceeds what an honest one needs. */
export function boundMuxer<S extends Stream, M extends StreamMuxer<S>>(muxer: M): M {
  const hooks: unknown = muxer;
  if (!isBoundable(hooks)) throw new TypeError('this version of the muxer cannot be bounded');
  const onData = hooks.onData.bind(hooks);
  const handleFrame = hooks.handleFrame.bind(hooks);
  const incomingStream = hooks.incomingStream.bind(hooks);
  const frames = new RateMeter(systemEnvironment, FRAMES);
  const streams = new RateMeter(systemEnvironment, STREAMS);
  hooks.onData = data => {
    onData(data);
    const { byteLength } = hooks.decoder.buffer;
    if (byteLength > MAX_WINDOW_BYTES + SLACK_BYTES)
      throw new ProtocolError(`announces a muxer frame of more than ${MAX_WINDOW_BYTES} bytes`);
  };
  hooks.handleFrame = frame => {
    if (!frames.take(0)) throw new ProtocolError('sends too many muxer frames');
    handleFrame(frame);
  };
  hooks.incomingStream = id => {
    if (!streams.take(0)) throw new ProtocolError('opens too many streams');
    incomingStream(id);
  };
  return muxer;
}

/** A connection that ends when more waits to be written than an honest reader would leave. */
export function boundWrites<E>(secured: SecuredConnection<E>): SecuredConnection<E> {
  const { connection } = secured as { readonly connection: unknown };
  boundUnsent(connection);
  return secured;
}

export function boundUnsent(connection: unknown): void {
  if (!hasWriteBound(connection)) throw new TypeError('this version of libp2p connections cannot be bounded');
  connection.maxWriteBufferLength = MAX_UNSENT_BYTES;
}

function isBoundable(muxer: unknown): muxer is BoundableMuxer {
  if (typeof muxer !== 'object' || muxer === null) return false;
  if (!('onData' in muxer && 'handleFrame' in muxer && 'incomingStream' in muxer && 'decoder' in muxer))
    return false;
  const { decoder } = muxer;
  return typeof decoder === 'object' && decoder !== null && 'buffer' in decoder;
}

const hasWriteBound = (value: unknown): value is { maxWriteBufferLength: number } =>
  typeof value === 'object' && value !== null && 'maxWriteBufferLength' in value;
