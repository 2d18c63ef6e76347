/**
 * libp2p agrees on protocols with multistream-select, whose reader takes a length that never ends (bytes of 0xff) for
 * one that is still coming. It looks at each such byte without letting anything else run: 300 KB from any stranger
 * stop a node for seconds, and no timeout can fire. So we look at the negotiation first, and let through only
 * what an honest peer sends: the header, then one answer, or one proposal of a protocol that we speak.
 */
import type { MultiaddrConnection, Stream, StreamMuxer } from '@libp2p/interface';
import { decodeText } from '../core/control.ts';
import { ProtocolError } from '../core/protocol-error.ts';

const HEADER = new TextEncoder().encode('\x13/multistream/1.0.0\n');
/** Of a protocol's name, with its line feed. */
const MAX_NAME_BYTES = 256;

type Bytes = Uint8Array | Iterable<Uint8Array>;

/** Every message stream of libp2p hands on what arrives through this method. */
interface Receiving {
  onData(data: Bytes): void;
  abort(error: Error): void;
}

/** Whether a protocol may be proposed to us. An answer needs no such check: a wrong one ends the negotiation. */
export type Speaks = (protocol: string) => boolean;

/** Guards the negotiation of a connection that is not yet encrypted. */
export function guardConnection(
  connection: MultiaddrConnection,
  direction: 'inbound' | 'outbound',
  speaks: Speaks,
): void {
  guardNegotiation(connection, direction === 'inbound' ? speaks : anything);
}

/** Guards the negotiation of every stream of either direction. */
export function guardMuxer<S extends Stream, M extends StreamMuxer<S>>(muxer: M, speaks: Speaks): M {
  const hooks: unknown = muxer;
  if (!isMuxerWithHooks(hooks)) throw new TypeError('this version of the muxer cannot be guarded');
  const onRemoteStream = hooks.onRemoteStream.bind(hooks);
  const onCreateStream = hooks.onCreateStream.bind(hooks);
  hooks.onRemoteStream = stream => {
    guardNegotiation(stream, speaks);
    onRemoteStream(stream);
  };
  hooks.onCreateStream = options => {
    const stream = onCreateStream(options);
    guardNegotiation(stream, anything);
    return stream;
  };
  return muxer;
}

const anything: Speaks = () => true;

/** Stands before `onData` until the two messages of a negotiation have passed, or aborts the stream. */
function guardNegotiation(stream: unknown, speaks: Speaks): void {
  if (!isReceiving(stream)) throw new TypeError('this version of libp2p streams cannot be guarded');
  const onData = stream.onData.bind(stream);
  const check = negotiationCheck(speaks);
  stream.onData = data => {
    try {
      for (const piece of data instanceof Uint8Array ? [data] : data)
        if (check(piece)) {
          stream.onData = onData;
          break;
        }
    } catch (error) {
      stream.onData = () => {};
      stream.abort(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    onData(data);
  };
}

/** Takes the bytes of one side as they come; true when the negotiation is over. Throws ProtocolError. */
export function negotiationCheck(speaks: Speaks): (bytes: Uint8Array) => boolean {
  const name: number[] = [];
  let headerBytes = 0;
  let lengthDigits = 0;
  let length = 0;
  let lengthKnown = false;

  function takeLength(byte: number): void {
    if (lengthDigits > 1) throw new ProtocolError('the protocol negotiation has an endless length');
    length += (byte & 0x7f) << (7 * lengthDigits++);
    lengthKnown = byte < 0x80;
    if (length > MAX_NAME_BYTES) throw new ProtocolError(`a protocol name of ${length} bytes`);
  }

  return bytes => {
    for (const byte of bytes) {
      if (headerBytes < HEADER.length) {
        if (byte !== HEADER[headerBytes++])
          throw new ProtocolError('the protocol negotiation does not begin as it must');
      } else if (!lengthKnown) takeLength(byte);
      else name.push(byte);
      if (!lengthKnown || name.length < length) continue;
      const protocol = decodeText(Uint8Array.from(name)).trim();
      if (!speaks(protocol)) throw new ProtocolError(`a protocol that we do not speak: ${protocol}`);
      return true;
    }
    return false;
  };
}

function isReceiving(stream: unknown): stream is Receiving {
  return typeof stream === 'object' && stream !== null && 'onData' in stream && 'abort' in stream;
}

interface MuxerWithHooks {
  onRemoteStream(stream: unknown): void;
  onCreateStream(options: unknown): unknown;
}

function isMuxerWithHooks(muxer: unknown): muxer is MuxerWithHooks {
  return (
    typeof muxer === 'object' && muxer !== null && 'onRemoteStream' in muxer && 'onCreateStream' in muxer
  );
}
