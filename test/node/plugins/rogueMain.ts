import { connect } from 'node:net';
import { encode, type Hex, INTERFACE_VERSION } from '../../../consensus/interface/index.ts';
import { describe as described } from '../../../node/plugins/describe.ts';
import { framed } from '../../../node/plugins/frames.ts';
import { Described, Hello, MAX_FRAME, PROTOCOL_VERSION, Reply } from '../../../node/plugins/wire.ts';
import { probe } from '../../support/probe.ts';

const way = process.env.ROGUE;
const token = process.env.DEVNET_PLUGIN_TOKEN as Hex;
const socket = connect(process.argv[2] ?? '');
const send = (payload: Uint8Array) => socket.write(framed(payload, MAX_FRAME));
const announce = (length: number) => socket.write(Buffer.from([0xff, 0xff, 0xff, length]));

const hello = {
  protocol: way === 'old protocol' ? 7 : PROTOCOL_VERSION,
  interfaceVersion: INTERFACE_VERSION,
  token: way === 'wrong token' ? (`0x${'00'.repeat(32)}` as const) : token,
  name: way === 'other code' ? 'another' : 'probe',
  version: '1.0.0',
};
if (way === 'leaves') {
  process.stderr.write('no licence found\n');
  process.exit(9);
}
if (way === 'giant hello') announce(0xff);
else if (way === 'garbage hello') send(Uint8Array.of(1, 2, 3));
else if (way !== 'silent') send(encode(Hello, hello));

let frames = 0;
socket.on('data', () => {
  frames++;
  if (frames === 1)
    return send(
      way === 'garbage description'
        ? encode(Described, { description: '{"info":{}}' })
        : encode(Described, { description: JSON.stringify(described(probe({}))) }),
    );
  if (way === 'giant reply') return announce(0xff);
  if (way === 'garbage reply') return send(Uint8Array.of(0xc1));
  if (way === 'wrong reply') return send(encode(Reply, { kind: 'pong' }));
  if (way === 'hangs up') return socket.end();
  const nothing = { kind: 'ran', done: [], answers: [], missing: [] } as const;
  if (way === 'no results') return send(encode(Reply, nothing));
  if (way === 'unknown answers')
    return send(encode(Reply, { ...nothing, answers: [{ id: 9, told: true, print: Uint8Array.of(1) }] }));
  if (way === 'asks for ever')
    return send(encode(Reply, { ...nothing, missing: [Uint8Array.of(0x92, 2, 0x90)] }));
  return send(encode(Reply, { ...nothing, missing: [Uint8Array.of(0xc0)] }));
});
socket.on('close', () => process.exit(0));
