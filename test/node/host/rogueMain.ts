import { connect } from 'node:net';
import { encode, type Hex, INTERFACE_VERSION } from '../../../consensus/interface/index.ts';
import { FromService } from '../../../node/host/wire.ts';
import { framed } from '../../../node/plugins/frames.ts';
import { Hello } from '../../../node/plugins/wire.ts';

const [, , path = '', , , name = '', version = ''] = process.argv;
const way = process.env.ROGUE ?? '';
const MAX = 1024 * 1024;
const token = (way === 'wrong token' ? `0x${'11'.repeat(32)}` : process.env.DEVNET_PLUGIN_TOKEN) as Hex;

const socket = connect(path);
const send = (payload: Uint8Array): void => {
  socket.write(framed(payload, MAX));
};
socket.on('error', () => process.exit(0));
socket.on('close', () => process.exit(0));
socket.on('connect', () => {
  if (way === 'silent') return;
  send(
    encode(Hello, {
      protocol: way === 'old protocol' ? 9 : 1,
      interfaceVersion: INTERFACE_VERSION,
      token,
      name: way === 'other name' ? 'another' : name,
      version,
    }),
  );
});
socket.once('data', () => {
  if (way === 'giant frame') socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 1]));
  if (way === 'garbage') send(Buffer.from('not MessagePack'));
  if (way === 'answers what nobody asked') send(encode(FromService, { kind: 'done', id: 77, failure: '' }));
  if (way === 'half a frame') socket.write(Buffer.from([0, 0, 1, 0, 1, 2, 3]));
  if (way === 'reads nothing') {
    socket.pause();
    // A socket that neither reads nor writes keeps no process alive.
    setInterval(() => undefined, 60_000);
    for (let id = 0; id < 900; id++)
      send(encode(FromService, { kind: 'ask', id, method: 'consensus_list', params: '{}' }));
  }
});
