/** One simulated process of a validator: the real core, a disk that survives crashes, and a chain. */
import { type Commit, totalPower } from '../../../chain/index.ts';
import { type Account, decode, encode, type Hex } from '../../../consensus/interface/index.ts';
import type { Committee } from '../../../node/ordering/certificate.ts';
import type { Vote } from '../../../node/ordering/messages.ts';
import { openPlanned } from '../../../node/ordering/tendermint/open.ts';
import { SignRecord } from '../../../node/ordering/tendermint/record.ts';
import { isWithinReach } from '../../../node/ordering/tendermint/rounds.ts';
import { RULES } from '../../../node/ordering/tendermint/rules.ts';
import type { HeightState } from '../../../node/ordering/tendermint/state.ts';
import { step } from '../../../node/ordering/tendermint/step.ts';
import type { CoreSigner, Effect, Evidence, Input, Value } from '../../../node/ordering/tendermint/types.ts';
import type { Tip } from './blocks.ts';
import { CHAIN_ID } from './economy.ts';
import type { Mutant } from './mutants.ts';
import { Violation } from './promises.ts';
import type { Role } from './setup.ts';
import type { Signatures } from './signatures.ts';

export interface Decision {
  readonly value: Value;
  readonly certificate: Commit;
}

interface Disk {
  record: SignRecord | null;
  /** Decided blocks, and the ends of the chain before and after each. */
  readonly chain: Decision[];
  readonly tips: Tip[];
}

export interface ReplicaOptions {
  readonly index: number;
  readonly validator: Account;
  readonly role: Role;
  readonly genesis: Tip;
  readonly signatures: Signatures;
  readonly mutant: Mutant;
  /** It never locks, and its record is not kept. */
  readonly forgetful: boolean;
  /** A second core gets the same inputs and must wish for the same. */
  readonly mirrored: boolean;
  /** Who may sign two things. */
  readonly isFaulty: (validator: Account) => boolean;
}

const STEP_ORDER = { propose: 0, prevote: 1, precommit: 2 } as const;
const silent = { warn: (): void => {} };

export class Replica {
  readonly options: ReplicaOptions;
  readonly disk: Disk;
  up = true;
  /** Down for good. */
  gone = false;
  /** Grows with each crash; what was scheduled before is void. */
  incarnation = 0;
  /** Inputs for the next height, which arrived early. */
  early: Input[] = [];
  state: HeightState;
  committee: Committee;
  /** Height, round and step as one number, now and when something was last sent: it never falls below. */
  #position = 0;
  #floor = 0;
  #mirror: HeightState | null = null;
  /** What the process read when it started. */
  #loaded: SignRecord | null = null;
  readonly #signer: CoreSigner;
  /** First votes of faulty validators that it heard at this height, and those that it gave evidence of. */
  readonly #heard = new Map<string, Hex | null>();
  readonly #exposed = new Set<string>();

