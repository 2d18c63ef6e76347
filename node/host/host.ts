/**
 * The plugins of a node (spec section 7): found, verified, loaded in order, watched, unloaded. Services run here;
 * consensus modules are verified here and run by the node's runner, when the chain names them.
 */
import { type FSWatcher, watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { fromAddress } from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import type { NodeApi, StoredBlock } from '../api.ts';
import type { PluginJson } from '../client/wirePlugins.ts';
import { type IsolationReport, serviceCommand } from '../isolation/index.ts';
import type { NodeOptions } from '../options.ts';
import type { Log } from '../ordering/types.ts';
import { discoverPlugins, HOST, renewCode, unloadOrder } from '../package/index.ts';
import type { CodeSources } from '../plugins/load.ts';
import type { Runner } from '../plugins/runner.ts';
import { noticesOf } from '../rpc/notices.ts';
import { VERSION } from '../version.ts';
import { HostError } from './errors.ts';
import { createHub, HUB_LIMITS, type HubLimits } from './hub.ts';
import { LIFE_LIMITS, type LifeLimits } from './life.ts';
import { createLoaded, type LoadedPlugins } from './loaded.ts';
import { consensusReport, createMonitor, refusedReport, serviceReport } from './report.ts';
import { createService, type Service, type ServiceEnvironment } from './service.ts';
import { type Judged, judgePlugins, type PluginPolicy, shortage, type Verified } from './verify.ts';

export interface PluginHost {
  readonly loaded: LoadedPlugins;
  list(): readonly PluginJson[];
  /**
   * Looks at the directory again, and starts the plugin of this name anew. Resolves when every new plugin runs, or has
   * failed for the first time. Throws {@link HostError}.
   */
  reload(name?: string): Promise<readonly PluginJson[]>;
  /** Ends a quarantine. Throws {@link HostError}. */
  release(name: string): Promise<PluginJson>;
  /** Ends all processes. */
  close(): Promise<void>;
}

export interface HostOptions {
  readonly options: NodeOptions['plugins'];
  /** A directory of the host alone. */
  readonly root: string;
  readonly api: NodeApi;
  readonly runner: Runner;
  /** What this machine can put around a process. */
  readonly isolation: () => Promise<IsolationReport>;
  readonly log: Log;
  readonly settings?: Partial<HostSettings> | undefined;
}

/** What a test sets otherwise. */
export interface HostSettings {
  readonly life: LifeLimits;
  readonly hub: HubLimits;
  /** Milliseconds from the start of a process to the end of its handshake. */
  readonly handshakeDeadline: number;
  /** Bytes that a service may leave unread. */
  readonly unread: number;
  readonly command: ServiceEnvironment['command'];
  /** With consensus modules. */
  readonly patience: CodeSources['patience'];
  /** Instead of what this machine has. */
  readonly isolation: () => Promise<IsolationReport>;
}

const HANDSHAKE_DEADLINE = 20_000;
const MAX_UNREAD = 64 * 1024 * 1024;
/** Milliseconds of rest in the directory before it is looked at. */
const SETTLING = 300;

export function createHost({
  options,
  root,
  api,
  runner,
  isolation,
  log,
  settings = {},
}: HostOptions): PluginHost {
  const { life: limits = LIFE_LIMITS, hub: hubLimits = HUB_LIMITS, command = commandOf } = settings;
  const { handshakeDeadline = HANDSHAKE_DEADLINE, unread = MAX_UNREAD } = settings;
  const loaded = createLoaded();
  const height = (): number => api.head().header.height;
  /** In the order of loading. */
  let services: readonly Service[] = [];
  let judged: Judged = { verified: [], refused: [] };
  let closed = false;
  let turn: Promise<unknown> = Promise.resolve();
  const monitor = createMonitor(runner, log, limits.pingEvery);

  const find = (name: string): Service | undefined =>
    services.find(({ plugin }) => plugin.manifest.name === name);
  const running = (name: string): boolean => find(name)?.life.state === 'running';
  const hub = createHub({
    api,
    loaded,
    limits: hubLimits,
    log,
    guest(name) {
      const service = find(name);
      const delivery = service?.life.state === 'running' ? service.delivery() : null;
      return service === undefined || delivery === null ? null : { guest: service.guest, delivery };
    },
  });

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work);
    turn = result.catch((error: unknown) => error);
    return result;
  }

  /** What a stopped service waits for; null if nothing keeps it from starting. */
  function obstacle({ manifest }: Verified): string | null {
    const needed = Object.keys(manifest.dependencies).find(
      name => name !== HOST && find(name) !== undefined && !running(name),
    );
    if (needed !== undefined) return `it needs ${needed}, which does not run`;
    // One that is there is loaded first; whether it succeeds does not matter.
    const awaited = Object.keys(manifest.optional_dependencies).find(
      name => find(name)?.life.state === 'starting',
    );
    return awaited === undefined ? null : `it waits for ${awaited}`;
  }

  /** Starts what is stopped and can start; the rest waits for it. */
  function startReady(): void {
    if (closed) return;
    for (const { plugin, life } of services)
      if (life.state === 'stopped' && obstacle(plugin) === null) void life.start();
  }

  /** Until every service has run or failed. */
  async function calm(): Promise<void> {
    for (;;) {
      const starting = services.filter(({ life }) => life.state === 'starting');
      if (starting.length === 0) return;
      await Promise.all(starting.map(({ life }) => life.start()));
    }
  }

  /** These and all that cannot work without them, dependents first. */
  async function unload(names: readonly string[]): Promise<void> {
    const manifests = services.map(({ plugin }) => plugin.manifest);
    const leaving = new Set(names.flatMap(name => unloadOrder(name, manifests).map(each => each.name)));
    for (const { plugin, life } of [...services].reverse())
      if (leaving.has(plugin.manifest.name) && life.state !== 'quarantined') await life.stop();
  }

  const serviceOf = (plugin: Verified): Promise<Service> =>
    createService(plugin, {
      root,
      hub,
      limits,
      handshakeDeadline,
      unread,
      command,
      log,
      height,
      onUp() {
        const { name, version } = plugin.manifest;
        const { codeHash, tier } = plugin;
        log.info({ plugin: name, version, codeHash, tier }, 'a service plugin is loaded');
        loaded.add({ codeHash: plugin.codeHash, name, version });
        startReady();
      },
      onDown: () => loaded.remove(plugin.manifest.name),
      onCrash(quarantined) {
        startReady();
        if (!quarantined || closed) return;
        const dependents = () => unload([plugin.manifest.name]);
        inTurn(dependents).catch((error: unknown) => log.error({ err: error }, 'unloading failed'));
      },
    });

  async function load(): Promise<void> {
    if (options === undefined || closed) return;
    const discovered = await discoverPlugins(options.directory);
    // What this machine can isolate is tried out in processes: for plugins only.
    const found =
      discovered.length === 0
        ? { verified: [], refused: [] }
        : judgePlugins(discovered, policyOf(options, await isolation()));
    tell(found, judged, options, log);
    // A manifest that changed binds code that the chain runs, too, from its next start on.
    for (const plugin of found.verified)
      if (plugin.manifest.provides === 'consensus') await renewCode(options.directory, plugin);
    const stays = (one: Service): Verified | undefined =>
      found.verified.find(each => isSame(each, one.plugin));
    const leaving = services.filter(one => stays(one) === undefined);
    await unload(leaving.map(({ plugin }) => plugin.manifest.name));
    const kept = services.filter(one => !leaving.includes(one));
    await Promise.all(leaving.map(({ life }) => life.stop()));
    const next: Service[] = [];
    for (const plugin of found.verified)
      if (plugin.manifest.provides === 'service')
        next.push(kept.find(one => stays(one) === plugin) ?? (await serviceOf(plugin)));
    services = next;
    judged = found;
    startReady();
  }

  async function reload(): Promise<readonly PluginJson[]> {
    await inTurn(load);
    await calm();
    return list();
  }

  /** With all that depends on it; what is in quarantine stays there. */
  async function restart(name: string): Promise<void> {
    const service = find(name);
    const processes = runner.plugins.filter(({ shell }) => shell.info.name === name);
    if (service === undefined && processes.length === 0)
      throw new HostError('UNKNOWN_PLUGIN', `no plugin ${name} runs here`);
    if (service?.life.state === 'quarantined')
      throw new HostError('QUARANTINED', `${name} is in quarantine: ${service.life.reason}`);
    log.info({ plugin: name }, 'a plugin is started anew by command');
    if (service !== undefined) {
      await inTurn(() => unload([name]));
      startReady();
    }
    // A question that is under way is asked again: an end of the process is no answer.
    await Promise.all(processes.map(plugin => plugin.live?.close()));
    await Promise.all(
      processes.map(plugin =>
        plugin
          .connection()
          .catch((error: unknown) =>
            log.error({ plugin: plugin.label, err: error }, 'it was not started anew'),
          ),
      ),
    );
  }

  function list(): readonly PluginJson[] {
    return [
      ...services.map(service => serviceReport(service, obstacle(service.plugin))),
      ...consensusReport(judged.verified, runner, monitor),
      ...judged.refused.map(refusedReport),
    ].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  const stopListening = api.onBlock((block: StoredBlock) => {
    const listeners = services.flatMap(service => {
      const delivery = service.delivery();
      return delivery?.listens === true ? [delivery] : [];
    });
    if (listeners.length === 0) return;
    // What goes wrong on the way to a plugin is no reason to disturb the node, which is committing.
    try {
      const notices = noticesOf(block, api.mechanisms(block.block.header.height));
      for (const listener of listeners) listener.publish(notices);
    } catch (error) {
      log.error({ err: error }, 'host: notices failed');
    }
  });
  const stopWatching = options === undefined ? () => undefined : watchFor(options.directory, reload, log);
  if (options !== undefined)
    reload().catch((error: unknown) => log.error({ err: error }, 'the plugins could not be loaded'));

  return {
    loaded,
    list,
    async reload(name) {
      if (options === undefined) throw new HostError('NO_PLUGINS', 'this node has no plugins directory');
      await reload();
      if (name !== undefined) await restart(name);
      await calm();
      return list();
    },
    async release(name) {
      const service = find(name);
      if (service === undefined) throw new HostError('UNKNOWN_PLUGIN', `no service ${name} is here`);
      if (service.life.state !== 'quarantined')
        throw new HostError('NOT_QUARANTINED', `${name} is ${service.life.state}`);
      log.info({ plugin: name }, 'a quarantine is ended by command');
      await service.life.release();
      await calm();
      return serviceReport(service, obstacle(service.plugin));
    },
    async close() {
      closed = true;
      stopWatching();
      stopListening();
      monitor.stop();
      // All at once: the node has two seconds, and nobody is left to depend on anybody.
      await Promise.all(services.map(({ life }) => life.stop()));
      await turn;
      await Promise.all(services.map(({ life }) => life.stop()));
      hub.close();
    },
  };
}

