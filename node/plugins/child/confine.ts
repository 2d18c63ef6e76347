/**
 * Takes away what Node's permission flag leaves to code in this process: the network, signals to other processes, and ways
 * around JavaScript. It stands on JavaScript alone, so it is a hurdle and no wall: what stops whoever finds a gap in it is
 * the operating system, where the tier has that (docs/threat-model.md).
 */
import dgram from 'node:dgram';
import dns from 'node:dns';
import inspector from 'node:inspector';
import { syncBuiltinESMExports } from 'node:module';
import net, { type Socket } from 'node:net';
import v8 from 'node:v8';

type Fields = Record<PropertyKey, unknown>;

/** Called after the connection to the node stands, and before any code of an author is loaded. */
export function confine(socket: Socket): void {
  // Handles first: making one, as the two outputs of the process do, needs what is taken away then.
  const streams = [
    socket,
    process.stdout as Partial<Socket> as Socket,
    process.stderr as Partial<Socket> as Socket,
  ];
  const native = [...streams.map(handleOf), tcpHandle(), udpHandle()].filter(isFields);
  const resolvers = [new dns.Resolver(), new dns.promises.Resolver()];
  for (const object of [...native, ...resolvers]) deny(prototypeOf(object), 'the network');
  for (const names of [dns, dns.promises]) deny(names as unknown as Fields, 'the network');
  deny(net.Socket.prototype as unknown as Fields, 'the network', ['connect', 'open']);
  deny(net.Server.prototype as unknown as Fields, 'the network', ['listen', '_listen2']);
  deny(net as unknown as Fields, 'the network', ['_createServerHandle', 'connect', 'createConnection']);
  deny(dgram.Socket.prototype as unknown as Fields, 'the network', ['bind', 'connect', 'send']);
  deny(dgram as unknown as Fields, 'the network', ['createSocket', '_createSocketHandle']);
  deny(process as unknown as Fields, 'other processes and native code', PROCESS);
  deny(inspector as unknown as Fields, 'the inspector', ['open', 'url', 'waitForDebugger']);
  deny(inspector.Session.prototype as unknown as Fields, 'the inspector');
  deny(v8 as unknown as Fields, 'the engine', ['setFlagsFromString', 'writeHeapSnapshot']);
  syncBuiltinESMExports();
  freeze(process as unknown as Fields, PROCESS);
}

const PROCESS = [
  ...['kill', '_kill', '_debugProcess', '_debugEnd', '_startProfilerIdleNotifier'],
  ...['binding', '_linkedBinding', 'dlopen', 'report', 'initgroups', 'setgroups', 'setegid', 'seteuid'],
  ...['setgid', 'setuid', 'chdir', '_getActiveHandles', '_getActiveRequests'],
];

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const prototypeOf = (object: object): Fields => Object.getPrototypeOf(object) as Fields;
const handleOf = (socket: Socket): unknown => (socket as unknown as Fields)._handle;

/** Of the class under TCP sockets. Where the operating system refuses one, there is nothing to take away. */
function tcpHandle(): unknown {
  const make = (net as unknown as Fields)._createServerHandle;
  const handle: unknown = typeof make === 'function' ? make('127.0.0.1', 0, 4) : undefined;
  if (isFields(handle) && typeof handle.close === 'function') handle.close();
  return handle;
}

function udpHandle(): unknown {
  const socket = dgram.createSocket('udp4') as unknown as Fields & { close(): void };
  const [state] = Object.getOwnPropertySymbols(socket)
    .map(symbol => socket[symbol])
    .filter((value): value is Fields => isFields(value) && 'handle' in value);
  const handle = state?.handle;
  socket.close();
  return handle;
}

/** What a stream needs that is open already. */
const KEPT: ReadonlySet<string> = new Set([
  ...['constructor', 'readStart', 'readStop', 'shutdown', 'useUserBuffer', 'writev', 'writeBuffer'],
  ...['writeAsciiString', 'writeUtf8String', 'writeUcs2String', 'writeLatin1String', 'close', 'ref'],
  ...['unref', 'hasRef', 'getAsyncId', 'getProviderType', 'setBlocking', 'disconnect', 'recvStop'],
]);

function deny(
  owner: Fields,
  what: string,
  names: readonly string[] = Object.getOwnPropertyNames(owner),
): void {
  for (const name of names) {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    if (before?.configurable === false || KEPT.has(name) || !mayBeCalled(before)) continue;
    Object.defineProperty(owner, name, { ...before, value: refusal(name, what) });
  }
}

const mayBeCalled = (descriptor: PropertyDescriptor | undefined): boolean =>
  typeof descriptor?.value === 'function' || typeof descriptor?.value === 'object';

function refusal(name: string, what: string): () => never {
  return () => {
    throw Object.assign(new Error(`${name}: a plugin has no way to ${what}`), { code: 'ERR_ACCESS_DENIED' });
  };
}

function freeze(owner: Fields, names: readonly string[]): void {
  for (const name of names)
    if (Object.hasOwn(owner, name))
      Object.defineProperty(owner, name, { configurable: false, writable: false });
}
