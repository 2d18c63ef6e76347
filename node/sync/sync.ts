/**
 * Block sync: a node that was away fetches what the others decided. Ranges are asked for ahead, from several peers at
 * once, and proven by their certificates off this thread. Once the next blocks are proven the ordering engine stands
 * aside, and they are executed in order and committed in groups. A peer can waste some of our time but not lie to us.
 */
import { CodecError, decode, encode } from '../../consensus/interface/index.ts';
import { type Network, NetworkError, type PeerId, type RateLimit } from '../../p2p/network.ts';
import { OFFENCE_POINTS } from '../../p2p/offences.ts';
import type { DecidedBlock, NodeApplication } from '../application.ts';
import { messageOf } from '../errors.ts';
import type { Clock, Log } from '../ordering/types.ts';
import { createApplier } from './apply.ts';
import { createInbox, type InboxOptions, type Proven } from './inbox.ts';
import {
  BlocksRequest,
  BlocksResponse,
  MAX_BLOCKS,
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_BYTES,
} from './messages.ts';
import { type Ask, MAX_PER_PEER, SyncPlan } from './plan.ts';
import { FalseBlocks, readSegments } from './segments.ts';
import { answer, type BlockSource } from './serve.ts';
import type { SyncStatus } from './status.ts';

export interface SyncOptions extends InboxOptions {
  readonly network: Network;
  readonly application: Pick<NodeApplication, 'tip' | 'validators' | 'applyDecided'>;
  /** What this node gives to others. */
  readonly source: BlockSource;
  /** Runs the work while ordering stands aside. */
  readonly catchUp: (work: () => Promise<void>) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface BlockSync {
  /** A peer says that it is further than we are. */
  behind(peer: PeerId, height: number): void;
  /** null while ordering runs. */
  status(): SyncStatus | null;
  /** Whether blocks are being asked for, while ordering runs or not. */
  active(): boolean;
  stop(): void;
}

/** Bytes of answers that wait or may still come. Only the next block is asked for beyond it, within the plan's window. */
const BUFFER_BYTES = 64 * 1024 * 1024;
/** Milliseconds for which ordering stands aside without progress. */
const HOLD_MS = 1_000;
/** Milliseconds for which a peer is left alone: after an answer that was wrong or refused, late, or without our heights. */
const REST_MS = { refused: 1_000, late: 10_000, useless: 60_000 } as const;
const TIMEOUT_MS = 10_000;
/**
 * An answer takes up to 128 blocks from the disk as they are, 1 to 10 ms of work. Whoever executes what it gets asks 30
 * times a second, and near the head once per block; as often we may ask it. The bytes are those of answers to us.
 */
const RATE: RateLimit = { messagesPerSecond: 480, bytesPerSecond: 256 * 1024 * 1024 };

/** Call before the network starts. */
export function createBlockSync(options: SyncOptions): BlockSync {
  const { network, application, source, chainId, clock, log } = options;
  const service = network.service('blocks', {
    maxRequestBytes: MAX_REQUEST_BYTES,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    maxConcurrent: MAX_PER_PEER,
    timeoutMs: TIMEOUT_MS,
    rate: RATE,
    handle: (_, request) => answer(request, source),
  });
  const plan = new SyncPlan();
  const inbox = createInbox(options);
  const applier = createApplier(application, clock);
  let running = false;
  let stopped = false;
  let session: { readonly from: number; readonly since: number } | null = null;
  /** Something happened since `next` looked last. */
  let isNews = false;
  let endWait = (): void => undefined;

  network.onPeer(event => {
    if (event.kind === 'disconnected') plan.forget(event.id);
  });

  const height = (): number => application.tip().height;

  async function run(): Promise<void> {
    for (let first = await next(null); first !== null && !stopped; first = await next(null)) {
      const found = first;
      await options.catchUp(() => applyFrom(found));
    }
    plan.clear();
    inbox.clear();
  }

  /** Blocks that follow the tip, once they are here and proven; null where there is nothing to wait for. */
  async function next(holdMs: number | null): Promise<Proven | null> {
    const until = holdMs === null ? Number.POSITIVE_INFINITY : clock.now() + holdMs;
    while (!stopped) {
      isNews = false;
      ask();
      const proven = await inbox.next();
      if (proven !== null && !('error' in proven)) {
        plan.prove(proven.peer);
        return proven;
      }
      if (proven !== null) {
        plan.reopen(proven.from);
        blame(proven.peer, proven.error);
        continue;
      }
      if (holdMs !== null && (clock.now() >= until || plan.provenTarget() <= height())) return null;
      if (holdMs === null && plan.underWay === 0) return null;
      await news(until);
    }
    return null;
  }

  /** Waits for an answer, or for the time at which there may be more to ask. */
  function news(until: number): Promise<void> {
    if (isNews) return Promise.resolve();
    const now = clock.now();
    const at = Math.min(until, plan.wakeAt(now) ?? Number.POSITIVE_INFINITY);
    return new Promise(resolve => {
      const cancel = at === Number.POSITIVE_INFINITY ? null : clock.after(Math.max(0, at - now), resolve);
      endWait = () => {
        cancel?.();
        resolve();
      };
    });
  }

  function wake(): void {
    isNews = true;
    endWait();
  }

  function ask(): void {
    const left = Math.floor((BUFFER_BYTES - inbox.bytes) / MAX_RESPONSE_BYTES) - plan.underWay;
    plan.committed(height());
    for (const wanted of plan.asks(height(), Math.max(left, inbox.hasNext() ? 0 : 1), clock.now()))
      fetch(wanted).catch(failed);
  }

  function failed(error: unknown): void {
    if (!stopped) log.error({ error: messageOf(error) }, 'block sync failed');
  }

  async function fetch(wanted: Ask): Promise<void> {
    const { peer, from, count } = wanted;
    try {
      const raw = await service.request(peer, encode(BlocksRequest, { from, count }));
      take(wanted, decode(BlocksResponse, raw, MAX_RESPONSE_BYTES), raw.length);
    } catch (error) {
      plan.failed(peer, from);
      blame(peer, error);
    }
    wake();
  }

  function take({ peer, from, count }: Ask, response: BlocksResponse, bytes: number): void {
    const claim = plan.claimOf(peer);
    if (stopped || claim === null) return;
    if (response.height < claim)
      throw new FalseBlocks(`the peer is at height ${response.height} after it was at ${claim}`);
    plan.claim(peer, response.height);
    if (response.base > from) {
      plan.failed(peer, from);
      plan.rest(peer, clock.now() + REST_MS.useless);
      return;
    }
    if (response.blocks.length === 0)
      throw new FalseBlocks(`the peer says that it has block ${from} and does not give it`);
    const segments = readSegments(response, { from, count }, chainId);
    if (plan.arrived(peer, from, response.blocks.length, clock.now())) inbox.put(peer, from, bytes, segments);
  }

  function blame(peer: PeerId, error: unknown): void {
    const reason = `block sync: ${messageOf(error)}`;
    log.warn({ peer, reason }, 'block sync with a peer failed');
    const isLate = error instanceof NetworkError && error.code !== 'REFUSED';
    plan.rest(peer, clock.now() + (isLate ? REST_MS.late : REST_MS.refused));
    if (error instanceof FalseBlocks) network.penalise(peer, OFFENCE_POINTS.falseBlock, reason);
    else if (error instanceof CodecError) network.penalise(peer, OFFENCE_POINTS.malformed, reason);
    else if (!(error instanceof NetworkError)) throw error;
  }

  /** While ordering stands aside. */
  async function applyFrom(first: Proven): Promise<void> {
    const from = height();
    session = { from, since: clock.now() };
    const isLong = plan.provenTarget() - from > MAX_BLOCKS;
    if (isLong) log.info({ from, to: plan.provenTarget() }, 'block sync begins');
    try {
      for (let proven: Proven | null = first; proven !== null; proven = await next(HOLD_MS))
        await applier.apply(proven.blocks.filter(isAbove), onGroup);
    } finally {
      const { blocksPerSecond } = statusOf(session);
      session = null;
      log[isLong ? 'info' : 'debug']({ from, to: height(), blocksPerSecond }, 'block sync ends');
    }
  }

  /** Ordering may have committed some of them before it stood aside. */
  const isAbove = ({ block }: DecidedBlock): boolean => block.header.height > height();

  /** Between two groups: whether to stop. */
  function onGroup(): boolean {
    if (!stopped) ask();
    return stopped;
  }

  function statusOf({ from, since }: NonNullable<typeof session>): SyncStatus {
    const seconds = Math.max(1, clock.now() - since) / 1000;
    return {
      from,
      height: height(),
      to: Math.max(height(), plan.provenTarget()),
      blocksPerSecond: Math.round((height() - from) / seconds),
    };
  }

  return {
    behind(peer, claimed) {
      if (stopped || claimed <= height()) return;
      plan.claim(peer, claimed);
      wake();
      if (running) return;
      running = true;
      run()
        .catch(failed)
        .finally(() => {
          running = false;
        });
    },
    status: () => (session === null ? null : statusOf(session)),
    active: () => running,
    stop() {
      stopped = true;
      wake();
    },
  };
}
