/** One node, from its options to its end. Several may run in one process. */
import { join } from 'node:path';
import { Genesis } from '../chain/index.ts';
import { decode, fromHex } from '../consensus/interface/index.ts';
import { createLibp2pNetwork } from '../p2p/libp2p.ts';
import { type HandshakeOptions, type Network, NetworkError } from '../p2p/network.ts';
import type { NodeApi } from './api.ts';
import { assemble } from './assemble.ts';
import { begin } from './begin.ts';
import { messageOf, NodeError } from './errors.ts';
import { handshakeOf } from './hello.ts';
import { createHost, type HostSettings, type PluginHost } from './host/host.ts';
import { announceIsolation, type IsolationReport, probeIsolation } from './isolation/index.ts';
import { validatorSigner } from './keys.ts';
import { createLog, type NodeLog } from './log.ts';
import { watch } from './metrics.ts';
import { createNodeApi } from './nodeApi.ts';
import type { NodeOptions } from './options.ts';
import type { Log, RecordStore } from './ordering/types.ts';
import { logPeers, readiness } from './peers.ts';
import { followCode } from './plugins/follow.ts';
import type { CodeSources } from './plugins/load.ts';
import { openRunner } from './plugins/open.ts';
import type { Runner } from './plugins/runner.ts';
import type { Verifier } from './verify/verifier.ts';
import { VERSION } from './version.ts';

/**
 * Milliseconds in which a node that starts at the same time dials this one. A second connection to it would do no harm and
 * cost both of them a handshake.
 */
const EXPECTATION_MS = 10_000;

export interface Node extends NodeApi {
  /** Where other nodes can dial this one. */
  addresses(): readonly string[];
  /** Resolves when it is ready. */
  readonly joined: Promise<void>;
  /** Figures in the format of Prometheus. */
  metrics(): Promise<string>;
  readonly log: Log;
  /** Forgets every transaction that waits for a block here; whoever asks for one is told so. */
  discardPending(): void;
  /** Ends everything within two seconds; what is committed is on disk already. */
  stop(): Promise<void>;
}

/** What a test, or a process, gives instead of the usual. */
export interface Surroundings {
  readonly network?: (handshake: HandshakeOptions, log: Log) => Network;
  readonly log?: NodeLog;
  /** Instead of the modules that the options name. */
  readonly runner?: Runner;
  /** The node cannot go on: it has stopped taking part, and whoever started it must stop it and say why. */
  readonly onFatal?: (error: Error) => void;
  readonly plugins?: Partial<HostSettings>;
  /** Of signatures, instead of one of its own. */
  readonly verifier?: Verifier;
  /** Without it nothing waits for the disk: a store that survives the process, not the machine. */
  readonly isSynced?: boolean;
  /** Of what this validator has signed, instead of its store. */
  readonly records?: RecordStore;
}

