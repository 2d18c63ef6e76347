/** The layers of a connection, each wrapped where strangers could abuse it or where it does needless work. */
import type { ConnectionEncrypter, SecuredConnection, StreamMuxerFactory } from '@libp2p/interface';
import { ProtocolError } from '../core/protocol-error.ts';
import { boundMuxer, boundUnsent, boundWrites, MAX_INBOUND_STREAMS, MAX_WINDOW_BYTES } from './bounds.ts';
import { eachConnection } from './each-connection.ts';
import type { Libp2pModules } from './load.ts';
import { guardConnection, guardMuxer, type Speaks } from './negotiation-guard.ts';
import { joinWrites, quietLengths, thriftyWindows } from './thrift.ts';

/** Our own pings and timeouts watch over connections. This one is the last resort for what they do not see. */
const SOCKET_SILENCE_MS = 120_000;

/**
 * What a peer may send on a stream before we say that we have read it. The usual 256 KB hold back large blocks when
 * the event loops at both ends are busy. The muxer widens it further as its own pings allow, up to {@link MAX_WINDOW_BYTES}.
 */
const WINDOW_BYTES = 1024 * 1024;

/** @param speaks tells the protocols of streams that a peer may open. */
export function connectionStack(
  { tcp, noise, yamux }: Pick<Libp2pModules, 'tcp' | 'noise' | 'yamux'>,
  speaks: Speaks,
) {
  const openSocket = tcp({
    inboundSocketInactivityTimeout: SOCKET_SILENCE_MS,
    outboundSocketInactivityTimeout: SOCKET_SILENCE_MS,
  });
  const encrypt = noise();
  const multiplex = yamux({
    maxInboundStreams: MAX_INBOUND_STREAMS,
    streamOptions: { initialStreamWindowSize: WINDOW_BYTES, maxStreamWindowSize: MAX_WINDOW_BYTES },
  });
  return {
    transports: [
      (components: Parameters<typeof openSocket>[0]) =>
        eachConnection(openSocket(components), (connection, direction) => {
          guardConnection(connection, direction, isEncryption);
          boundUnsent(connection);
          joinWrites(connection);
        }),
    ],
    connectionEncrypters: [
      (components: Parameters<typeof encrypt>[0]) => withMuxerAgreed(encrypt(components)),
    ],
    streamMuxers: [() => guardedMuxer(multiplex(), speaks)],
  };
}

const isEncryption: Speaks = protocol => protocol === '/noise';

function guardedMuxer(factory: StreamMuxerFactory, speaks: Speaks): StreamMuxerFactory {
  const createStreamMuxer = factory.createStreamMuxer.bind(factory);
  factory.createStreamMuxer = connection =>
    thriftyWindows(guardMuxer(boundMuxer(createStreamMuxer(connection)), speaks));
  return factory;
}

/** The muxer is agreed on inside the encryption handshake, which leaves no third negotiation to guard. */
function withMuxerAgreed(encrypter: ConnectionEncrypter): ConnectionEncrypter {
  const secureInbound = encrypter.secureInbound.bind(encrypter);
  const secureOutbound = encrypter.secureOutbound.bind(encrypter);
  encrypter.secureInbound = async (...parameters) =>
    quietLengths(boundWrites(mustHaveMuxer(await secureInbound(...parameters))));
  encrypter.secureOutbound = async (...parameters) =>
    quietLengths(boundWrites(mustHaveMuxer(await secureOutbound(...parameters))));
  return encrypter;
}

function mustHaveMuxer<E>(secured: SecuredConnection<E>): SecuredConnection<E> {
  if (secured.streamMuxer === undefined) throw new ProtocolError('no muxer was agreed on in the handshake');
  return secured;
}
