/** One node: its parts wired together. Several may run in one process. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Genesis, getValidators, listConsensus } from '../chain/index.ts';
import { type Account, decode, fromHex } from '../consensus/interface/index.ts';
import { createLibp2pNetwork } from '../p2p/libp2p.ts';
import { type HandshakeOptions, type Network, NetworkError } from '../p2p/network.ts';
import type { NodeApi } from './api.ts';
import { createApplication, type NodeApplication } from './application.ts';
import { begin } from './begin.ts';
import { createDev } from './dev.ts';
import { messageOf, NodeError } from './errors.ts';
import { handshakeOf } from './hello.ts';
import { lazyKey, validatorSigner } from './keys.ts';
import { createLog, type NodeLog } from './log.ts';
import { loadMechanisms } from './mechanisms.ts';
import { createMetrics, type NodeMetrics } from './metrics.ts';
import { createNodeApi } from './nodeApi.ts';
import type { NodeOptions } from './options.ts';
import { createEngine, MAX_MESSAGE_BYTES } from './ordering/index.ts';
import type { Clock, Log, OrderingEngine, OrderingTransport } from './ordering/types.ts';
import { gossipTransactions } from './pool/gossip.ts';
import { createPool, type Pool } from './pool/pool.ts';
import { createBlockSync } from './sync/sync.ts';
import { cachedVerifier } from './verify/cache.ts';
import { createVerifier } from './verify/verifier.ts';
import { VERSION } from './version.ts';

/** Signatures remembered from pool to block: more than a full pool and some blocks of votes. */
const CACHED_SIGNATURES = 100_000;
const MAX_VERIFY_THREADS = 4;
/** Messages of agreement that wait for a slow peer. */
const ORDERING_QUEUE_BYTES = 64 * 1024 * 1024;

export interface Node extends NodeApi {
  /** Where other nodes can dial this one. */
  addresses(): readonly string[];
  /** Figures in the format of Prometheus. */
  metrics(): Promise<string>;
  readonly log: Log;
  /** Ends everything within two seconds; what is committed is on disk already. */
  stop(): Promise<void>;
}

/** What a test, or a process, gives instead of the usual. */
export interface Surroundings {
  readonly network?: (handshake: HandshakeOptions, log: Log) => Network;
  readonly log?: NodeLog;
  /** The node cannot go on: it has stopped taking part, and whoever started it must stop it and say why. */
  readonly onFatal?: (error: Error) => void;
}

