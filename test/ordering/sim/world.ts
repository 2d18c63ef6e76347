/**
 * One schedule: validators on the real core, a hostile network, crashes between any two effects, twins, liars and
 * nodes that disagree with themselves, in virtual time. Ends when every correct validator has decided enough, or with
 * a {@link Violation}.
 */
import type { ValidatorSet } from '../../../chain/index.ts';
import type {
  CoreMessage,
  Effect,
  Input,
  TimerName,
  Value,
} from '../../../node/ordering/tendermint/types.ts';
import { Agenda } from './agenda.ts';
import { type Blocks, paperBlocks } from './blocks.ts';
import { type Choices, choicesOf } from './choices.ts';
import { type HeightMessage, heightOf, inputOf, isAuthentic, type Message } from './ingest.ts';
import { kernelBlocks } from './kernelBlocks.ts';
import { Liar } from './liar.ts';
import { type Mutant, SOUND } from './mutants.ts';
import { Judge, Violation } from './promises.ts';
import { Replica } from './replica.ts';
import { DELAY, type Setup, setUp } from './setup.ts';
import { Signatures } from './signatures.ts';
import { Names } from './words.ts';

export interface Scenario {
  readonly seed: number;
  /** Instead of what the seed gives. */
  readonly choices?: Choices;
  readonly mutant?: Mutant;
  /** Validators of the first height; drawn (4, 5 or 7) unless told. */
  readonly nodes?: number | undefined;
  /** Blocks of the real state machine; every 16th seed unless told. */
  readonly kernel?: boolean | undefined;
  /** Takes the story, line by line. */
  readonly tell?: (line: string) => void;
}

export interface Report {
  readonly events: number;
  /** Decided by the node that got furthest. */
  readonly heights: number;
  readonly evidence: number;
  readonly forked: boolean;
  /** Why honest nodes voted against blocks, by name. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Of everything that happened, in order. */
  readonly fingerprint: number;
}

const TIMEOUTS: { readonly [timer in TimerName]: number } = {
  propose: 3 * DELAY,
  prevote: 2 * DELAY,
  precommit: 2 * DELAY,
  retransmit: 5 * DELAY,
};
/** Heights that every correct node must decide after the network heals, and the time it has for them. */
const HEIGHTS_AFTER_HEAL = 2;
const TIME_AFTER_HEAL = 600 * DELAY;
const LEAST_HEIGHTS = 3;
const MAX_EVENTS = 400_000;
/** Every so many seeds run on blocks of the real state machine. */
export const KERNEL_SHARE = 16;

type Asked = Extract<Effect, { kind: 'validate' }>;

type Happening =
  | { readonly kind: 'input'; readonly to: Replica; readonly incarnation: number; readonly input: Input }
  | { readonly kind: 'judge'; readonly to: Replica; readonly incarnation: number; readonly asked: Asked }
  | { readonly kind: 'message'; readonly from: Replica; readonly to: Replica; readonly message: Message }
  | { readonly kind: 'restart'; readonly to: Replica }
  | { readonly kind: 'partition' | 'power cut' | 'faulty leave' | 'heal' };

export function simulate(scenario: Scenario): Report {
  return new World(scenario).run();
}

class World {
  readonly #choices: Choices;
  readonly #mutant: Mutant;
  readonly #setup: Setup;
  readonly #agenda = new Agenda<Happening>();
  readonly #signatures = new Signatures();
  readonly #blocks: Blocks;
  readonly #liar: Liar;
  readonly #judge: Judge;
  readonly #replicas: readonly Replica[];
  readonly #refusals = new Map<string, number>();
  readonly #tell: ((line: string) => void) | undefined;
  readonly #names = new Names();
  /** Side of each replica; two that are on different sides hear nothing of each other. */
  #sides: readonly number[] | null = null;
  #heightAtHeal = 0;
  #finished = false;
  #events = 0;
  #fingerprint = 0x811c9dc5;

