/** Tendermint as an ordering engine: messages of peers in, blocks out. */
import type { Commit, Evidence } from '../../../chain/index.ts';
import { CodecError } from '../../../consensus/interface/index.ts';
import type { PeerId } from '../../../p2p/network.ts';
import { OFFENCE_POINTS } from '../../../p2p/offences.ts';
import { judge } from '../judge.ts';
import { decodeMessage, encodeMessage, type HeightMessage, type OrderingMessage } from '../messages.ts';
import { createPace, type Pace } from '../pace.ts';
import { createPeers, type Peers } from '../peers.ts';
import {
  type BlockMode,
  DEFAULT_TIMEOUTS,
  type EngineOptions,
  type OrderingEngine,
  OrderingError,
  type OrderingStatus,
} from '../types.ts';
import { createVerifyQueue, type VerifyQueue } from '../verifyQueue.ts';
import { Driver } from './driver.ts';
import { isKnown } from './known.ts';
import { createLateVotes, type LateVotes } from './late.ts';
import { loadRecord } from './open.ts';
import type { Closed } from './past.ts';
import type { CoreMessage } from './types.ts';

/** After block sync the next height waits this long for more of it before it begins by itself. */
const SYNC_HOLD_MS = 500;
/** How far a peer may move our mining target. */
const MAX_MINE_AHEAD = 100_000;

/** Milliseconds for which one greeting waits for the next peers. */
const GREETING_MS = 30;

