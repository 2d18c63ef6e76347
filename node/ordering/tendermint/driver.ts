/**
 * Carries the effects of the core out, one step after the other: record on disk, then timers, wishes to the
 * application and messages, then the decision. It decides nothing about agreement.
 */
import { Block, type Commit, type Evidence } from '../../../chain/index.ts';
import { decode, encode, type Hex } from '../../../consensus/interface/index.ts';
import type { Committee } from '../certificate.ts';
import type { Vote } from '../messages.ts';
import { DEFAULT_TIMEOUTS, type EngineOptions, NoProposal, type Timeouts } from '../types.ts';
import { toValue } from '../value.ts';
import { openHeight } from './open.ts';
import { type Closed, evidenceOf, votesOf } from './past.ts';
import { SignRecord } from './record.ts';
import type { HeightState } from './state.ts';
import { step } from './step.ts';
import type { CoreMessage, Effect, Input, TimerName, Value } from './types.ts';

type Wish<K extends Effect['kind']> = Extract<Effect, { kind: K }>;

export interface DriverEvents {
  readonly send: (message: CoreMessage) => void;
  /** The height is committed; the next one is open when this is called. */
  readonly committed: (closed: Closed) => void;
  readonly evidence: (evidence: Evidence) => void;
  /** Nothing works from here on. */
  readonly fatal: (error: unknown) => void;
}

export class Driver {
  readonly #options: EngineOptions;
  readonly #events: DriverEvents;
  readonly #timeouts: Timeouts;
  readonly #timers = new Set<() => void>();
  /** The next repetition of what was sent; each arms the one after it. */
  #repetition: { readonly cancel: () => void; readonly run: () => void } | null = null;
  /** Decoded blocks of this height. */
  readonly #blocks = new Map<Hex, Block>();
  #record: SignRecord | null = null;
  #state: HeightState;
  #committee: Committee;
  #lastCommit: Commit | null;
  #inputs: Input[] = [];
  /** Taken after the decision. */
  #late: Input[] = [];
  #busy = false;
  #running: Promise<void> = Promise.resolve();
  #application: Promise<unknown> = Promise.resolve();
  #stopped = false;

