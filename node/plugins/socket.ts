/** Where the process of a plugin comes in: a socket in a directory of its own, for the one that knows the token. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, fromHex, type Hex, toHex } from '../../consensus/interface/index.ts';
import { messageOf } from '../errors.ts';
import { PluginError, type PluginPlace } from './errors.ts';
import { FrameReader } from './frames.ts';
import { Hello } from './wire.ts';

const TOKEN_BYTES = 32;
/** A hello is small. */
const HELLO_FRAME = 4 * 1024;

export interface Door {
  readonly path: string;
  readonly token: Hex;
  /** The connection whose first frame brings the token; others are turned away. Throws {@link PluginError}. */
  enter(ms: number, place: PluginPlace): Promise<{ readonly socket: Socket; readonly hello: Hello }>;
  /** Why connections were turned away, for errors; empty where none was. */
  turnedAway(): string;
  close(): Promise<void>;
}

/** Not in the node's directory: the path of a socket has at most 107 bytes. */
export async function openDoor(): Promise<Door> {
  const directory = await mkdtemp(join(tmpdir(), 'plugin-'));
  const path = join(directory, 's');
  const token = toHex(randomBytes(TOKEN_BYTES));
  const server = createServer();
  let turnedAway = '';
  server.listen(path);
  await once(server, 'listening');
  return {
    path,
    token,
    enter: (ms, place) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          const reason = `nobody came in within ${ms} ms${turnedAway}`;
          reject(new PluginError('HANDSHAKE', place, reason));
        }, ms);
        server.on('connection', socket => {
          greet(socket, token).then(
            hello => {
              clearTimeout(timer);
              resolve({ socket, hello });
            },
            (error: unknown) => {
              turnedAway = `; turned away: ${messageOf(error)}`;
              socket.destroy();
            },
          );
        });
      }),
    turnedAway: () => turnedAway,
    async close() {
      server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The hello of a connection. Throws where the first frame is none, or brings another token. */
function greet(socket: Socket, token: Hex): Promise<Hello> {
  const reader = new FrameReader(HELLO_FRAME);
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', function take(piece: Buffer) {
      try {
        reader.push(piece);
        const frame = reader.next();
        if (frame === null) return;
        const hello = decode(Hello, frame);
        if (!timingSafeEqual(fromHex(hello.token), fromHex(token))) throw new Error('a wrong token');
        socket.off('data', take);
        resolve(hello);
      } catch (error) {
        reject(error);
      }
    });
  });
}
