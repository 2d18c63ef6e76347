/** The process of one consensus module: started, greeted, asked one thing at a time, and ended. */
import type { Socket } from 'node:net';
import { type ConsensusModule, decode, encode, INTERFACE_VERSION } from '../../consensus/interface/index.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../ordering/types.ts';
import { admit } from './admit.ts';
import { shellOfJson } from './describe.ts';
import { PluginError, type PluginErrorCode } from './errors.ts';
import { FrameError, FrameReader, framed } from './frames.ts';
import type { Launched, PluginCommand } from './launch.ts';
import type { Door } from './socket.ts';
import {
  Described,
  HANDSHAKE_FRAME,
  type Hello,
  MAX_FRAME,
  PROTOCOL_VERSION,
  Reply,
  Request,
  Welcome,
} from './wire.ts';

export interface PluginCode {
  /** URL of the author's module file. */
  readonly url: string;
  readonly exportName: string;
  /** What the chain pins. */
  readonly name: string;
  readonly version: string;
}

export interface ProcessOptions {
  /** How messages name it: `consensus 7, probe@1.0.0`. */
  readonly label: string;
  readonly code: PluginCode;
  readonly command: PluginCommand;
  /** Milliseconds from the start to the end of the handshake. */
  readonly startDeadline: number;
  /** Milliseconds for one request. */
  readonly requestDeadline: number;
  readonly log: Log;
}

/** A process that said who it is. It is dead after any error. */
export interface PluginProcess {
  readonly pid: number;
  /** The module as it describes itself; it cannot be run here. */
  readonly shell: ConsensusModule;
  readonly isAlive: boolean;
  /** One at a time. Rejects with {@link PluginError}. `doing` is for the error. */
  request(request: Request, doing: string): Promise<Reply>;
  /** Ends it and waits for its end. */
  close(): Promise<void>;
}

/** Starts a process and shakes hands. Throws {@link PluginError}; nothing of it is left running then. */
export function startProcess(options: ProcessOptions): Promise<PluginProcess> {
  const { command, code, label, log } = options;
  return admit({
    command,
    args: [code.url, code.exportName],
    label,
    log,
    greet: door => shakeHands(door, options),
    connect: (launched, greeted) => connected(options, launched, greeted),
  });
}

interface Greeted {
  readonly socket: Socket;
  readonly shell: ConsensusModule;
}

async function shakeHands(door: Door, options: ProcessOptions): Promise<Greeted> {
  const { label, code, startDeadline } = options;
  const place = { plugin: label, doing: 'its handshake' };
  const deadline = Date.now() + startDeadline;
  const left = (): number => Math.max(1, deadline - Date.now());
  const { socket, hello } = await door.enter(left(), place);
  const wire = channel(socket, HANDSHAKE_FRAME, MAX_FRAME);
  const wrong = mismatch(hello, code);
  if (wrong !== null) {
    const [kind, message] = wrong;
    wire.send(encode(Welcome, { kind: 'refused', code: kind, message }));
    throw new PluginError(kind, place, message);
  }
  wire.send(encode(Welcome, { kind: 'welcome', protocol: PROTOCOL_VERSION }));
  try {
    const frame = await wire.receive(left());
    return { socket, shell: shellOfJson(decode(Described, frame).description) };
  } catch (error) {
    throw errorOf(error, place);
  } finally {
    wire.release();
  }
}

/** Why this is not the process that was started for this code; both sides are named. */
function mismatch(hello: Hello, code: PluginCode): readonly [PluginErrorCode, string] | null {
  const { protocol, interfaceVersion, name, version } = hello;
  if (protocol !== PROTOCOL_VERSION || interfaceVersion !== INTERFACE_VERSION)
    return [
      'HANDSHAKE',
      `${code.url} speaks protocol ${protocol} and interface ${interfaceVersion}, ` +
        `this node protocol ${PROTOCOL_VERSION} and interface ${INTERFACE_VERSION}`,
    ];
  if (name !== code.name || version !== code.version)
    return ['WRONG_PLUGIN', `${code.url} is ${name}@${version}, the chain runs ${code.name}@${code.version}`];
  return null;
}

