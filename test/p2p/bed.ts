/** What the tests of this folder share: a place to make networks, and events one can wait for. */
import type { Connection } from '@libp2p/interface';
import type { Libp2p } from 'libp2p';
import type { NetworkLimits } from '../../p2p/core/network-core.ts';
import { loadLibp2p } from '../../p2p/libp2p/load.ts';
import { createLibp2pNetwork } from '../../p2p/libp2p.ts';
import { MemoryHub } from '../../p2p/memory.ts';
import type { HandshakeOptions, Network, NetworkLog, PeerEvent } from '../../p2p/network.ts';

export interface NetworkRequest {
  readonly handshake?: HandshakeOptions;
  readonly limits?: Partial<NetworkLimits>;
  readonly log?: NetworkLog;
}

/** Makes networks of one kind that can reach each other, and stops them all at the end. */
export interface Bed {
  network(request?: NetworkRequest): Network;
  /** The same node after a restart: same identity, same address. The old one must have stopped. */
  restart(network: Network): Network;
  stop(): Promise<void>;
}

export function memoryBed(): Bed {
  const hub = new MemoryHub();
  return bedOf((number, request) => hub.network(`node-${number}`, request));
}

export function libp2pBed(): Bed {
  return bedOf((number, { handshake = ACCEPT_ALL, log = silent, limits = {} }, listen = ANY_PORT) =>
    createLibp2pNetwork({ privateKeySeed: seedOf(number), listen: [listen], handshake, log, limits }),
  );
}

function bedOf(make: (number: number, request: NetworkRequest, listen?: string) => Network): Bed {
  const networks: Network[] = [];
  const addresses = new Map<Network, string>();
  return {
    network(request = {}) {
      const network = make(networks.length + 1, request);
      networks.push(network);
      const start = network.start.bind(network);
      network.start = async () => {
        await start();
        const [address] = network.addresses();
        if (address !== undefined) addresses.set(network, address);
      };
      return network;
    },
    restart(network) {
      const index = networks.indexOf(network);
      const successor = make(index + 1, {}, addresses.get(network)?.replace(/\/p2p\/.*/, ''));
      networks[index] = successor;
      return successor;
    },
    async stop() {
      await Promise.all(networks.map(network => network.stop()));
    },
  };
}

export const ANY_PORT = '/ip4/127.0.0.1/tcp/0';
export const ACCEPT_ALL: HandshakeOptions = { hello: new Uint8Array(), judge: () => null };
export const silent: NetworkLog = { debug() {}, info() {}, warn() {}, error() {} };

export function seedOf(number: number): Uint8Array {
  return new Uint8Array(32).fill(number);
}

/** Accepts only those with the same genesis, and names both otherwise. */
export function genesisHandshake(genesis: string): HandshakeOptions {
  return {
    hello: new TextEncoder().encode(genesis),
    judge: hello => {
      const theirs = new TextDecoder().decode(hello);
      return theirs === genesis ? null : `genesis differs: ours ${genesis}, theirs ${theirs}`;
    },
  };
}

/** The next peer event of a kind. Ask before causing it. */
export function nextEvent<K extends PeerEvent['kind']>(
  network: Network,
  kind: K,
): Promise<Extract<PeerEvent, { kind: K }>> {
  return new Promise(resolve => {
    const off = network.onPeer(event => {
      if (event.kind !== kind) return;
      off();
      resolve(event as Extract<PeerEvent, { kind: K }>);
    });
  });
}

/** Starts both and connects the first to the second; resolves when both say so. */
export async function join(a: Network, b: Network): Promise<void> {
  await Promise.all([a.start(), b.start()]);
  await connect(a, b);
}

export async function connect(a: Network, b: Network): Promise<void> {
  const both = Promise.all([nextEvent(a, 'connected'), nextEvent(b, 'connected')]);
  a.connect(addressOf(b));
  await both;
}

export function addressOf(network: Network): string {
  const [address] = network.addresses();
  if (address === undefined) throw new Error('the network does not listen');
  return address;
}

export interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: object;
}

/** A log that is read by the test. */
export function recordingLog(): NetworkLog & { readonly lines: Line[]; has(text: string): boolean } {
  const lines: Line[] = [];
  const level = (name: string) => (fields: object, message: string) => {
    lines.push({ level: name, message, fields });
  };
  return {
    lines,
    has: text => lines.some(line => `${line.message} ${JSON.stringify(line.fields)}`.includes(text)),
    debug: level('debug'),
    info: level('info'),
    warn: level('warn'),
    error: level('error'),
  };
}

/** Collects messages and resolves when there are enough. */
export function inbox() {
  const messages: Uint8Array[] = [];
  let wake = () => {};
  return {
    messages,
    onMessage: (_peer: string, message: Uint8Array) => {
      messages.push(message);
      wake();
    },
    async waitFor(count: number): Promise<Uint8Array[]> {
      while (messages.length < count)
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      return messages;
    },
  };
}

export const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
export const bytes = (string: string) => new TextEncoder().encode(string);

/** A libp2p node of somebody who attacks, connected to an address, with nothing of ours in it. */
export async function dialPlain(address: string): Promise<{ node: Libp2p; connection: Connection }> {
  const { createLibp2p, tcp, noise, yamux, multiaddr } = await loadLibp2p();
  const node = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionMonitor: { enabled: false },
  });
  return { node, connection: await node.dial(multiaddr(address)) };
}