const commandOf: ServiceEnvironment['command'] = ({ tier, url, directory }) =>
  serviceCommand(tier, url, directory);

const policyOf = (
  { trusted, unsigned, settings, isolation: minimum }: NonNullable<NodeOptions['plugins']>,
  isolation: IsolationReport,
): PluginPolicy => ({
  trusted: new Set(trusted.map(key => (key.startsWith('0x') ? (key as Hex) : fromAddress(key)))),
  unsigned,
  settings,
  isolation,
  minimum,
  version: VERSION,
});

/** Nothing changed that a process would notice. */
const isSame = (a: Verified, b: Verified): boolean =>
  a.codeHash === b.codeHash &&
  JSON.stringify([a.manifest, a.settings]) === JSON.stringify([b.manifest, b.settings]);

/** What is new since the last look. */
function tell(
  now: Judged,
  before: Judged,
  { settings, directory }: NonNullable<NodeOptions['plugins']>,
  log: Log,
): void {
  for (const { manifest, directory: place, error } of now.refused)
    if (!before.refused.some(old => old.directory === place && old.error.message === error.message))
      log.error({ plugin: manifest?.name ?? place, err: error, hint: error.hint }, 'a plugin is refused');
  for (const plugin of now.verified) {
    const { manifest, approval } = plugin;
    if (before.verified.some(old => isSame(old, plugin))) continue;
    const { name, version } = manifest;
    const fields = { plugin: name, version, codeHash: plugin.codeHash, signers: approval.signed };
    if (approval.approved) log.info({ ...fields, trusted: approval.trusted }, 'a plugin is verified');
    else log.warn({ ...fields, why: shortage(approval) }, 'an unsigned plugin is allowed on this node');
  }
  const here = [...now.verified, ...now.refused].map(({ manifest }) => manifest?.name);
  for (const name of Object.keys(settings))
    if (!here.includes(name))
      log.warn({ plugin: name, directory }, 'there are settings for a plugin that is not here');
}

/** Looks again some moments after something changed. */
function watchFor(directory: string, reload: () => Promise<unknown>, log: Log): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let watcher: FSWatcher | null = null;
  let stopped = false;
  const failed = (error: unknown): void =>
    log.warn(
      { err: error, directory },
      'changes of the plugins directory are not noticed: reload by command',
    );
  const look = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => {
      reload().catch((error: unknown) => log.error({ err: error }, 'the plugins could not be loaded again'));
    }, SETTLING);
  };
  mkdir(directory, { recursive: true }).then(() => {
    if (stopped) return;
    watcher = watch(directory, look);
    watcher.on('error', failed);
  }, failed);
  return () => {
    stopped = true;
    if (timer !== null) clearTimeout(timer);
    watcher?.close();
  };
}