function connected(
  { label, requestDeadline }: ProcessOptions,
  { pid, gone, kill }: Launched,
  { socket, shell }: Greeted,
): PluginProcess {
  const wire = channel(socket, MAX_FRAME, MAX_FRAME);
  let isAlive = true;
  let busy = false;
  gone.then(() => {
    isAlive = false;
  });

  async function request(asked: Request, doing: string): Promise<Reply> {
    const place = { plugin: label, doing };
    if (busy) throw new Error(`${label} was asked two things at once`);
    if (!isAlive) throw new PluginError('CRASHED', place, await gone);
    busy = true;
    try {
      wire.send(encode(Request, asked));
      const died = gone.then((how): never => {
        throw new PluginError('CRASHED', place, how);
      });
      died.catch((error: unknown) => error);
      const frame = await Promise.race([wire.receive(requestDeadline), died]);
      return decode(Reply, frame);
    } catch (error) {
      isAlive = false;
      const how = error instanceof Hung ? await within(gone, LAST_MOMENT) : null;
      await kill();
      throw how === null ? errorOf(error, place) : new PluginError('CRASHED', place, how);
    } finally {
      busy = false;
    }
  }

  return {
    pid,
    shell,
    get isAlive() {
      return isAlive;
    },
    request,
    async close() {
      isAlive = false;
      socket.destroy();
      await kill();
    },
  };
}

/** Milliseconds in which a process that closed its connection may say how it ended. */
const LAST_MOMENT = 500;

/** null where it takes longer. */
function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Nobody sent a frame in time. */
class Late extends Error {}
/** The other side closed the connection. */
class Hung extends Error {}

const unasked = (): Error => new Error('it sent more than it was asked for');

interface Channel {
  send(payload: Uint8Array): void;
  /** The next frame. Throws {@link Late}, {@link Hung} or {@link FrameError}. */
  receive(ms: number): Promise<Uint8Array>;
  /** Takes its listeners off, so that another channel can take over. */
  release(): void;
}

function channel(socket: Socket, maxIn: number, maxOut: number): Channel {
  const reader = new FrameReader(maxIn);
  let wake: (() => void) | null = null;
  let failed: Error | null = null;
  let asked = false;
  const tell = (error: Error | null): void => {
    failed ??= error;
    wake?.();
  };
  const onData = (piece: Buffer): void => {
    // Nothing is kept of what comes unasked: it could come for ever.
    if (asked) reader.push(piece);
    else socket.destroy();
    tell(asked ? null : unasked());
  };
  const onEnd = (): void => tell(new Hung('it closed the connection'));
  socket.on('data', onData).on('close', onEnd).on('error', tell);
  return {
    send: payload => {
      socket.write(framed(payload, maxOut));
    },
    async receive(ms) {
      const timer = setTimeout(() => tell(new Late(`no answer within ${ms} ms`)), ms);
      asked = true;
      try {
        for (;;) {
          const frame = reader.next();
          if (frame !== null && !reader.isEmpty) throw unasked();
          if (frame !== null) return frame;
          if (failed !== null) throw failed;
          await new Promise<void>(resolve => {
            wake = resolve;
          });
        }
      } finally {
        clearTimeout(timer);
        asked = false;
        wake = null;
      }
    },
    release() {
      socket.off('data', onData).off('close', onEnd).off('error', tell);
    },
  };
}

function errorOf(error: unknown, place: ConstructorParameters<typeof PluginError>[1]): PluginError {
  if (error instanceof PluginError) return error;
  const code: PluginErrorCode =
    error instanceof Late
      ? 'TIMEOUT'
      : error instanceof Hung
        ? 'CRASHED'
        : error instanceof FrameError
          ? 'FRAME_TOO_LARGE'
          : 'GARBAGE';
  return new PluginError(code, place, messageOf(error), { cause: error });
}
