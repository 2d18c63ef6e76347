/** The process of one service plugin: started, greeted, spoken with in both directions, and ended. */
import type { Socket } from 'node:net';
import { decode, encode, INTERFACE_VERSION } from '../../consensus/interface/index.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../ordering/types.ts';
import { admit } from '../plugins/admit.ts';
import { PluginError, type PluginErrorCode } from '../plugins/errors.ts';
import { FrameError, FrameReader, framed } from '../plugins/frames.ts';
import type { Launched, PluginCommand } from '../plugins/launch.ts';
import { type Hello, Welcome } from '../plugins/wire.ts';
import { FromService, MAX_FROM_SERVICE, MAX_TO_SERVICE, SERVICE_PROTOCOL, ToService } from './wire.ts';

export interface ServiceOptions {
  /** How messages name it: `service watcher@1.0.0`. */
  readonly label: string;
  readonly name: string;
  readonly version: string;
  /** Of the file with the verified code. */
  readonly url: string;
  readonly command: PluginCommand;
  /** Milliseconds from the start to the end of the handshake. */
  readonly startDeadline: number;
  /** Bytes that it may leave unread. */
  readonly unread: number;
  /** Ends a start that nobody waits for any more. */
  readonly signal?: AbortSignal;
  readonly log: Log;
}

/** A request to a service, without its number. */
type Request =
  Exclude<ToService, { readonly kind: 'answer' }> extends infer Each
    ? Each extends { readonly id: number }
      ? Omit<Each, 'id'>
      : never
    : never;

export interface ServiceProcess {
  readonly pid: number;
  /** Resolves with the reason when it is gone, whoever ended it. */
  readonly gone: Promise<PluginError>;
  /** What the service asks for; frames of before are kept for the one who listens first. */
  onAsk(listener: (id: number, method: string, params: string) => void): void;
  /**
   * Resolves when the service has done it. Rejects with {@link ServiceFailure} if its code threw, and with
   * {@link PluginError} when the process ends; past the deadline, if there is one, it is ended.
   */
  request(request: Request, doing: string, deadline?: number): Promise<void>;
  answer(id: number, ok: boolean, body: string): void;
  /** Ends it for a reason. */
  end(code: PluginErrorCode, doing: string, reason: string): void;
  /** Ends it and waits for its end. */
  close(): Promise<void>;
}

/** What the code of a service threw: a defect of that request, not of the process. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure';
  readonly code = 'SERVICE_FAILED';
  readonly hint = 'this is a defect of the plugin: its stack names the line';
}

/** Starts a process and shakes hands. Throws {@link PluginError}; nothing of it is left running then. */
export function startService(options: ServiceOptions): Promise<ServiceProcess> {
  const { command, label, log, name, version, url, startDeadline, signal } = options;
  return admit({
    command,
    args: [url, 'default', name, version],
    label,
    log,
    signal,
    async greet(door) {
      const { socket, hello } = await door.enter(startDeadline, { plugin: label, doing: 'its handshake' });
      greet(socket, hello, options);
      return socket;
    },
    connect: (launched, socket) => connected(options, launched, socket),
  });
}

/** Refuses a process that speaks otherwise, or was not started for this; both sides are named. */
function greet(socket: Socket, hello: Hello, { label, name, version }: ServiceOptions): void {
  const refuse = (code: 'HANDSHAKE' | 'WRONG_PLUGIN', message: string): never => {
    socket.write(framed(encode(Welcome, { kind: 'refused', code, message }), MAX_TO_SERVICE));
    throw new PluginError(code, { plugin: label, doing: 'its handshake' }, message);
  };
  if (hello.protocol !== SERVICE_PROTOCOL || hello.interfaceVersion !== INTERFACE_VERSION)
    refuse(
      'HANDSHAKE',
      `it speaks protocol ${hello.protocol} and interface ${hello.interfaceVersion}, ` +
        `this node protocol ${SERVICE_PROTOCOL} and interface ${INTERFACE_VERSION}`,
    );
  if (hello.name !== name || hello.version !== version)
    refuse('WRONG_PLUGIN', `it is ${hello.name}@${hello.version}, started was ${name}@${version}`);
  const welcome = encode(Welcome, { kind: 'welcome', protocol: SERVICE_PROTOCOL });
  socket.write(framed(welcome, MAX_TO_SERVICE));
}