/** Starts a node. Throws {@link NodeError} or OrderingError when it cannot; then nothing of it is left running. */
export async function startNode(options: NodeOptions, surroundings: Surroundings = {}): Promise<Node> {
  const { log = createLog(options), network: makeNetwork = libp2pOf(options), onFatal } = surroundings;
  const { verifier, records, isSynced = true } = surroundings;
  const genesis = readGenesis(options.genesis);
  const signer = options.validator === null ? null : validatorSigner(options.validator);
  // Loading libp2p takes as long as the rest of the start: it begins here and is awaited at the end.
  const network = makeNetwork(handshakeOf(genesis, VERSION), log);
  const isolation = surroundings.plugins?.isolation ?? isolationOf(options, log);
  const runner = surroundings.runner ?? openRunner(sourcesOf(options, { isolation, log, surroundings }));
  const { store, tip } = await beginWith(runner, options, genesis, isSynced);

  const parts = assemble({
    options,
    genesis,
    runner,
    signer,
    network,
    store,
    tip,
    log,
    onFatal,
    verifier,
    records,
  });
  const { application, engine, kind } = parts;
  const metrics = watch(options.name, parts, () => host?.list() ?? []);
  logPeers(network, log);
  const missingCode = followCode({ application, runner, log });

  let host: PluginHost | null = null;
  async function stop(): Promise<void> {
    await host?.close();
    parts.sync.stop();
    parts.divergence.stop();
    parts.tracer.stop();
    const snapshots = parts.snapshots.sync.stop();
    // First: a block that waits for a plugin would keep the engine.
    await runner.close();
    await engine.stop();
    await network.stop();
    await snapshots;
    await parts.verifier.close();
    await parts.submissions.close();
    await store.close();
  }

  if (options.faults !== undefined) {
    mustBeDevnet(genesis);
    network.setFaults(options.faults);
  }
  try {
    await parts.evidence.restore();
    await parts.snapshots.holdTip();
    await network.start();
    for (const peer of options.p2p.peers) network.connect(peer);
    for (const peer of options.p2p.expected ?? []) network.connect(peer, EXPECTATION_MS);
    await engine.start();
    await parts.submissions.restore();
  } catch (error) {
    await stop();
    throw startError(error);
  }
  const { height, hash } = application.tip();
  log.info({ chainId: genesis.chainId, ordering: kind, height, hash, peerId: network.id }, 'node started');

  const info = {
    chainId: genesis.chainId,
    name: options.name,
    version: VERSION,
    peerId: network.id,
    ordering: kind,
    validator: signer?.validator ?? null,
  } as const;
  const { peers, expected = [] } = options.p2p;
  const configuredPeers = peers.length + expected.length;
  const ready = readiness(application, network, configuredPeers);
  const plugins = (): PluginHost => {
    if (host === null) throw new Error('the host of plugins is made with the node');
    return host;
  };
  const api = createNodeApi({
    ...parts,
    info,
    genesis,
    store,
    network,
    missingCode,
    ready: ready.is,
    configuredPeers,
    plugins,
  });
  host = createHost({
    options: options.plugins,
    root: join(options.dir, 'plugins'),
    api,
    runner,
    isolation,
    log,
    settings: surroundings.plugins,
  });
  return {
    ...api,
    log,
    stop,
    joined: ready.reached,
    discardPending: () => parts.pool.discard(),
    addresses: () => network.addresses(),
    metrics: () => metrics.text(),
  };
}

function sourcesOf(
  { consensus = [], plugins }: NodeOptions,
  {
    isolation,
    log,
    surroundings,
  }: Required<Pick<CodeSources, 'isolation' | 'log'>> & { readonly surroundings: Surroundings },
): CodeSources {
  const { directory, isolation: minimum } = plugins ?? {};
  return { consensus, directory, isolation, minimum, log, patience: surroundings.plugins?.patience ?? {} };
}

/** Tried out once, for the first plugin: that starts several processes. */
function isolationOf({ plugins }: NodeOptions, log: Log): () => Promise<IsolationReport> {
  if (plugins === undefined) return probeIsolation;
  let report: Promise<IsolationReport> | undefined;
  return () => {
    report ??= announceIsolation(log);
    return report;
  };
}

async function beginWith(runner: Runner, { dir }: NodeOptions, genesis: Genesis, isSynced: boolean) {
  try {
    return await begin(join(dir, 'store'), genesis, runner, isSynced);
  } catch (error) {
    await runner.close();
    throw error;
  }
}

function readGenesis(encoded: string): Genesis {
  try {
    return decode(Genesis, fromHex(encoded));
  } catch (error) {
    const reason = `the genesis does not decode: ${messageOf(error)}`;
    throw new NodeError('GENESIS_INVALID', reason, 'make it with the same version of devnet', {
      cause: error,
    });
  }
}

function mustBeDevnet({ devnet, chainId }: Genesis): void {
  if (!devnet)
    throw new NodeError(
      'NOT_A_DEVNET',
      `faults on purpose are no part of ${chainId}: it is not a devnet`,
      'leave out the option "faults"',
    );
}

/** What the network says when it cannot start, with what to do about it. */
const startError = (error: unknown): unknown =>
  error instanceof NetworkError && error.code === 'ADDRESS_IN_USE'
    ? new NodeError(
        'PORT_IN_USE',
        error.message,
        'stop what listens there (another devnet? try devnet down), or choose another port',
        { cause: error },
      )
    : error;

const libp2pOf =
  ({ p2p }: NodeOptions) =>
  (handshake: HandshakeOptions, log: Log): Network =>
    createLibp2pNetwork({
      privateKeySeed: fromHex(p2p.seed),
      listen: [`/ip4/${p2p.host}/tcp/${p2p.port}`],
      handshake,
      log,
    });
