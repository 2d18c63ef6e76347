import {
  type ChainError,
  type Genesis,
  getAccount,
  getClockAhead,
  getEpoch,
  getParameters,
  getValidators,
  loadsAfter,
  type Outcome,
  revertOf,
  type State,
  sha256,
} from '../chain/index.ts';
import type { Hex } from '../consensus/interface/index.ts';
import type { Network } from '../p2p/network.ts';
import type { DevApi, NodeApi, NodeInfo, TransactionStatus } from './api.ts';
import type { NodeApplication, Tip } from './application.ts';
import type { DivergenceMonitor } from './divergence/monitor.ts';
import type { PluginHost } from './host/host.ts';
import type { OrderingEngine } from './ordering/types.ts';
import { peerBans } from './peers.ts';
import type { Runner } from './plugins/runner.ts';
import { type Checking, readTransaction, refusing, verifyTransactions } from './pool/check.ts';
import type { Pool } from './pool/pool.ts';
import type { Submissions } from './pool/submissions.ts';
import type { Store } from './store/store.ts';
import type { BlockSync } from './sync/sync.ts';
import type { Tracer } from './trace/tracer.ts';

export interface NodeParts {
  readonly info: NodeInfo;
  readonly genesis: Genesis;
  readonly checking: Checking;
  readonly application: NodeApplication;
  readonly store: Store;
  readonly pool: Pool;
  readonly submissions: Submissions;
  readonly network: Network;
  readonly engine: OrderingEngine;
  readonly sync: Pick<BlockSync, 'status'>;
  readonly tracer: Pick<Tracer, 'trace'>;
  readonly divergence: Pick<DivergenceMonitor, 'reports'>;
  readonly dev: DevApi | null;
  readonly plugins: () => PluginHost;
  readonly missingCode: NodeApi['missingCode'];
  readonly ready: () => boolean;
  readonly configuredPeers: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function createNodeApi(parts: NodeParts): NodeApi {
  const { info, genesis, checking, application, store, pool, network, engine, sync, dev, ready, plugins } =
    parts;
  const { runner } = checking;
  return {
    info,
    genesis,
    mechanisms(height) {
      const { state } = application.tip();
      return height === undefined ? runner.mechanisms(state) : runner.mechanismsAt(state, height);
    },
    describe: wanted => runner.describe(wanted),
    missingCode: parts.missingCode,
    dev,
    ready,
    plugins,
    head: () => application.tip().head,
    state: () => application.tip().state,
    base: store.base,
    block: reference => store.block(reference),
    transaction: hash => statusOf(hash, store, pool, application.tip().state),
    settlement(consensus, epoch) {
      const { state } = application.tip();
      return store.settlement(consensus, epoch, height => revertOf(state, height) === undefined);
    },
    async epoch(number) {
      const { state } = application.tip();
      const current = getEpoch(state).number;
      // Before the state went back, the chain may have been in later ones; before it was loaded, in any.
      const found = number > current ? null : store.epoch(number);
      if (found === null || loadsAfter(state, found.startHeight)) return null;
      const next = number === current ? null : store.epoch(number + 1);
      return { number, ...found, endHeight: next === null ? null : next.startHeight - 1 };
    },
    nextNonce: account => pool.nextNonce(account),
    submit: encoded => submit(encoded, parts),
    query: (consensus, query) => ask(consensus, query, checking.runner, application.tip()),
    simulate: encoded => simulate(encoded, checking, application, parts.now()),
    peers: () => network.peers(),
    configuredPeers: parts.configuredPeers,
    bans: () => peerBans(network, parts.now()),
    refusals: () => network.refusals(),
    ordering: () => engine.status(),
    sync: () => sync.status(),
    trace: target => parts.tracer.trace(target),
    divergences: () => parts.divergence.reports(),
    onBlock: listener => application.onCommit(listener),
  };
}

async function statusOf(hash: Hex, store: Store, pool: Pool, state: State): Promise<TransactionStatus> {
  const place = store.transaction(hash);
  if (place !== null) {
    const by = revertOf(state, place.height);
    if (by !== undefined) return { status: 'reverted', ...place, by };
    const outcome = (await store.block(place.height))?.outcomes.transactions[place.index];
    if (outcome !== undefined) return { status: 'final', ...place, outcome };
  }
  const waiting = pool.get(hash);
  if (waiting !== undefined) return { status: 'pending', transaction: waiting.transaction };
  const error = pool.dropped(hash);
  if (error !== undefined) return { status: 'dropped', reason: error.code, message: error.message };
  const { height } = store.base();
  return height > 1 ? { status: 'unknown', from: height } : { status: 'unknown' };
}

/** Whoever sends a transaction again, because the answer was lost, gets the same answer. */
async function submit(
  encoded: Uint8Array,
  { store, pool, submissions }: Pick<NodeParts, 'store' | 'pool' | 'submissions'>,
): Promise<Hex> {
  const hash = sha256(encoded);
  if (store.transaction(hash) !== null) return hash;
  try {
    await pool.add(encoded, true);
  } catch (error) {
    // Sent to another node before, it may have become final while its signature was verified here.
    if (store.transaction(hash) !== null) return hash;
    throw error;
  }
  await submissions.keep(hash, encoded);
  return hash;
}

/**
 * What a transaction would do as the sender's next one in the next block. A wrong signature is not held against it, and
 * neither is a nonce that waits for others.
 */
async function simulate(
  encoded: Uint8Array,
  checking: Checking,
  { tip }: NodeApplication,
  now: number,
): Promise<Outcome> {
  const read = await refusing(() =>
    readTransaction(encoded, checking, checking.runner.mechanisms(tip().state)),
  );
  const [checked] = await verifyTransactions([read], checking.verifier);
  if (checked === undefined) throw new Error('the verifier lost a transaction');
  const { state, height, time } = tip();
  const { sender } = checked.transaction;
  // As the sender's next one: its nonce is judged when it is submitted, and blocks may have passed since it was built.
  const transaction = { ...checked.transaction, nonce: getAccount(state, sender).nonce };
  const input = {
    height: height + 1,
    time: Math.max(now + getClockAhead(state), time + 1),
    proposer: getValidators(state, 1)[0]?.validator ?? sender,
    evidence: [],
    transactions: [{ ...checked, transaction, authentic: true }],
  };
  const { rejected, execution } = await checking.runner.select(state, input, {}, { keeps: false });
  const [outcome] = execution.outcomes.transactions;
  return outcome ?? refusedOutcome(rejected[0]?.error);
}

/** At the last block. */
function ask(
  consensus: number,
  query: { readonly name: string; readonly args: Uint8Array },
  runner: Runner,
  { state, head, height, time }: Tip,
): Promise<Uint8Array> {
  const { chainId } = head.header;
  const { graceEpochs } = getParameters(state);
  const epoch = getEpoch(state).number;
  return runner.query(consensus, query, state, { chainId, consensus, height, time, epoch, graceEpochs });
}

function refusedOutcome(error: ChainError | undefined): Outcome {
  if (error === undefined) throw new Error('a simulated transaction was neither included nor rejected');
  const { code, message } = error;
  return { ok: false, failure: { code, message }, weight: 0, fee: 0n, events: [] };
}
