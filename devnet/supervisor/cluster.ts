/** The processes of one devnet: N nodes and the gateway, from start to end. */
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sha256 } from '../../chain/index.ts';
import type { NodeOptions } from '../../node/options.ts';
import type { Settings } from '../config/settings.ts';
import { CliError } from '../errors.ts';
import { DEV_AUTHORITY_PATH, devKey, people, validatorPath } from '../people.ts';
import type { ChainFile } from './chainFile.ts';
import type { NodeStatus } from './control.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { type NodeProcess, type ReadyMessage, startNodeProcess } from './nodeProcess.ts';
import { choosePorts, type Ports, reachable } from './ports.ts';
import { type RunFile, removeRunFile, writeRunFile } from './runFile.ts';

export type ClusterEvent =
  | { readonly kind: 'node-ready'; readonly index: number }
  | { readonly kind: 'node-died'; readonly index: number; readonly how: string; readonly log: string };

export interface ClusterOptions {
  readonly settings: Settings;
  readonly chain: ChainFile;
  readonly logLevel: NodeOptions['logLevel'];
  readonly onEvent: (event: ClusterEvent) => void;
  /** Resolves when somebody no longer wants the cluster. */
  readonly ending: Promise<unknown>;
}

export interface Cluster {
  readonly run: RunFile;
  /** Ends all processes within the deadline. */
  stop(): Promise<void>;
}

interface Slot {
  process: NodeProcess;
  message: ReadyMessage | null;
  restarts: number;
}

const STOP_DEADLINE_MS = 3_000;
const READY_DEADLINE_MS = 60_000;

