/** The parts of a node, joined. Nothing runs yet; every channel of the network is declared here, before it starts. */
import { availableParallelism } from 'node:os';
import { type Evidence, type Genesis, getConsensus, getValidators, listConsensus } from '../chain/index.ts';
import type { Account, Hex } from '../consensus/interface/index.ts';
import type { Network } from '../p2p/network.ts';
import type { DevApi } from './api.ts';
import { createApplication, type NodeApplication, type Tip } from './application.ts';
import { createDev } from './dev.ts';
import { createDivergenceMonitor, type DivergenceMonitor } from './divergence/monitor.ts';
import { gossipEvidence } from './evidence/gossip.ts';
import { createEvidencePool, type EvidencePool } from './evidence/pool.ts';
import { lazyKey } from './keys.ts';
import type { NodeOptions } from './options.ts';
import { createEngine, MAX_MESSAGE_BYTES } from './ordering/index.ts';
import type {
  Clock,
  Log,
  OrderingEngine,
  OrderingTransport,
  RecordStore,
  ValidatorSigner,
} from './ordering/types.ts';
import type { Runner } from './plugins/runner.ts';
import { type Checking, checkBlock } from './pool/check.ts';
import { gossipTransactions } from './pool/gossip.ts';
import { createPool, type Pool } from './pool/pool.ts';
import { createSubmissions, type Submissions } from './pool/submissions.ts';
import { type Snapshots, snapshotsOf } from './snapshot/parts.ts';
import type { Store } from './store/store.ts';
import { type BlockSync, createBlockSync } from './sync/sync.ts';
import { createHistory } from './trace/history.ts';
import { findReceipt } from './trace/receipt.ts';
import { createTracer, type Tracer } from './trace/tracer.ts';
import { cachedVerifier } from './verify/cache.ts';
import { createVerifier, type Verifier } from './verify/verifier.ts';

/** Signatures remembered from pool to block: more than a full pool and some blocks of votes. */
const CACHED_SIGNATURES = 100_000;
const MAX_VERIFY_THREADS = 4;
/** Messages of agreement that wait for a slow peer. */
const ORDERING_QUEUE_BYTES = 64 * 1024 * 1024;
/**
 * Of one peer. At 200 blocks a second it sends a proposal, two votes and their repetitions for each; with 256 validators
 * a repetition carries up to 171 votes every half second. The bytes are 16 full blocks a second with their proofs.
 */
const ORDERING_RATE = { messagesPerSecond: 5_000, bytesPerSecond: 64 * 1024 * 1024 };

export interface Ingredients {
  readonly options: NodeOptions;
  readonly genesis: Genesis;
  readonly runner: Runner;
  readonly signer: ValidatorSigner | null;
  readonly network: Network;
  readonly store: Store;
  readonly tip: Tip;
  readonly log: Log;
  readonly onFatal: ((error: Error) => void) | undefined;
  /** Instead of one of its own. */
  readonly verifier: Verifier | undefined;
  /** Instead of those of the store. */
  readonly records: RecordStore | undefined;
}

