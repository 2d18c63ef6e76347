/**
 * Entry of the process of a service plugin: `service-process.js <socket> <module URL> <export> <name> <version>`, with
 * the token in the environment. Connects, says what it was started as, and serves node and plugin until the connection
 * ends.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { decode, encode, type Hex, INTERFACE_VERSION } from '../../../consensus/interface/index.ts';
import type { Service } from '../../../service/index.ts';
import { confine } from '../../plugins/child/confine.ts';
import { FrameReader, framed } from '../../plugins/frames.ts';
import { HANDSHAKE_FRAME, Hello, Welcome } from '../../plugins/wire.ts';
import { FromService, MAX_FROM_SERVICE, MAX_TO_SERVICE, SERVICE_PROTOCOL, ToService } from '../wire.ts';
import { createServing } from './serving.ts';

/** `PWD` is bubblewrap's: it changes into the directory of the service. */
const OURS = ['DEVNET_PLUGIN_TOKEN', 'DEVNET_PLUGIN_CONFINED', 'PWD'];

const [, , socketPath = '', moduleUrl = '', exportName = '', name = '', version = ''] = process.argv;

// The code of the plugin has no use for them.
const token = process.env.DEVNET_PLUGIN_TOKEN as Hex;
const isConfined = process.env.DEVNET_PLUGIN_CONFINED === '1';
for (const variable of OURS) delete process.env[variable];

const socket = connect(socketPath);
socket.on('error', error => leave(`the connection to the node failed: ${error.message}`));
await once(socket, 'connect');
if (isConfined) confine(socket);
const loaded: Readonly<Record<string, unknown>> = await import(moduleUrl);
const service = serviceOf(loaded[exportName]);

const reader = new FrameReader(HANDSHAKE_FRAME);
let greeted = false;
const send = (payload: Uint8Array): void => {
  socket.write(framed(payload, MAX_FROM_SERVICE));
};
const serving = createServing(service, message => send(encode(FromService, message)));

send(
  encode(Hello, {
    protocol: SERVICE_PROTOCOL,
    interfaceVersion: INTERFACE_VERSION,
    token,
    name,
    version,
  }),
);
socket.on('data', piece => {
  reader.push(piece);
  for (let frame = reader.next(); frame !== null; frame = reader.next()) take(frame);
});
// The node is gone, or done with this process.
socket.on('close', () => process.exit(0));

function take(frame: Uint8Array): void {
  if (greeted) {
    serving.take(decode(ToService, frame, MAX_TO_SERVICE));
    return;
  }
  const answer = decode(Welcome, frame);
  if (answer.kind === 'refused') leave(`${answer.code}: ${answer.message}`);
  greeted = true;
  reader.limit = MAX_TO_SERVICE;
}

function serviceOf(value: unknown): Service {
  if (typeof value === 'object' && value !== null && 'start' in value && typeof value.start === 'function')
    return value as Service;
  return leave(`${moduleUrl} has no service ${exportName}: export default defineService({ start(api) {} })`);
}

function leave(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