/**
 * Starts everything and resolves when the cluster is ready, or with null if it was to end before that. Without a cluster
 * nothing keeps running.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster | null> {
  const { settings, chain } = options;
  const ports = await choosePorts(settings.port, settings.host, chain.nodes);
  const slots: Slot[] = [];
  let gateway: Gateway | undefined;
  let stopping = false;

  const launch = (index: number): NodeProcess => {
    const process = startNodeProcess(
      index,
      nodeDirectory(settings, index),
      nodeOptions(options, ports, index),
    );
    process.exited.then(how => {
      if (!stopping) options.onEvent({ kind: 'node-died', index, how, log: process.log });
    });
    return process;
  };
  const settle = async (index: number): Promise<void> => {
    const slot = slotOf(slots, index);
    slot.message = await slot.process.ready;
    options.onEvent({ kind: 'node-ready', index });
  };
  const stop = async (): Promise<void> => {
    stopping = true;
    removeRunFile(settings.dir);
    await Promise.all([gateway?.close(), ...slots.map(slot => slot.process.stop(STOP_DEADLINE_MS))]);
  };

  try {
    for (let index = 0; index < chain.nodes; index++)
      slots.push({ process: launch(index), message: null, restarts: 0 });
    gateway = await startGateway({
      host: settings.host,
      port: ports.gateway,
      backends: () => backends(slots),
      missing: () => missing(slots, settings.host),
      control: {
        list: () => slots.map((_, index) => status(slots, settings.host, index)),
        async kill(index) {
          await slotOf(slots, index).process.kill();
          return status(slots, settings.host, index);
        },
        async restart(index) {
          const slot = slotOf(slots, index);
          await slot.process.stop(STOP_DEADLINE_MS);
          slot.message = null;
          slot.process = launch(index);
          slot.restarts++;
          await settle(index);
          return status(slots, settings.host, index);
        },
      },
    });
    const ready = async (): Promise<boolean> => {
      await Promise.all(slots.map((_, index) => settle(index)));
      while (!stopping && (await missing(slots, settings.host)).length > 0) await pause(10);
      return true;
    };
    const wanted = await withDeadline(
      Promise.race([ready(), options.ending.then(() => false)]),
      slots,
      settings.host,
    );
    if (!wanted) {
      await stop();
      return null;
    }
    const run = runFile(options, ports, slots);
    writeRunFile(settings.dir, run);
    return { run, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const nodeDirectory = (settings: Settings, index: number): string =>
  resolve(settings.dir, 'nodes', `${index}`);

function nodeOptions(
  { settings, chain, logLevel }: ClusterOptions,
  ports: Ports,
  index: number,
): NodeOptions {
  const p2pPort = (node: number): number => ports.p2p[node] ?? 0;
  return {
    name: `node-${index}`,
    dir: join(nodeDirectory(settings, index), 'data'),
    genesis: chain.genesis,
    validator: `${chain.phrase}${validatorPath(index)}`,
    devAuthority: `${chain.phrase}${DEV_AUTHORITY_PATH}`,
    p2p: {
      seed: sha256(new TextEncoder().encode(`${chain.chainId}/${chain.phrase}/network/${index}`)),
      host: settings.host,
      port: p2pPort(index),
      peers: ports.p2p
        .map((_, node) => node)
        .filter(node => node !== index)
        .map(node => `/ip4/${reachable(settings.host)}/tcp/${p2pPort(node)}`),
    },
    rpc: { host: settings.host, port: ports.rpc[index] ?? 0 },
    blockMode: blockMode(settings['block-time']),
    logLevel,
  };
}

function blockMode(time: Settings['block-time']): NodeOptions['blockMode'] {
  if (time === 'auto') return { kind: 'auto', emptyMs: 2_000 };
  return time === 'manual' ? { kind: 'manual' } : { kind: 'interval', ms: time };
}

const backends = (slots: readonly Slot[]): { index: number; port: number }[] =>
  slots.flatMap(({ process, message }, index) =>
    process.state() === 'running' && message !== null ? [{ index, port: message.rpcPort }] : [],
  );

function slotOf(slots: readonly Slot[], index: number): Slot {
  const slot = slots[index];
  if (slot === undefined)
    throw new CliError('UNKNOWN_NODE', `there is no node ${index}`, `nodes are 0 to ${slots.length - 1}`);
  return slot;
}

function status(slots: readonly Slot[], host: string, index: number): NodeStatus {
  const { process, message, restarts } = slotOf(slots, index);
  const state = process.state();
  return {
    index,
    state,
    pid: state === 'running' || state === 'starting' ? process.pid : null,
    rpc: message === null ? '' : `http://${host}:${message.rpcPort}`,
    log: process.log,
    restarts,
  };
}

/** What each node says that it still waits for. */
async function missing(slots: readonly Slot[], host: string): Promise<string[]> {
  const answers = await Promise.all(
    slots.map(async ({ process, message }, index) => {
      if (process.state() !== 'running' || message === null) return [`node ${index} is ${process.state()}`];
      const reason = await notReady(`http://${reachable(host)}:${message.rpcPort}/readyz`);
      return reason === null ? [] : [`node ${index} ${reason}`];
    }),
  );
  return answers.flat();
}

/** Why a node is not ready; null if it is. A node that is just dying does not answer at all. */
async function notReady(url: string): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok ? null : 'is not ready';
  } catch (error) {
    return `does not answer: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function withDeadline<T>(work: Promise<T>, slots: readonly Slot[], host: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(async () => {
      const reasons = (await missing(slots, host)).join(', ');
      reject(
        new CliError(
          'NOT_READY',
          `the devnet was not ready within ${READY_DEADLINE_MS / 1000} s: ${reasons}`,
          'devnet logs shows what the nodes say',
          3,
        ),
      );
    }, READY_DEADLINE_MS);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function runFile({ settings, chain }: ClusterOptions, ports: Ports, slots: readonly Slot[]): RunFile {
  const origin = `${settings.host}:${ports.gateway}`;
  return {
    chainId: chain.chainId,
    pid: process.pid,
    rpc: `http://${origin}`,
    ws: `ws://${origin}`,
    dashboard: `http://${origin}`,
    nodes: slots.map(({ process: node, message }, index) => ({
      index,
      pid: node.pid,
      rpc: `http://${settings.host}:${message?.rpcPort ?? 0}`,
      peerId: message?.peerId ?? '',
      validator: devKey(chain.phrase, validatorPath(index), 'ed25519').address,
      log: node.log,
    })),
    accounts: people(chain.accounts).map(({ name, path }) => {
      const uri = `${chain.phrase}${path}`;
      return { name, address: devKey(chain.phrase, path).address, uri };
    }),
  };
}