  /** Opens `height`, whose parent `lastCommit` certifies, with what this validator signed before. */
  constructor(
    options: EngineOptions,
    events: DriverEvents,
    height: number,
    lastCommit: Commit | null,
    record: SignRecord | null,
  ) {
    this.#options = options;
    this.#events = events;
    this.#timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.#record = record;
    this.#lastCommit = lastCommit;
    ({ state: this.#state, committee: this.#committee } = openHeight(options, height, record));
  }

  /** Read-only outside; `push` changes it. */
  get state(): HeightState {
    return this.#state;
  }

  get committee(): Committee {
    return this.#committee;
  }

  get height(): number {
    return this.#committee.height;
  }

  /** Says again now what it would repeat later. */
  repeat(): void {
    this.#repetition?.cancel();
    this.#repetition?.run();
  }

  /** Takes up what a restart interrupted, if anything. */
  resume(): void {
    if (this.#state.restored) this.push({ kind: 'start', height: this.height });
  }

  /** Feeds the core. `block`: the decoded form of the input's value, to spare decoding it again. */
  push(input: Input, block?: { readonly block: Block; readonly value: Value }): void {
    if (this.#stopped || input.height !== this.height) return;
    if (block !== undefined) this.#blocks.set(block.value.hash, block.block);
    this.#inputs.push(input);
    if (this.#busy) return;
    this.#busy = true;
    this.#running = this.#run();
  }

  /** Resolves when nothing of it runs any more. A commit under way is finished. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#clearTimers();
    await Promise.allSettled([this.#running, this.#application]);
  }

  async #run(): Promise<void> {
    try {
      while (this.#inputs.length > 0 && !this.#stopped) await this.#carryOut(this.#takeSteps());
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#busy = false;
    }
  }

  #fail(error: unknown): void {
    this.#stopped = true;
    this.#clearTimers();
    this.#events.fatal(error);
  }

  /** Steps through all waiting inputs. One record covers them: each holds everything that the ones before held. */
  #takeSteps(): Effect[] {
    const inputs = this.#inputs;
    this.#inputs = [];
    return inputs.flatMap(input => {
      if (this.#state.decided) this.#late.push(input);
      return step(this.#state, input);
    });
  }

  async #carryOut(effects: readonly Effect[]): Promise<void> {
    const persist = effects.findLast(effect => effect.kind === 'persist');
    if (persist !== undefined) await this.#options.records.save(encode(SignRecord, persist.record));
    // A stop during the write: what was signed is on disk and goes out after the restart.
    if (this.#stopped) return;
    for (const effect of effects) this.#act(effect);
    const decision = effects.findLast(effect => effect.kind === 'decide');
    if (decision !== undefined) await this.#commit(decision);
  }

  #act(effect: Effect): void {
    switch (effect.kind) {
      case 'timer':
        this.#arm(effect);
        return;
      case 'evidence':
        this.#events.evidence(evidenceOf(effect.evidence));
        return;
      case 'propose-value':
        this.#background(this.#proposeValue(effect));
        return;
      case 'validate':
        this.#background(this.#validate(effect));
        return;
      case 'send':
        this.#events.send(effect.message);
        return;
      // Carried out around these, because others wait for them.
      case 'persist':
      case 'decide':
        return;
    }
  }

  #arm({ timer, height, round }: Wish<'timer'>): void {
    const run = (): void => {
      this.#timers.delete(cancel);
      if (timer === 'retransmit') this.#repetition = null;
      this.push({ kind: 'timeout', height, round, timer });
    };
    const cancel = this.#options.clock.after(this.#duration(timer, round), run);
    this.#timers.add(cancel);
    if (timer === 'retransmit') this.#repetition = { cancel, run };
  }

  #duration(timer: TimerName, round: number): number {
    const { retransmit, growth, cap } = this.#timeouts;
    return timer === 'retransmit' ? retransmit : Math.min(this.#timeouts[timer] + growth * round, cap);
  }

  #clearTimers(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#repetition = null;
  }

  async #proposeValue({ height, round }: Wish<'propose-value'>): Promise<void> {
    const { application, clock, log, signer } = this.#options;
    if (signer === null) return;
    const request = { height, round, proposer: signer.validator, lastCommit: this.#lastCommit };
    const block = await this.#ask(() =>
      application.prepareProposal({ ...request, now: clock.now() }).catch((error: unknown) => {
        if (!(error instanceof NoProposal)) throw error;
        log.error({ err: error, height, round }, 'no proposal from this node in this round');
        return null;
      }),
    );
    if (block === null) return;
    const value = toValue(block);
    this.push({ kind: 'value', height, round, value }, { block, value });
  }

  async #validate({ height, value }: Wish<'validate'>): Promise<void> {
    const block = this.#blockOf(value);
    const verdict = await this.#ask(() => this.#options.application.processProposal(block));
    const { hash: blockHash } = value;
    if (!verdict.ok) {
      const { code, reason } = verdict;
      this.#options.log.warn({ height, blockHash, code, reason }, 'voting against a proposed block');
    }
    this.push({ kind: 'verdict', height, blockHash, valid: verdict.ok });
  }

  async #commit({ height, value, certificate }: Wish<'decide'>): Promise<void> {
    const { application, log } = this.#options;
    this.#clearTimers();
    const block = this.#blockOf(value);
    await this.#ask(() => application.finalizeBlock(block, certificate));
    await this.#ask(() => application.commit());
    log.debug({ height, round: certificate.round, blockHash: value.hash }, 'committed');
    this.#blocks.clear();
    const closed = this.#close();
    this.#lastCommit = certificate;
    ({ state: this.#state, committee: this.#committee } = openHeight(
      this.#options,
      height + 1,
      this.#record,
    ));
    if (this.#stopped) return;
    this.resume();
    this.#events.committed(closed);
  }

  /** What is left of a height for which nothing more can be done. */
  #close(): Closed {
    const late = [...this.#late, ...this.#inputs].flatMap(votesGiven);
    this.#late = [];
    this.#inputs = [];
    return { committee: this.#committee, state: this.#state, late };
  }

  /** One call of the application at a time, in order: it works on one state. After a failure it is not asked again. */
  #ask<T>(call: () => Promise<T>): Promise<T> {
    const answer = this.#application.then(call);
    this.#application = answer;
    return answer;
  }

  #background(work: Promise<void>): void {
    work.catch(error => this.#fail(error));
  }

  #blockOf(value: Value): Block {
    return this.#blocks.get(value.hash) ?? decode(Block, value.bytes);
  }
}

function votesGiven(input: Input): Vote[] {
  if (input.kind === 'vote') return [input.vote];
  return input.kind === 'certificate' ? votesOf(input.certificate, input.of) : [];
}