  constructor(options: ReplicaOptions) {
    const { signatures, validator } = options;
    this.options = options;
    this.#signer = {
      validator,
      signVote: body => signatures.vote({ ...body, validator }),
      signProposal: body => signatures.proposal({ ...body, proposer: validator }),
    };
    this.disk = { record: null, chain: [], tips: [options.genesis] };
    const { state, committee } = this.#open();
    this.state = state;
    this.committee = committee;
    if (options.mirrored) this.#mirror = this.#open().state;
  }

  get index(): number {
    return this.options.index;
  }

  get validator(): Account {
    return this.options.validator;
  }

  get isFaulty(): boolean {
    return this.options.role === 'faulty';
  }

  get tip(): Tip {
    return this.disk.tips.at(-1) ?? this.options.genesis;
  }

  /** The chain ends one block earlier: what a disk does that lied about a sync. The signing record is still there. */
  loseLastBlock(): void {
    this.disk.chain.pop();
    if (this.disk.tips.length > 1) this.disk.tips.pop();
    this.#floor = 0;
  }

  /** Takes up the height after the tip. */
  enter(): void {
    const { state, committee } = this.#open();
    this.state = state;
    this.committee = committee;
    this.#mirror = this.options.mirrored ? this.#open().state : null;
    this.#heard.clear();
    this.#exposed.clear();
  }

  #open() {
    const { mutant } = this.options;
    const { tip } = this;
    const [current, next, afterNext] = tip.voters;
    const validators = mutant.electorate === undefined ? next : { current, afterNext }[mutant.electorate];
    const height = tip.height + 1;
    const plan = { chainId: CHAIN_ID, height, validators, signer: this.#signer, log: silent };
    const opened = openPlanned(plan, this.#loaded);
    mutant.opened?.(opened.state);
    return opened;
  }

  /** A new process with nothing but the disk. */
  restart(): void {
    const { forgetful, mutant } = this.options;
    const { record } = this.disk;
    const kept = record === null || forgetful ? null : decode(SignRecord, encode(SignRecord, record));
    this.up = true;
    this.early = [];
    this.#loaded = mutant.loaded === undefined ? kept : mutant.loaded(kept, this.tip.height + 1);
    this.enter();
    this.#position = positionOf(this.state);
    if (!this.isFaulty && this.state.options.signer !== null && this.#position < this.#floor)
      throw new Violation('no step back', `replica ${this.index} forgot a step that it had taken`);
  }

  /** One step of the core. */
  take(input: Input): Effect[] {
    const isHeard = this.#hear(input);
    const { round } = this.state;
    const effects = this.#step(this.state, input);
    if (this.state.round > Math.max(round, 0)) this.#requireReason();
    if (this.#mirror !== null && !isSame(effects, this.#step(this.#mirror, input)))
      throw new Violation('determinism', `replica ${this.index} has two answers to ${input.kind}`);
    for (const effect of effects) if (effect.kind === 'evidence') this.#expose(effect.evidence);
    if (isHeard && input.kind === 'vote') this.#requireEvidence(input.vote);
    const position = positionOf(this.state);
    if (position < this.#position)
      throw new Violation('no step back', `replica ${this.index} went back from a later step`);
    this.#position = position;
    return effects;
  }

  /** Something left the process: where it is now must not be forgotten. */
  hasSent(): void {
    this.#floor = Math.max(this.#floor, this.#position);
  }

  #step(state: HeightState, input: Input): Effect[] {
    const { mutant, forgetful } = this.options;
    const given = mutant.input === undefined ? input : mutant.input(input, state);
    const effects = given === null ? [] : step(state, given, mutant.rules ?? RULES);
    mutant.stepped?.(state);
    if (forgetful) state.locked = null;
    return mutant.effects === undefined ? effects : mutant.effects(effects, state, input);
  }

  /** Whether this is a validator's second, different vote in a round that this process keeps. */
  #hear(input: Input): boolean {
    if (input.kind !== 'vote' || this.options.role !== 'honest' || this.state.decided) return false;
    const { vote } = input;
    if (!this.options.isFaulty(vote.validator)) return false;
    const { powers } = this.committee;
    if (!powers.has(vote.validator) || !isWithinReach(this.state, vote.round)) return false;
    const slot = slotOf(vote);
    const first = this.#heard.get(slot);
    if (first === undefined) this.#heard.set(slot, vote.blockHash);
    return first !== undefined && first !== vote.blockHash;
  }

  /** A round begins when the one before is over, or when an honest validator is seen there (L55, L65). */
  #requireReason(): void {
    const { round, seen, powers, rounds, options } = this.state;
    const total = totalPower(options.validators);
    if ((rounds.get(round - 1)?.precommit.power ?? 0) * 3 > total * 2) return;
    let power = 0;
    for (const vote of seen.values()) if (vote.round >= round) power += powers.get(vote.validator) ?? 0;
    if (power * 3 <= total)
      throw new Violation(
        'round begun early',
        `replica ${this.index} begins round ${round} without a reason`,
      );
  }

  #expose({ kind, first }: Evidence): void {
    if (kind === 'vote') this.#exposed.add(slotOf(first));
  }

  #requireEvidence(vote: Vote): void {
    if (!this.#exposed.has(slotOf(vote)))
      throw new Violation(
        'evidence given out',
        `replica ${this.index} heard two ${vote.kind}s of ${vote.validator} in round ${vote.round} and kept quiet`,
      );
  }
}

const slotOf = ({ kind, round, validator }: Vote): string => `${kind}/${round}/${validator}`;

export function positionOf({ options, round, step }: HeightState): number {
  return (options.height * 100_000 + round + 1) * 4 + STEP_ORDER[step];
}

/** Equal in content, part by part. */
function isSame(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every(name => isSame(Reflect.get(left, name), Reflect.get(right, name)))
  );
}
