/** Control groups: limits over a process and all that it starts, where the node may make groups under its own. */
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { MEGABYTE, PLUGIN_LIMITS } from './limits.ts';

const ROOT = '/sys/fs/cgroup';

/** One group per controller in version 1, one for all in version 2. */
export interface Cgroup {
  /** Puts a process into it. */
  add(pid: number): Promise<void>;
  remove(): Promise<void>;
}

interface Place {
  readonly directory: string;
  readonly settings: Readonly<Record<string, string>>;
}

let made = 0;

/** With so many megabytes. Rejects where the node may not make groups, with the reason. */
export async function createCgroup(resident: number): Promise<Cgroup> {
  const name = `devnet-plugin-${process.pid}-${made++}`;
  const places = await placesFor(name, resident);
  const done: string[] = [];
  try {
    for (const { directory, settings } of places) {
      await mkdir(directory);
      done.push(directory);
      for (const [file, value] of Object.entries(settings))
        await writeFile(join(directory, file), value, { flag: 'r+' });
    }
  } catch (error) {
    await removeAll(done);
    throw error;
  }
  return {
    async add(pid) {
      for (const { directory } of places)
        await writeFile(join(directory, 'cgroup.procs'), String(pid), { flag: 'r+' });
    },
    remove: () => removeAll(done),
  };
}

async function placesFor(name: string, resident: number): Promise<readonly Place[]> {
  const own = new Map(
    (await readFile('/proc/self/cgroup', 'utf8'))
      .trim()
      .split('\n')
      .map(line => {
        const [, controllers = '', path = '/'] = line.split(':');
        return [controllers, path] as const;
      }),
  );
  const memory = String(resident * MEGABYTE);
  const tasks = String(PLUGIN_LIMITS.tasks);
  const first = (controller: string): string | undefined =>
    [...own].find(([controllers]) => controllers.split(',').includes(controller))?.[1];
  const [memoryPath, tasksPath] = [first('memory'), first('pids')];
  if (memoryPath !== undefined && tasksPath !== undefined)
    return [
      { directory: join(ROOT, 'memory', memoryPath, name), settings: { 'memory.limit_in_bytes': memory } },
      { directory: join(ROOT, 'pids', tasksPath, name), settings: { 'pids.max': tasks } },
    ];
  const unified = own.get('');
  if (unified === undefined) throw new Error('this process is in no control group');
  return [{ directory: join(ROOT, unified, name), settings: { 'memory.max': memory, 'pids.max': tasks } }];
}

/** A group can be removed once its last process is gone, which the kernel may notice a moment later. */
async function removeAll(directories: readonly string[]): Promise<void> {
  for (const directory of directories)
    for (let tries = 0; ; tries++) {
      try {
        await rmdir(directory);
        break;
      } catch (error) {
        if (tries >= 20)
          throw new Error(`${directory} cannot be removed: ${messageOf(error)}`, { cause: error });
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    }
}
