/** One service plugin on this node: its life, its key, and what the hub knows of it. */
import type { KeyPair } from '../../chain/index.ts';
import type { Log } from '../ordering/types.ts';
import type { Tier } from '../package/index.ts';
import type { PluginCommand } from '../plugins/launch.ts';
import type { Delivery } from './delivery.ts';
import { codeFile, dataDirectory, serviceKey } from './files.ts';
import type { Guest, Hub } from './hub.ts';
import { Life, type LifeLimits, type LifeOptions } from './life.ts';
import { startService } from './process.ts';
import type { Verified } from './verify.ts';
import type { StartInfo } from './wire.ts';

export interface Service {
  readonly plugin: Verified;
  readonly life: Life;
  readonly key: KeyPair;
  readonly guest: Guest;
  /** What is on its way to the process that runs or ran last. */
  delivery(): Delivery | null;
}

/** What a process is started for. */
export interface Place {
  readonly tier: Tier;
  /** Of its code. */
  readonly url: string;
  /** The only one that it may write into. */
  readonly directory: string;
}

export interface ServiceEnvironment extends Pick<LifeOptions, 'height' | 'onUp' | 'onDown' | 'onCrash'> {
  /** Of the host, in the node's directory. */
  readonly root: string;
  readonly hub: Hub;
  readonly limits: LifeLimits;
  readonly handshakeDeadline: number;
  readonly unread: number;
  readonly command: (service: Place) => PluginCommand | Promise<PluginCommand>;
  readonly log: Log;
}

export async function createService(plugin: Verified, environment: ServiceEnvironment): Promise<Service> {
  const { root, hub, limits, handshakeDeadline, unread, command, log } = environment;
  const { manifest, code, codeHash, settings, tier } = plugin;
  const { name, version, capabilities } = manifest;
  const label = `service ${name}@${version}`;
  const key = await serviceKey(root, name);
  const directory = await dataDirectory(root, name);
  let delivery: Delivery | null = null;

  const life: Life = new Life({
    label,
    limits,
    log,
    height: environment.height,
    onUp: environment.onUp,
    onDown: environment.onDown,
    onCrash: environment.onCrash,
    async open(signal) {
      const url = await codeFile(root, codeHash, code);
      const process = await startService({
        label,
        name,
        version,
        url,
        command: await command({ tier, url, directory }),
        startDeadline: handshakeDeadline,
        unread,
        signal,
        log,
      });
      delivery = hub.serve(guest, process);
      return process;
    },
    start(process) {
      const info: StartInfo = { name, version, settings, directory, address: key.address };
      return process.request({ kind: 'start', info: JSON.stringify(info) }, 'start', limits.startDeadline);
    },
  });
  const guest: Guest = {
    name,
    label,
    capabilities,
    key,
    failed: (call, error) => life.failed(call, error),
  };
  return { plugin, life, key, guest, delivery: () => delivery };
}
