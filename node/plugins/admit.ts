/** From nothing to a process that has said who it is, or to nothing again. */
import { messageOf } from '../errors.ts';
import { PluginError } from './errors.ts';
import { type Launched, type LaunchOptions, launch } from './launch.ts';
import { type Door, openDoor } from './socket.ts';

export interface Admission<Greeted, Running> extends Omit<LaunchOptions, 'token'> {
  /** Ends it where it is still starting. */
  readonly signal?: AbortSignal | undefined;
  /** The handshake. */
  greet(door: Door): Promise<Greeted>;
  /** Takes over: from here on the process is the caller's. */
  connect(launched: Launched, greeted: Greeted): Running;
}

/**
 * Starts a process, which is told the path of the socket and then `args`, and shakes hands. Throws {@link PluginError};
 * nothing of it is left running then.
 */
export async function admit<Greeted, Running>(admission: Admission<Greeted, Running>): Promise<Running> {
  const { args, label, signal } = admission;
  const place = { plugin: label, doing: 'its start' };
  const door = await openDoor();
  const launched = launch({ ...admission, args: [door.path, ...args], token: door.token });
  const abort = (): void => void launched.kill();
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort);
  try {
    const greeting = admission.greet(door).then(greeted => ({ greeted }));
    greeting.catch((error: unknown) => error);
    const start = await Promise.race([greeting, launched.gone.then(how => ({ how }))]);
    if ('how' in start) {
      const why = door.turnedAway();
      throw new PluginError(why === '' ? 'START' : 'HANDSHAKE', place, `${start.how}${why}`);
    }
    return admission.connect(launched, start.greeted);
  } catch (error) {
    await launched.kill();
    throw error instanceof PluginError
      ? error
      : new PluginError('START', place, messageOf(error), { cause: error });
  } finally {
    signal?.removeEventListener('abort', abort);
    await door.close();
  }
}
