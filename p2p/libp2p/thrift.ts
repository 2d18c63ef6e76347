/**
 * libp2p spends more on a small message than the message needs: a write to the socket for each piece of it, an answer
 * about the receive window for each frame, and an error, with its stack, for each read that ends where a frame ends.
 * On four nodes that agree on blocks this was a third of the work. Where a future version of libp2p has no such
 * part, it is left as it is: only speed depends on this.
 */
import type { MultiaddrConnection, SecuredConnection, StreamMuxer } from '@libp2p/interface';

interface SocketConnection {
  readonly socket: { cork(): void; uncork(): void };
  sendData(data: unknown): unknown;
}

/** What is written within one turn of the event loop leaves in one system call. */
export function joinWrites(connection: MultiaddrConnection): void {
  const raw: unknown = connection;
  if (!isSocketConnection(raw)) return;
  const { socket } = raw;
  const sendData = raw.sendData.bind(raw);
  let corked = false;
  const release = (): void => {
    corked = false;
    socket.uncork();
  };
  raw.sendData = data => {
    if (!corked) {
      corked = true;
      socket.cork();
      process.nextTick(release);
    }
    return sendData(data);
  };
}

/** yamux: `StreamState.Established`. Before it, an update also opens or accepts the stream. */
const ESTABLISHED = 3;

interface WindowedStream {
  readonly state: number;
  /** Bytes that the peer may send from one update to the next, and those that are left of them. */
  readonly recvWindow: number;
  readonly recvWindowCapacity: number;
  sendWindowUpdate(): void;
}

/** A peer hears that its stream was read when half of the window is used, as yamux itself recommends. */
export function thriftyWindows<M extends StreamMuxer>(muxer: M): M {
  const hooks: unknown = muxer;
  if (!hasRemoteStreams(hooks)) return muxer;
  const onRemoteStream = hooks.onRemoteStream.bind(hooks);
  hooks.onRemoteStream = stream => {
    if (isWindowed(stream)) updateAtHalf(stream);
    onRemoteStream(stream);
  };
  return muxer;
}

function updateAtHalf(stream: WindowedStream): void {
  const sendWindowUpdate = stream.sendWindowUpdate.bind(stream);
  stream.sendWindowUpdate = () => {
    if (stream.state !== ESTABLISHED || stream.recvWindowCapacity * 2 <= stream.recvWindow)
      sendWindowUpdate();
  };
}

const LENGTH_BYTES = 2;
const LONGEST_FRAME = 0xffff;

interface LengthDecoding {
  readonly decoder: { lengthDecoder(data: Bytes): number };
}
interface Bytes {
  readonly byteLength: number;
  getUint16(offset: number): number;
}

/** A noise frame whose length has not come yet counts as the longest one, which has not come either. */
export function quietLengths<E>(secured: SecuredConnection<E>): SecuredConnection<E> {
  const { connection } = secured as { readonly connection: unknown };
  if (isLengthDecoding(connection))
    connection.decoder.lengthDecoder = data =>
      data.byteLength < LENGTH_BYTES ? LONGEST_FRAME : data.getUint16(0);
  return secured;
}

const has = <K extends string>(value: unknown, ...keys: readonly K[]): value is Record<K, unknown> =>
  typeof value === 'object' && value !== null && keys.every(key => key in value);

const isSocketConnection = (value: unknown): value is SocketConnection =>
  has(value, 'socket', 'sendData') && has(value.socket, 'cork', 'uncork');

const hasRemoteStreams = (value: unknown): value is { onRemoteStream(stream: unknown): void } =>
  has(value, 'onRemoteStream');

const isWindowed = (value: unknown): value is WindowedStream =>
  has(value, 'state', 'recvWindow', 'recvWindowCapacity', 'sendWindowUpdate');

const isLengthDecoding = (value: unknown): value is LengthDecoding =>
  has(value, 'decoder') && has(value.decoder, 'lengthDecoder');
