import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { CODE_CACHE } from '../../node/compiled/directory.ts';
import { compiledCode } from '../../node/compiled/use.ts';
import { banner } from '../banner.ts';
import { type LoadedSettings, loadSettings } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import type { Demo, DemoOptions } from '../demo/economy.ts';
import type { DumpFile } from '../dumpFile.ts';
import { CliError } from '../errors.ts';
import { note, printAnswer } from '../output.ts';
import { withProgress } from '../progress.ts';
import { abandonChain, openChain, resetDirectory } from '../supervisor/chainFile.ts';
import { type Cluster, type ClusterOptions, startCluster } from '../supervisor/cluster.ts';
import type { KeeperEvent } from '../supervisor/keeper.ts';
import { endLeftovers } from '../supervisor/leftovers.ts';
import { lockDirectory } from '../supervisor/lock.ts';

const DEMO_EPOCH_BLOCKS = 5;
const DEMO_STOP_MS = 1_500;
/** 128 and the signal's number, as shells have it. */
const exitOfSignal = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

export interface UpOptions {
  /** Settings given as flags, under their names in devnet.toml. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly config: string | undefined;
  readonly profile: string | undefined;
  readonly reset: boolean;
  readonly demo: boolean;
  readonly detach: boolean;
  /** A file with the state that the new chain is to have. */
  readonly load: string | undefined;
  readonly json: boolean;
  /** The command line after `devnet`, for starting it again in the background. */
  readonly argv: readonly string[];
}

/** `devnet up`: starts the cluster and stays until it is stopped. Resolves with the exit code. */
export async function up(options: UpOptions): Promise<number> {
  const loaded = loadSettings({
    flags: options.flags,
    environment: process.env,
    config: options.config,
    profile: options.profile,
  });
  const dump =
    options.load === undefined ? null : (await import('../dumpFile.ts')).readDumpFile(options.load);
  const settings = await settingsOf(options, loaded, dump);
  if (options.detach) {
    const { detach } = await import('./detach.ts');
    return detach(options.argv, options.json, settings.dir);
  }

  const started = performance.now();
  const unlock = lockDirectory(settings.dir);
  const ending = signalled();
  try {
    await endLeftovers(settings.dir);
    if (options.reset) resetDirectory(settings.dir);
    const { chain, created } = openChain({ ...loaded, settings });
    if (dump !== null && !created) throw chainExists(settings.dir);
    note(
      created
        ? `new chain ${chain.chainId} in ${settings.dir}`
        : `going on with ${chain.chainId} in ${settings.dir}`,
    );
    const wanted = { settings, chain, logLevel: 'info', onEvent: report, ending } as const;
    const starting = withProgress(startText(settings.nodes), () => startLoaded(wanted, dump));
    const cluster = await starting.catch((error: unknown) => {
      // What never ran is no chain to go on with.
      if (created) abandonChain(settings.dir);
      throw error;
    });
    if (cluster === null) return exitOfSignal(await ending);
    const ms = Math.round(performance.now() - started);
    printAnswer(
      { value: { ok: true, readyMs: ms, ...cluster.run }, text: banner(cluster.run, ms) },
      options.json,
    );
    keepCode();
    return await run(cluster, { ...options, directory: settings.dir, phrase: chain.phrase }, ending);
  } finally {
    unlock();
  }
}

const startText = (nodes: number): string => `starting ${nodes === 1 ? 'the node' : `${nodes} nodes`}`;

const chainExists = (directory: string): CliError =>
  new CliError(
    'CHAIN_EXISTS',
    `there is a chain in ${directory} already`,
    'start it without --load and then use devnet load, or start anew with --reset',
  );

async function settingsOf(
  options: UpOptions,
  loaded: LoadedSettings,
  dump: DumpFile | null,
): Promise<Settings> {
  if (dump !== null) return (await import('../dumpFile.ts')).settingsFor(loaded, dump);
  return options.demo ? forDemo(loaded) : loaded.settings;
}

/** With the state of the dump before anybody is told that it runs. What is interrupted leaves no chain behind. */
async function startLoaded(options: ClusterOptions, dump: DumpFile | null): Promise<Cluster | null> {
  if (dump === null) return startCluster(options);
  const { createClient } = await import('../../node/client/index.ts');
  const load = async (url: string): Promise<void> => {
    const client = createClient(url);
    try {
      const { from, height } = await client.load({ file: dump.bytes });
      note(`block ${height} has the state of ${from.chainId} after block ${from.height}`);
    } finally {
      client.close();
    }
  };
  const cluster = await startCluster({ ...options, prepare: load });
  if (cluster === null) abandonChain(options.settings.dir);
  return cluster;
}

/** For the next start. Whoever waits for this one has been told by now. */
function keepCode(): void {
  const reason = compiledCode()?.keep() ?? null;
  if (reason !== null)
    note(`compiled code is not kept: ${reason}; ${CODE_CACHE} names another directory, or off`);
}

/** Short epochs, so that a settlement can be seen soon; unless somebody asked for others. */
const forDemo = ({ settings, given }: LoadedSettings): Settings =>
  given.has('epoch-length') ? settings : { ...settings, 'epoch-length': DEMO_EPOCH_BLOCKS };

/** Until a signal: the demo economy on top, if it was asked for. */
async function run(
  cluster: Cluster,
  { demo, directory, phrase }: UpOptions & { directory: string; phrase: string },
  ending: Promise<NodeJS.Signals>,
): Promise<number> {
  const end = new AbortController();
  const economy = demo
    ? startEconomy({ run: cluster.run, directory, phrase, ending: end.signal })
    : Promise.resolve(null);
  const signal = await ending;
  end.abort();
  note(`${signal}: stopping`);
  // A demo that is still building its economy is not waited for: the nodes it talks to end next.
  await Promise.race([economy.then(demo => demo?.stop()), pause(DEMO_STOP_MS)]);
  await cluster.stop();
  return exitOfSignal(signal);
}

/** The demo is a guest: if it fails, the devnet goes on and the reason is told. */
async function startEconomy(options: DemoOptions): Promise<Demo | null> {
  try {
    const { startDemo } = await import('../demo/economy.ts');
    return await startDemo(options);
  } catch (error) {
    if (!options.ending.aborted)
      note(`the demo stopped: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** The first signal that asks for the end. A second one leaves at once: the nodes follow when the channel closes. */
function signalled(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let asked = false;
    const handle = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(exitOfSignal(signal));
      asked = true;
      resolve(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, handle);
  });
}

function report(event: KeeperEvent): void {
  if (event.kind === 'node-untold')
    note(`node ${event.index} could not be told the faults in force: ${event.reason}`);
  if (event.kind === 'run-file-old')
    note(`run.json does not tell that node ${event.index} runs again: ${event.reason}`);
  if (event.kind !== 'node-died') return;
  const next =
    event.restartMs === null
      ? `start it again with: devnet node restart ${event.index}`
      : `it starts again in ${event.restartMs / 1000} s`;
  note(`${event.how}; ${next} (log: ${event.log})`);
}