  constructor({ seed, choices, mutant = SOUND, nodes, kernel, tell }: Scenario) {
    this.#choices = choices ?? choicesOf(seed);
    this.#mutant = mutant;
    this.#tell = tell;
    const wantsKernel = kernel ?? seed % KERNEL_SHARE === 0;
    this.#setup = setUp(this.#choices.setup, nodes, wantsKernel);
    this.#blocks = this.#makeBlocks(wantsKernel && !this.#setup.overrun);
    this.#liar = new Liar(this.#choices.lie, this.#signatures, this.#setup.manners.silence);
    const { roles, overrun } = this.#setup;
    this.#judge = new Judge({
      blocks: this.#blocks,
      signatures: this.#signatures,
      isHonest: validator => roles.get(validator) !== 'faulty',
      overrun,
    });
    this.#replicas = this.#makeReplicas();
  }

  #makeBlocks(kernel: boolean): Blocks {
    const { application: random } = this.#choices;
    const { initial, elections, epochLength, isBearable, alone, overrun } = this.#setup;
    const signatures = this.#signatures;
    if (kernel) return kernelBlocks({ random, initial, epochLength, isBearable, signatures, alone });
    return paperBlocks(random, initial, overrun ? [] : elections);
  }

  #makeReplicas(): Replica[] {
    const { roles, manners } = this.#setup;
    const processes = [...roles].flatMap(([validator, role]) =>
      Array.from({ length: role === 'faulty' ? manners.copies : 1 }, () => ({ validator, role })),
    );
    const mirrored = this.#choices.setup.below(2 * processes.length) - processes.length;
    return processes.map(
      ({ validator, role }, index) =>
        new Replica({
          index,
          validator,
          role,
          genesis: this.#blocks.genesis,
          signatures: this.#signatures,
          mutant: this.#mutant,
          forgetful: role === 'faulty' && manners.forgetful,
          mirrored: index === mirrored,
          isFaulty: account => roles.get(account) === 'faulty',
        }),
    );
  }

  run(): Report {
    this.#plan();
    for (const replica of this.#replicas) this.#begin(replica);
    const end = this.#setup.healAt + TIME_AFTER_HEAL;
    while (!this.#finished) {
      const happening = this.#agenda.next();
      if (happening === undefined) throw new Violation('liveness', 'nothing is left to happen');
      if (++this.#events > MAX_EVENTS) throw new Violation('liveness', 'too many events');
      if (this.#agenda.now > end) this.#timeIsOver();
      else this.#happen(happening);
    }
    return {
      events: this.#events,
      heights: Math.max(...this.#replicas.map(({ disk }) => disk.chain.length)),
      evidence: this.#judge.evidence,
      forked: this.#judge.forked,
      refusals: this.#refusals,
      fingerprint: this.#fingerprint,
    };
  }

  /** With more than a third faulty nobody promises that the chain goes on. */
  #timeIsOver(): void {
    if (!this.#setup.overrun)
      throw new Violation(
        'liveness',
        `decided ${this.#replicas.map(({ disk }) => disk.chain.length)}, ${this.#heightAtHeal} at heal`,
      );
    this.#finished = true;
  }

  /** Partitions, power cuts, and the end of the faulty: now and then. */
  #plan(): void {
    const { network, crash } = this.#choices;
    const { healAt, overrun } = this.#setup;
    const least = (overrun ? 15 : 1) * DELAY;
    const first = network.next() * (overrun ? 1 : 10) * DELAY;
    for (let time = first; time < healAt; time += least + network.next() * 15 * DELAY)
      this.#agenda.at(time, { kind: 'partition' });
    if (crash.chance(0.2)) this.#agenda.at(crash.next() * healAt, { kind: 'power cut' });
    if (!overrun && crash.chance(0.3)) this.#agenda.at(crash.next() * healAt, { kind: 'faulty leave' });
    this.#agenda.at(healAt, { kind: 'heal' });
  }

  #happen(happening: Happening): void {
    switch (happening.kind) {
      case 'input':
        if (this.#isThere(happening)) this.#feed(happening.to, happening.input);
        return;
      case 'message':
        this.#receive(happening.from, happening.to, happening.message);
        return;
      case 'judge':
        if (this.#isThere(happening)) this.#giveVerdict(happening.to, happening.asked);
        return;
      case 'restart':
        this.#restart(happening.to);
        return;
      case 'partition':
        this.#divide();
        return;
      case 'power cut':
        this.#say('power cut');
        for (const replica of this.#replicas) if (replica.up) this.#crash(replica);
        return;
      case 'faulty leave':
        this.#say('the faulty leave');
        for (const replica of this.#replicas) if (replica.isFaulty) replica.gone = true;
        return;
      case 'heal':
        this.#say('the network heals');
        this.#sides = null;
        this.#heightAtHeal = Math.max(...this.#replicas.map(({ disk }) => disk.chain.length));
    }
  }

  #isThere({ to, incarnation }: Extract<Happening, { incarnation: number }>): boolean {
    return to.up && !to.gone && to.incarnation === incarnation;
  }

  /** Where too many are faulty, their copies stand on both sides: that is how a chain forks. */
  #divide(): void {
    const { network } = this.#choices;
    const side = ({ index }: Replica): number => (this.#setup.overrun ? index % 2 : network.below(2));
    this.#sides = network.chance(0.7) ? this.#replicas.map(side) : null;
    this.#say(this.#sides === null ? 'no partition' : `partition ${this.#sides.join(' ')}`);
  }

  #say(line: string): void {
    this.#tell?.(`${this.#names.time(this.#agenda.now)} ${line}`);
  }

  #note(what: number): void {
    this.#fingerprint = Math.imul(this.#fingerprint ^ what, 0x01000193) >>> 0;
  }

  get #isHealed(): boolean {
    return this.#agenda.now >= this.#setup.healAt;
  }

  /** Gives one input to a replica and carries the effects out; the process may die before any of them. */
  #feed(replica: Replica, input: Input): void {
    const { crash } = this.#choices;
    if (input.height !== replica.state.options.height) return;
    if (this.#tell !== undefined) this.#sayInput(replica, input);
    if (!replica.isFaulty && this.#setup.overrun) this.#show(input);
    const effects = replica.take(input);
    if (input.kind === 'timeout' && input.timer === 'retransmit') this.#showHeight(replica);
    this.#note(effects.length * 64 + replica.index);
    const isCrashing = !this.#isHealed && crash.chance(this.#setup.crashRate);
    const last = isCrashing ? crash.below(effects.length + 1) : effects.length;
    let decided = false;
    for (let index = 0; index < last; index++) {
      const effect = effects[index];
      if (effect === undefined) break;
      if (this.#tell !== undefined) this.#say(`    ${this.#names.effect(effect)}`);
      this.#carryOut(replica, effect);
      decided ||= effect.kind === 'decide';
    }
    if (isCrashing) this.#crash(replica);
    else if (decided && !replica.gone) {
      replica.enter();
      this.#checkFinished();
      this.#begin(replica);
    }
  }

  #sayInput(replica: Replica, input: Input): void {
    const { round, step } = replica.state;
    const place = `r${replica.index} ${this.#names.validator(replica.validator)} ${input.height}/${round}`;
    this.#say(`${place} ${step} <- ${this.#names.input(input)}`);
  }

  /** Signatures that an honest node takes in can be held against their authors. */
  #show(input: Input): void {
    if (input.kind === 'vote') this.#judge.sees([input.vote]);
    if (input.kind === 'certificate') this.#judge.sees(input.certificate.signatures);
    if (input.kind === 'proposal' && input.polka !== null) this.#judge.sees(input.polka.signatures);
  }

  #carryOut(replica: Replica, effect: Effect): void {
    switch (effect.kind) {
      case 'persist':
        replica.disk.record = effect.record;
        return;
      case 'timer': {
        const { timer, height, round } = effect;
        const grown = timer === 'retransmit' ? 0 : DELAY * Math.min(round, 20);
        this.#later(replica, TIMEOUTS[timer] + grown, { kind: 'timeout', timer, height, round });
        return;
      }
      case 'evidence':
        this.#judge.accused(effect.evidence);
        return;
      case 'propose-value': {
        const { height, round } = effect;
        const wrong = replica.isFaulty && this.#choices.lie.chance(0.2);
        const value = this.#newValue(replica, wrong);
        this.#later(replica, this.#thinking(), { kind: 'value', height, round, value });
        return;
      }
      case 'validate': {
        const { incarnation } = replica;
        const happening = { kind: 'judge', to: replica, incarnation, asked: effect } as const;
        this.#agenda.at(this.#agenda.now + this.#thinking(), happening);
        return;
      }
      case 'send':
        this.#send(replica, effect.message);
        return;
      case 'decide':
        this.#decide(replica, effect);
    }
  }

  #newValue(replica: Replica, wrong: boolean): Value {
    const { tip, validator, disk } = replica;
    const lastCommit = disk.chain.at(-1)?.certificate ?? null;
    const deterministic = replica.options.role !== 'drifting';
    return this.#blocks.propose({ tip, proposer: validator, lastCommit, wrong, deterministic });
  }

  #giveVerdict(replica: Replica, { height, value }: Asked): void {
    if (height !== replica.state.options.height) return;
    const deterministic = replica.options.role !== 'drifting';
    const reason =
      this.#mutant.credulous === true ? null : this.#blocks.judge(replica.tip, value, deterministic);
    if (reason !== null) {
      this.#refusals.set(reason, (this.#refusals.get(reason) ?? 0) + 1);
      this.#say(`r${replica.index} refuses ${this.#names.block(value.hash)}: ${reason}`);
    }
    this.#feed(replica, { kind: 'verdict', height, blockHash: value.hash, valid: reason === null });
  }

  /** A node whose own execution gives something else than what is final stops, and says so. */
  #decide(replica: Replica, { height, value, certificate }: Extract<Effect, { kind: 'decide' }>): void {
    if (!replica.isFaulty) this.#judge.decides(height, value, certificate);
    if (this.#judge.forked) this.#finished = true;
    const { disk, tip } = replica;
    if (replica.options.role === 'drifting' && this.#blocks.judge(tip, value, false) !== null) {
      this.#say(`r${replica.index} stops: its execution of what is final differs`);
      replica.gone = true;
      return;
    }
    disk.chain.push({ value, certificate });
    disk.tips.push(this.#blocks.apply(tip, value));
  }

  #thinking(): number {
    const { application } = this.#choices;
    return application.chance(0.3) ? application.next() * DELAY : 0;
  }

  /** The height begins with work or with time; some only begin when they hear of it. */
  #begin(replica: Replica): void {
    const { application } = this.#choices;
    const { height } = replica.state.options;
    if (replica.state.restored) {
      this.#feed(replica, { kind: 'start', height });
      return;
    }
    const wait = application.chance(0.2) ? application.next() * 20 * DELAY : application.next() * DELAY;
    this.#later(replica, wait, { kind: 'start', height });
    const early = replica.early.filter(input => input.height === height);
    replica.early = [];
    for (const input of early) this.#later(replica, 0, input);
  }

  #checkFinished(): void {
    if (!this.#isHealed) return;
    const enough = Math.max(LEAST_HEIGHTS, this.#heightAtHeal + HEIGHTS_AFTER_HEAL);
    this.#finished ||= this.#replicas.every(
      ({ options, disk }) => options.role !== 'honest' || disk.chain.length >= enough,
    );
  }

  #crash(replica: Replica): void {
    const { crash } = this.#choices;
    this.#say(`r${replica.index} crashes`);
    replica.up = false;
    replica.incarnation++;
    this.#note(0x7fff + replica.index);
    const mayLose = replica.options.role === 'careless' || (this.#setup.overrun && replica.isFaulty);
    if (crash.chance(mayLose ? 0.5 : 0)) replica.loseLastBlock();
    this.#agenda.at(this.#agenda.now + crash.next() * 20 * DELAY, { kind: 'restart', to: replica });
  }

  #restart(replica: Replica): void {
    this.#say(`r${replica.index} starts again`);
    replica.restart();
    if (this.#mutant.sleepy === true && replica.state.restored) return;
    this.#begin(replica);
  }

  #later(replica: Replica, wait: number, input: Input): void {
    const { incarnation } = replica;
    this.#agenda.at(this.#agenda.now + wait, { kind: 'input', to: replica, incarnation, input });
  }

  #send(replica: Replica, message: CoreMessage): void {
    const { lie } = this.#choices;
    const { tip } = replica;
    this.#liar.learn(message);
    this.#judge.sends(replica.validator, message, tip);
    replica.hasSent();
    const isLying = replica.isFaulty && lie.chance(this.#setup.manners.lieRate);
    for (const to of this.#replicas) {
      if (to === replica || to.validator === replica.validator) continue;
      const told = isLying ? this.#lie(replica, message, tip.voters[1]) : message;
      if (told === null) continue;
      if (told !== message) this.#judge.sends(replica.validator, told, tip);
      this.#transmit(replica, to, told);
    }
  }

  /** Validators show where they are with every message; those that only follow have nothing else to send. */
  #showHeight(replica: Replica): void {
    const { height, signer } = replica.state.options;
    if (signer !== null) return;
    for (const to of this.#replicas)
      if (to.validator !== replica.validator) this.#transmit(replica, to, { kind: 'status', height });
  }

  #lie(replica: Replica, message: CoreMessage, voters: ValidatorSet): CoreMessage | null {
    const newValue = (): Value => this.#newValue(replica, this.#choices.lie.chance(0.2));
    return this.#liar.tell(message, replica.validator, voters, newValue);
  }

  #transmit(from: Replica, to: Replica, message: Message): void {
    const { network } = this.#choices;
    const { now } = this.#agenda;
    const happening = { kind: 'message', from, to, message } as const;
    if (this.#isHealed) {
      this.#agenda.at(now + 1 + network.next() * DELAY * 0.9, happening);
      return;
    }
    const sides = this.#sides;
    if ((sides !== null && sides[from.index] !== sides[to.index]) || network.chance(0.05)) return;
    const longest = network.chance(0.1) ? 12 * DELAY : DELAY;
    this.#agenda.at(now + 1 + network.next() * longest, happening);
    if (network.chance(0.02)) this.#agenda.at(now + network.next() * 10 * DELAY, happening);
  }

  #receive(from: Replica, to: Replica, message: Message): void {
    if (!to.up || to.gone) return;
    const height = heightOf(message);
    const own = to.state.options.height;
    this.#note(height * 32 + to.index);
    if (height < own) this.#help(to, from, height);
    if (height < own || height > own + 1 || message.kind === 'status') return;
    if (from.isFaulty && !this.#isAuthentic(message, from, to)) return;
    const input = inputOf(message);
    if (height === own) this.#feed(to, input);
    else if (to.early.length < 16 * this.#replicas.length) to.early.push(input);
  }

  /** A peer at a lower height gets the certificate and the block. */
  #help(from: Replica, to: Replica, height: number): void {
    const decision = from.disk.chain[height - this.#blocks.genesis.height - 1];
    if (decision !== undefined && to.state.options.height === height)
      this.#transmit(from, to, { kind: 'commit', ...decision });
  }

  /** A message for the next height is held against the voters that its sender knows. */
  #isAuthentic(message: HeightMessage, from: Replica, to: Replica): boolean {
    const { committee } = heightOf(message) === to.committee.height ? to : from;
    const trusting = this.#mutant.trusting === true;
    return isAuthentic(message, { committee, signatures: this.#signatures, trusting });
  }
}
