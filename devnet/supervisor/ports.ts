import { createServer, type Server } from 'node:net';
import { CliError, EXIT } from '../errors.ts';

export interface Ports {
  readonly gateway: number;
  /** One of each per node. */
  readonly rpc: readonly number[];
  readonly p2p: readonly number[];
}

/**
 * The ports of a cluster, checked to be free. With a base port P: gateway P, node i RPC P + 10 + 10 i and p2p one
 * above. With 0 the system chooses all of them.
 */
export async function choosePorts(base: number, host: string, nodes: number): Promise<Ports> {
  const [gateway = 0, ...rest] = await freePorts(base, host, 0, 1 + 2 * nodes);
  return { gateway, rpc: rest.filter((_, i) => i % 2 === 0), p2p: rest.filter((_, i) => i % 2 === 1) };
}

/** The same for one more node. */
export async function chooseNodePorts(
  base: number,
  host: string,
  index: number,
): Promise<{ readonly rpc: number; readonly p2p: number }> {
  const [rpc = 0, p2p = 0] = await freePorts(base, host, 1 + 2 * index, 2);
  return { rpc, p2p };
}

/** Which ports of such a cluster somebody else uses. */
export async function portsInUse(base: number, host: string, nodes: number): Promise<readonly number[]> {
  if (base === 0) return [];
  const wanted = Array.from({ length: 1 + 2 * nodes }, (_, slot) => portOfSlot(base, slot));
  const tried = await Promise.allSettled(wanted.map(port => listen(port, host)));
  await Promise.all(
    tried.map(
      result => result.status === 'rejected' || new Promise(done => result.value.close(() => done(true))),
    ),
  );
  const other = tried.find(
    result => result.status === 'rejected' && (result.reason as Error).name !== 'PORT_IN_USE',
  );
  if (other?.status === 'rejected') throw other.reason;
  return wanted.filter((_, index) => tried[index]?.status === 'rejected');
}

async function freePorts(base: number, host: string, first: number, count: number): Promise<number[]> {
  const wanted = Array.from({ length: count }, (_, slot) =>
    base === 0 ? 0 : portOfSlot(base, first + slot),
  );
  // Held until all are chosen, so that no two of them are the same.
  const tried = await Promise.allSettled(wanted.map(port => listen(port, host)));
  const servers = tried.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []));
  const ports = servers.map(portOf);
  await Promise.all(servers.map(server => new Promise(done => server.close(done))));
  const refused = tried.find(result => result.status === 'rejected');
  if (refused !== undefined) throw refused.reason;
  return ports;
}

const portOfSlot = (base: number, slot: number): number =>
  slot === 0 ? base : base + 10 + 10 * Math.floor((slot - 1) / 2) + ((slot - 1) % 2);

function listen(port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, port, host)));
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}

export function listenError(error: NodeJS.ErrnoException, port: number, host: string): Error {
  if (error.code === 'EADDRINUSE')
    return new CliError(
      'PORT_IN_USE',
      `port ${port} on ${host} is in use`,
      'stop what uses it, or choose another base port with --port',
      EXIT.inUse,
    );
  const why = BAD_ADDRESSES[error.code ?? ''];
  return why === undefined
    ? error
    : new CliError(
        'BAD_ADDRESS',
        `cannot listen on ${host}, port ${port}: ${why}`,
        'choose another --host or --port; 127.0.0.1 is this machine alone, 0.0.0.0 all that reach it',
        EXIT.usage,
      );
}

const BAD_ADDRESSES: Readonly<Record<string, string>> = {
  EACCES: 'this user may not use the port',
  EADDRNOTAVAIL: 'the address is none of this machine',
  EAFNOSUPPORT: 'this machine has no addresses of this kind',
  EAI_AGAIN: 'no name server answers what address that is',
  EINVAL: 'that is no address to listen on',
  ENOTFOUND: 'no machine has this name',
};

/** An address to connect to: nobody connects to the ones that mean all of them. */
export const reachable = (host: string): string => (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host);

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
  return address.port;
}