export interface Parts {
  readonly checking: Checking;
  readonly application: NodeApplication;
  readonly pool: Pool;
  readonly evidence: EvidencePool;
  readonly submissions: Submissions;
  readonly kind: OrderingEngine['kind'];
  readonly engine: OrderingEngine;
  readonly sync: BlockSync;
  readonly snapshots: Snapshots;
  readonly divergence: DivergenceMonitor;
  readonly tracer: Tracer;
  readonly network: Network;
  /** Off the main thread, without the cache. */
  readonly verifier: Verifier;
  readonly dev: DevApi | null;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const clock: Clock = {
  now: Date.now,
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Joins the parts of a node; whoever calls starts and stops them. */
export function assemble(ingredients: Ingredients): Parts {
  const { options, genesis, runner, signer, network, store, tip, log, onFatal } = ingredients;
  const threads = options.verifyThreads ?? defaultThreads();
  const { chainId } = genesis;
  const bulk = ingredients.verifier ?? createVerifier({ workers: threads, log });
  const verifier = cachedVerifier(bulk, CACHED_SIGNATURES);
  const checking = { chainId, runner, verifier };
  const head = () => nextBlock(application);
  const pool = createPool({ ...checking, now: clock.now, head });
  const own = signer?.validator ?? null;
  const evidence = createEvidencePool({ chainId, verifier, store: store.evidence, head, own, log });
  const divergence = createDivergenceMonitor({
    network,
    clock,
    log,
    plugin: consensus => nameOfCode(application, consensus),
  });
  const application: NodeApplication = createApplication({
    ...checking,
    store,
    pool,
    evidence,
    tip,
    now: clock.now,
    log,
    divergence,
  });

  const isFinal = (hash: Hex): boolean => store.transaction(hash) !== null;
  const submissions = createSubmissions({ rows: store.submissions(), pool, isFinal, log });
  application.onCommit(({ transactionHashes }) => submissions.committed(transactionHashes));

  const kind = isAlone(application, signer?.validator) ? 'instant' : 'tendermint';
  const engine: OrderingEngine = createEngine(kind, {
    chainId,
    application,
    transport: orderingTransport(network, () => engine),
    records: ingredients.records ?? store.records(kind),
    signer,
    verifier,
    clock,
    mode: options.blockMode,
    hasWork: () => pool.hasWork() || isClosing(application) || hasEvidence(evidence, application),
    onBehind: (peer, height) => snapshots.sync.behind(peer, height),
    onEvidence: found => keep(evidence, found, log),
    decided: height => store.decided(height),
    onFatal: error => onFatal?.(error),
    followMining: genesis.devnet,
    log,
  });
  const catchUp = oneAtATime(work => engine.catchUp(work));
  const sync = createBlockSync({
    network,
    chainId,
    application,
    source: { base: () => store.base().height, height: store.height, sequence: store.sequence },
    // What is verified once and never again would only push others out of the cache.
    verifier: bulk,
    checkTransactions: encoded =>
      runner.insist(() => {
        const mechanisms = runner.mechanisms(head().state);
        return checkBlock(encoded, pool.get, { ...checking, verifier: bulk }, mechanisms);
      }),
    catchUp,
    clock,
    log,
  });
  const snapshots = snapshotsOf({
    options: options.sync,
    chainId,
    network,
    application,
    store,
    blocks: sync,
    catchUp,
    now: clock.now,
    devnet: genesis.devnet,
    log,
  });
  gossipTransactions({ network, pool, onCommit: application.onCommit, log });
  pool.onAdded(() => engine.wake());
  network.onPeer(event => {
    if (event.kind === 'connected') engine.greet();
  });
  gossipEvidence({ network, pool: evidence, log });
  evidence.onAdded(() => engine.wake());
  application.onCommit(() => evidence.committed());
  const authority = options.devAuthority === null ? null : lazyKey(options.devAuthority);
  const dev = genesis.devnet
    ? createDev({ chainId, authority, network, engine, application, runner, pool, store })
    : null;
  return {
    checking,
    application,
    pool,
    submissions,
    evidence,
    kind,
    engine,
    sync,
    snapshots,
    divergence,
    tracer: tracerOf({ ...checking, verifier: bulk }, genesis, application, store, log),
    network,
    verifier: bulk,
    dev,
    now: clock.now,
  };
}

/** Anybody may ask a node of a public chain: there only states that are kept are worth their time. */
function tracerOf(
  checking: Checking,
  genesis: Genesis,
  application: NodeApplication,
  store: Store,
  log: Log,
): Tracer {
  const block = (height: number) => store.block(height);
  const history = createHistory({
    ...checking,
    block,
    base: () => store.base().height,
    genesis: async () => (await checking.runner.genesis(genesis)).state,
  });
  const keep = (): void => history.keep(application.tip().height, application.tip().state);
  keep();
  application.onCommit(keep);
  return createTracer({
    history,
    block,
    place: store.transaction,
    receipt(hash) {
      const mechanisms = (height: number) => checking.runner.mechanismsAt(application.tip().state, height);
      return findReceipt({ ...checking, mechanisms, block, height: store.height }, hash);
    },
    epochStart: epoch => store.epoch(epoch)?.startHeight ?? null,
    height: () => application.tip().height,
    replays: genesis.devnet,
    now: clock.now,
    log,
  });
}

const defaultThreads = (): number => Math.min(MAX_VERIFY_THREADS, Math.max(1, availableParallelism() - 1));

/** As the chain pins it at the last block. */
function nameOfCode(application: NodeApplication, consensus: number): string {
  const entry = getConsensus(application.tip().state, consensus);
  return entry === undefined ? 'unknown' : `${entry.name}@${entry.version}`;
}

const nextBlock = (application: NodeApplication) => {
  const { state, height } = application.tip();
  return { state, nextHeight: height + 1 };
};

const hasEvidence = (evidence: EvidencePool, application: NodeApplication): boolean => {
  const { state, nextHeight } = nextBlock(application);
  return evidence.candidates(state, nextHeight).length > 0;
};

/** What this node found itself. */
function keep(evidence: EvidencePool, found: Evidence, log: Log): void {
  evidence.add(found).catch((error: unknown) => log.error({ err: error }, 'evidence could not be checked'));
}

/** Ordering stands aside for one work at a time; the next one waits. */
function oneAtATime(catchUp: OrderingEngine['catchUp']): OrderingEngine['catchUp'] {
  let before: Promise<unknown> = Promise.resolve();
  return work => {
    const done = before.then(() => catchUp(work));
    before = Promise.allSettled([done]);
    return done;
  };
}

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
    rate: ORDERING_RATE,
    onMessage: (peer, message) => engine().receive(peer, message),
  });
  return {
    broadcast: message => channel.broadcast(message),
    send: (peer, message) => channel.send(peer, message),
    penalise: (peer, points, reason) => network.penalise(peer, points, reason),
  };
}