/** Milliseconds in which a process that closed its connection may say how it ended. */
const LAST_MOMENT = 500;

interface Doing {
  readonly doing: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

function connected({ label, unread }: ServiceOptions, launched: Launched, socket: Socket): ServiceProcess {
  const reader = new FrameReader(MAX_FROM_SERVICE);
  const doing = new Map<number, Doing>();
  const early: Extract<FromService, { kind: 'ask' }>[] = [];
  let listener: ((id: number, method: string, params: string) => void) | null = null;
  let requests = 0;
  let reason: PluginError | null = null;

  const gone = launched.gone.then(how => {
    reason ??= new PluginError('CRASHED', { plugin: label, doing: lastOf(doing) }, how);
    socket.destroy();
    for (const each of doing.values()) each.reject(reason);
    doing.clear();
    return reason;
  });

  function end(code: PluginErrorCode, what: string, why: string): void {
    reason ??= new PluginError(code, { plugin: label, doing: what }, why);
    socket.destroy();
    void launched.kill();
  }

  function take(message: FromService): void {
    if (message.kind === 'ask') {
      if (listener === null) early.push(message);
      else listener(message.id, message.method, message.params);
      return;
    }
    const found = doing.get(message.id);
    if (found === undefined) throw new Error('it did what nobody had asked for');
    doing.delete(message.id);
    if (message.failure === '') found.resolve();
    else found.reject(new ServiceFailure(message.failure));
  }

  socket.on('data', piece => {
    if (reason !== null) return;
    try {
      reader.push(piece);
      for (let frame = reader.next(); frame !== null && reason === null; frame = reader.next())
        take(decode(FromService, frame, MAX_FROM_SERVICE));
    } catch (error) {
      end(error instanceof FrameError ? 'FRAME_TOO_LARGE' : 'GARBAGE', 'its next frame', messageOf(error));
    }
  });
  socket.on('error', error => end('CRASHED', lastOf(doing), messageOf(error)));
  socket.on('close', () => {
    if (reason !== null) return;
    setTimeout(() => end('CRASHED', lastOf(doing), 'it closed the connection'), LAST_MOMENT).unref();
  });

  function send(message: ToService): void {
    if (reason !== null || socket.destroyed) return;
    socket.write(framed(encode(ToService, message), MAX_TO_SERVICE));
    if (socket.writableLength > unread)
      end('FLOOD', 'its next frame', `it leaves ${socket.writableLength} bytes unread`);
  }

  return {
    pid: launched.pid,
    gone,
    onAsk(next) {
      listener = next;
      for (const { id, method, params } of early.splice(0)) next(id, method, params);
    },
    request(request, what, deadline) {
      const id = requests++;
      return new Promise((resolve, reject) => {
        if (reason !== null) return reject(reason);
        const timer =
          deadline === undefined
            ? undefined
            : setTimeout(() => end('TIMEOUT', what, `no answer within ${deadline} ms`), deadline);
        const settle =
          <T extends unknown[]>(next: (...values: T) => void) =>
          (...values: T): void => {
            clearTimeout(timer);
            next(...values);
          };
        doing.set(id, { doing: what, resolve: settle(resolve), reject: settle(reject) });
        send({ ...request, id } as ToService);
      });
    },
    answer: (id, ok, body) => send({ kind: 'answer', id, ok, body }),
    end,
    async close() {
      end('CLOSED', 'its end', 'the node ended it');
      await gone;
    },
  };
}

/** What it was asked first of all that it has not done. */
const lastOf = (doing: ReadonlyMap<number, Doing>): string => [...doing.values()][0]?.doing ?? 'its work';