const clock: Clock = {
  now: Date.now,
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Starts a node. Throws {@link NodeError} or OrderingError when it cannot; then nothing of it is left running. */
export async function startNode(options: NodeOptions, surroundings: Surroundings = {}): Promise<Node> {
  const log = surroundings.log ?? createLog(options);
  const genesis = readGenesis(options.genesis);
  const mechanisms = loadMechanisms(genesis);
  const signer = options.validator === null ? null : validatorSigner(options.validator);
  const authority = options.devAuthority === null ? null : lazyKey(options.devAuthority);
  // Loading libp2p takes as long as the rest of the start: it begins here and is awaited at the end.
  const network = (surroundings.network ?? libp2pOf(options))(handshakeOf(genesis, VERSION), log);
  const { store, tip } = await begin(join(options.dir, 'store'), genesis, mechanisms);

  const bulk = createVerifier({ workers: options.verifyThreads ?? defaultThreads(), log });
  const verifier = cachedVerifier(bulk, CACHED_SIGNATURES);
  const checking = { chainId: genesis.chainId, mechanisms, verifier };
  const pool = createPool({ ...checking, now: clock.now, head: () => nextBlock(application) });
  const application: NodeApplication = createApplication({
    ...checking,
    store,
    pool,
    tip,
    now: clock.now,
    log,
  });

  const kind = isAlone(application, signer?.validator) ? 'instant' : 'tendermint';
  const engine: OrderingEngine = createEngine(kind, {
    chainId: genesis.chainId,
    application,
    transport: orderingTransport(network, () => engine),
    records: store.records(kind),
    signer,
    verifier,
    clock,
    mode: options.blockMode,
    hasWork: () => pool.hasWork() || isClosing(application),
    onBehind: (peer, height) => sync.behind(peer, height),
    decided: height => store.decided(height),
    onFatal: error => surroundings.onFatal?.(error),
    followMining: genesis.devnet,
    log,
  });
  const sync = createBlockSync({
    network,
    height: () => application.tip().height,
    decided: height => store.decided(height),
    ingest: (block, certificate) => engine.ingest(block, certificate),
    log,
  });
  gossipTransactions({ network, pool, onCommit: application.onCommit, log });
  pool.onAdded(() => engine.wake());
  const dev = genesis.devnet
    ? createDev({ chainId: genesis.chainId, authority, network, engine, application, pool, store })
    : null;
  const metrics = metricsOf(options.name, application, pool, network, () => bulk.pending());
  logPeers(network, log);

  async function stop(): Promise<void> {
    sync.stop();
    await engine.stop();
    await network.stop();
    await bulk.close();
    await store.close();
  }

  try {
    await network.start();
    for (const peer of options.p2p.peers) network.connect(peer);
    await engine.start();
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
  const ready = readiness(application, network, options.p2p.peers.length);
  const api = createNodeApi({
    info,
    genesis,
    checking,
    application,
    store,
    pool,
    network,
    engine,
    dev,
    ready,
    now: clock.now,
  });
  return { ...api, log, stop, addresses: () => network.addresses(), metrics: () => metrics.text() };
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

const defaultThreads = (): number => Math.min(MAX_VERIFY_THREADS, Math.max(1, availableParallelism() - 1));

const nextBlock = (application: NodeApplication) => {
  const { state, height } = application.tip();
  return { state, nextHeight: height + 1 };
};

/** Whether this node is the only validator. */
function isAlone(application: NodeApplication, own: Account | undefined): boolean {
  const [first, ...others] = getValidators(application.tip().state, 1);
  return others.length === 0 && first !== undefined && first.validator === own;
}

/** A large close goes on from block to block without waiting for transactions. */
const isClosing = (application: NodeApplication): boolean =>
  listConsensus(application.tip().state).some(({ closing }) => closing.length > 0);

function orderingTransport(network: Network, engine: () => OrderingEngine): OrderingTransport {
  const channel = network.channel('ordering', {
    maxMessageBytes: MAX_MESSAGE_BYTES,
    maxQueuedBytes: ORDERING_QUEUE_BYTES,
    onMessage: (peer, message) => engine().receive(peer, message),
  });
  return {
    broadcast: message => channel.broadcast(message),
    send: (peer, message) => channel.send(peer, message),
    penalise: (peer, points, reason) => network.penalise(peer, points, reason),
  };
}

/** Once ready, a node stays it: that a peer goes away later is no reason to turn its clients away. */
function readiness(application: NodeApplication, network: Network, peers: number): () => boolean {
  let reached = false;
  return () => {
    reached ||= application.tip().height > 0 && network.peers().length >= peers;
    return reached;
  };
}

function metricsOf(
  name: string,
  application: NodeApplication,
  pool: Pool,
  network: Network,
  verifying: () => number,
): NodeMetrics {
  const metrics = createMetrics(name, {
    height: () => application.tip().height,
    epoch: () => application.tip().epoch,
    peers: () => network.peers().length,
    poolTransactions: () => pool.size,
    poolBytes: () => pool.bytes,
    verifying,
    stateRows: () => application.tip().state.size,
  });
  let last = application.tip().time;
  application.onCommit(({ block, transactionHashes }) => {
    metrics.block(transactionHashes.length, block.header.time - last);
    last = block.header.time;
  });
  return metrics;
}

function logPeers(network: Network, log: Log): void {
  network.onPeer(event => {
    if (event.kind === 'connected')
      log.info({ peer: event.peer.id, address: event.peer.address }, 'peer connected');
    else if (event.kind === 'disconnected') log.info({ peer: event.id }, 'peer disconnected');
    else log.warn({ peer: event.id, reason: event.reason }, `peer ${event.kind}`);
  });
}