export class TendermintEngine implements OrderingEngine {
  readonly kind = 'tendermint';
  readonly #options: EngineOptions;
  readonly #retransmitMs: number;
  readonly #pace: Pace;
  readonly #peers: Peers;
  readonly #verifying: VerifyQueue;
  readonly #late: LateVotes;
  /** null before the start, and while somebody else catches up. */
  #driver: Driver | null = null;
  #catchingUp: Promise<void> | null = null;
  #stopBeat = (): void => {};
  /** Of a greeting that is due. */
  #stopGreeting: (() => void) | null = null;
  /** Since its start. */
  #hasCommitted = false;
  #stopped: Error | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#retransmitMs = { ...DEFAULT_TIMEOUTS, ...options.timeouts }.retransmit;
    const { clock, mode, hasWork } = options;
    const fatal = (error: unknown) => this.#fail(error);
    const begin = (height: number) => this.#driver?.push({ kind: 'start', height });
    this.#pace = createPace({ clock, mode, hasWork, begin });
    this.#peers = createPeers(options, this.#retransmitMs / 2, fatal);
    this.#verifying = createVerifyQueue(options.verifier, fatal);
    const penalise = this.#penalise.bind(this);
    this.#late = createLateVotes({ ...options, verifying: this.#verifying, penalise });
  }

  /** Throws OrderingError if the signing record or the last certificate is missing, damaged or of another chain. */
  async start(): Promise<void> {
    await this.#open(0);
    this.#beat();
  }

  async stop(): Promise<void> {
    this.#halt(new OrderingError('STOPPED', 'ordering has stopped', 'start the node again'));
    await Promise.allSettled([this.#driver?.stop(), this.#catchingUp]);
  }

  async catchUp(work: () => Promise<void>): Promise<void> {
    const driver = this.#driver;
    if (this.#stopped !== null || driver === null)
      throw this.#stopped ?? new OrderingError('STOPPED', 'ordering does not run', 'start it first');
    this.#driver = null;
    this.#pace.close();
    this.#catchingUp = this.#standAside(driver, work);
    try {
      await this.#catchingUp;
    } catch (error) {
      this.#fail(error);
      throw error;
    } finally {
      this.#catchingUp = null;
    }
  }

  wake(): void {
    this.#pace.wake();
  }

  mineUntil(height: number): void {
    if (this.#pace.mineUntil(height)) this.#sendStatus();
  }

  /**
   * Only until the first block: nodes that start together connect one after the other, and whoever came late would wait for
   * the next repetition. Later a peer that comes and goes must not make this node say more than it does anyway.
   */
  greet(): void {
    if (this.#hasCommitted || this.#stopGreeting !== null || this.#stopped !== null) return;
    this.#stopGreeting = this.#options.clock.after(GREETING_MS, () => {
      this.#stopGreeting = null;
      this.#sendStatus();
      this.#driver?.repeat();
    });
  }

  mode(): BlockMode {
    return this.#pace.mode;
  }

  setMode(mode: BlockMode): void {
    this.#pace.setMode(mode);
  }

  status(): OrderingStatus {
    const step = this.#catchingUp === null ? 'starting' : 'syncing';
    if (this.#driver === null) return { height: this.#height, round: 0, step };
    const { round, step: own } = this.#driver.state;
    return { height: this.#height, round: Math.max(round, 0), step: round < 0 ? 'waiting' : own };
  }

  receive(peer: PeerId, raw: Uint8Array): void {
    if (this.#stopped !== null || (this.#driver === null && this.#catchingUp === null)) return;
    const message = this.#read(peer, raw);
    if (message === undefined) return;
    if (message.kind === 'status') this.#takeStatus(peer, message);
    else this.#take(peer, raw.length, message);
  }

  /** The height that is decided next. */
  get #height(): number {
    return this.#driver?.height ?? this.#options.application.info().height + 1;
  }

  /** Everything that this validator signed is in its record, so a driver that is dropped takes nothing with it. */
  async #standAside(driver: Driver, work: () => Promise<void>): Promise<void> {
    await driver.stop();
    await work();
    if (this.#stopped !== null) return;
    await this.#open(SYNC_HOLD_MS);
    const decided = await this.#options.decided(driver.height);
    if (decided === null) return;
    this.#late.close({ committee: driver.committee, state: driver.state, late: [] });
    await this.#late.compare(decided.certificate);
  }

  /** Takes up the height after the last committed one; it begins `holdMs` from now at the earliest. */
  async #open(holdMs: number): Promise<void> {
    const record = await loadRecord(this.#options);
    const { height } = this.#options.application.info();
    const lastCommit = await this.#lastCommit(height);
    if (this.#stopped !== null) throw this.#stopped;
    const events = {
      send: (message: CoreMessage) => this.#broadcast(message),
      committed: (closed: Closed) => {
        this.#hasCommitted = true;
        this.#late.close(closed);
        this.#next(0);
      },
      evidence: (evidence: Evidence) => this.#options.onEvidence(evidence),
      fatal: (error: unknown) => this.#fail(error),
    };
    this.#driver = new Driver(this.#options, events, height + 1, lastCommit, record);
    this.#driver.resume();
    this.#next(holdMs);
  }

  async #lastCommit(height: number): Promise<Commit | null> {
    if (height === 0) return null;
    const found = await this.#options.decided(height);
    if (found !== null) return found.certificate;
    throw new OrderingError(
      'NO_CERTIFICATE',
      `the certificate of the last block, ${height}, is missing`,
      'the block store is damaged; start anew with --reset, or sync from other nodes',
    );
  }

  #read(peer: PeerId, raw: Uint8Array): OrderingMessage | undefined {
    try {
      return decodeMessage(raw);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.#penalise(
        peer,
        OFFENCE_POINTS.malformed,
        `an ordering message that does not decode: ${error.message}`,
      );
      return undefined;
    }
  }

  #takeStatus(peer: PeerId, { height, mineUntil }: Extract<OrderingMessage, { kind: 'status' }>): void {
    const own = this.#height;
    if (this.#options.followMining === true && mineUntil <= own + MAX_MINE_AHEAD)
      this.#pace.mineUntil(mineUntil);
    if (height < own) this.#peers.help(peer, height);
    if (height > own + 1) this.#peers.ahead(peer, height - 1);
  }

  /** Sorts a message by its height: what is not for the current one is help for a peer, or kept, or a hint. */
  #take(peer: PeerId, bytes: number, message: HeightMessage): void {
    const height = heightOf(message);
    const own = this.#height;
    if (height === own && this.#driver !== null) this.#judge(peer, bytes, message, this.#driver);
    else if (height === own || height === own + 1) this.#peers.keepEarly(peer, height, bytes, message);
    else if (height > own) this.#peers.ahead(peer, height - 1);
    else {
      this.#late.receive(peer, bytes, message);
      // A vote for the last height is a late one, sent before its author could know of the decision.
      if (height < own - 1) this.#peers.help(peer, height);
    }
  }

  #judge(peer: PeerId, bytes: number, message: HeightMessage, driver: Driver): void {
    if (isKnown(driver.state, message)) return;
    const judged = judge(message, driver.committee);
    if ('offence' in judged) {
      this.#penalise(peer, judged.points, judged.offence);
      return;
    }
    const done = (good: boolean): void => {
      if (good) driver.push(judged.input, judged.block ?? undefined);
      else this.#penalise(peer, OFFENCE_POINTS.badSignature, `a ${message.kind} with a wrong signature`);
    };
    if (!this.#verifying.submit({ peer, bytes, checks: judged.checks, done }))
      this.#penalise(peer, OFFENCE_POINTS.flood, 'more ordering messages than can be verified');
  }

  /** A height is open: it begins when the pace says so, or with what came early for it. */
  #next(holdMs: number): void {
    this.#pace.open(this.#height, holdMs);
    for (const { peer, bytes, message } of this.#peers.takeEarly()) this.#take(peer, bytes, message);
  }

  #broadcast(message: CoreMessage): void {
    this.#options.transport.broadcast(encodeMessage(wireForm(message)));
  }

  #sendStatus(): void {
    const { transport } = this.#options;
    if (this.#driver === null) return;
    const { height, state } = this.#driver;
    const round = state.round < 0 ? null : state.round;
    transport.broadcast(encodeMessage({ kind: 'status', height, round, mineUntil: this.#pace.mineTarget }));
  }

  /** Lets peers see that this node is behind or has come up; a node that only waits sends nothing else. */
  #beat(): void {
    this.#sendStatus();
    this.#stopBeat = this.#options.clock.after(this.#retransmitMs, () => this.#beat());
  }

  #penalise(peer: PeerId, points: number, reason: string): void {
    this.#options.log.debug({ peer, points, reason }, 'a peer misbehaves');
    this.#options.transport.penalise(peer, points, reason);
  }

  #fail(error: unknown): void {
    if (this.#stopped !== null) return;
    const reason = error instanceof Error ? error : new Error(String(error));
    this.#options.log.error({ err: reason, height: this.#driver?.height }, 'ordering has failed and stops');
    this.#halt(reason);
    this.#options.onFatal(reason);
  }

  #halt(reason: Error): void {
    this.#stopped ??= reason;
    this.#pace.close();
    this.#stopBeat();
    this.#stopGreeting?.();
  }
}

function heightOf(message: HeightMessage): number {
  if (message.kind === 'vote') return message.vote.height;
  return message.kind === 'proposal' ? message.proposal.height : message.certificate.height;
}

function wireForm(message: CoreMessage): OrderingMessage {
  if (message.kind === 'vote') return message;
  const block = message.value.bytes;
  if (message.kind === 'polka') return { kind: 'polka', certificate: message.certificate, block };
  return { kind: 'proposal', proposal: message.proposal, polka: message.polka, block };
}
