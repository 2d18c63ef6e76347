import type { MultiaddrConnection, Transport, Upgrader } from '@libp2p/interface';

type Prepare = (connection: MultiaddrConnection, direction: 'inbound' | 'outbound') => void;

/** `prepare` gets every connection of a transport before anything has been read from it. */
export function eachConnection<T extends Transport>(transport: T, prepare: Prepare): T {
  const dial = transport.dial.bind(transport);
  const createListener = transport.createListener.bind(transport);
  transport.dial = (address, { upgrader, ...options }) =>
    dial(address, { ...options, upgrader: preparing(upgrader, prepare) });
  transport.createListener = ({ upgrader, ...options }) =>
    createListener({ ...options, upgrader: preparing(upgrader, prepare) });
  return transport;
}

function preparing(upgrader: Upgrader, prepare: Prepare): Upgrader {
  return Object.assign(Object.create(upgrader), {
    upgradeInbound(connection: MultiaddrConnection, options: Parameters<Upgrader['upgradeInbound']>[1]) {
      prepare(connection, 'inbound');
      return upgrader.upgradeInbound(connection, options);
    },
    upgradeOutbound(connection: MultiaddrConnection, options: Parameters<Upgrader['upgradeOutbound']>[1]) {
      prepare(connection, 'outbound');
      return upgrader.upgradeOutbound(connection, options);
    },
  });
}
