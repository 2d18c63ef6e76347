/**
 * One seed, one schedule: validators on the real core, a hostile network, crashes between any two effects, twins and
 * a liar, in virtual time. Ends when every honest validator has decided enough, or with a {@link Violation}.
 */
import type { Commit, ValidatorSet } from '../../../chain/index.ts';
import type { Account, Hex } from '../../../consensus/interface/index.ts';
import { certificateProblem, committeeOf } from '../../../node/ordering/certificate.ts';
import type { Vote } from '../../../node/ordering/messages.ts';
import { proposerAt } from '../../../node/ordering/proposer.ts';
import type {
  CoreMessage,
  Effect,
  Input,
  TimerName,
  Value,
} from '../../../node/ordering/tendermint/types.ts';
import { createEvents } from './events.ts';
import { createJudge, Violation } from './judge.ts';
import { createLies } from './liar.ts';
import { type Mutant, SOUND } from './mutants.ts';
import { createRandom } from './random.ts';
import {
  blockNamed,
  createReplica,
  openNext,
  positionOf,
  type Replica,
  restart,
  stepReplica,
} from './replica.ts';

export interface Scenario {
  readonly seed: number;
  readonly mutant?: Mutant;
  /** Validators; 4 unless told. */
  readonly nodes?: number;
}

export interface Report {
  readonly events: number;
  readonly heights: number;
  readonly evidence: number;
  /** Of everything that happened, in order. */
  readonly trace: number;
}

/** Time unit of the simulation: the longest delay of a good network. */
const DELAY = 100;
const TIMEOUTS: { readonly [timer in TimerName]: number } = {
  propose: 3 * DELAY,
  prevote: 2 * DELAY,
  precommit: 2 * DELAY,
  retransmit: 5 * DELAY,
};
/** Heights that every honest node must decide after the network heals, and the time it has for them. */
const HEIGHTS_AFTER_HEAL = 2;
const TIME_AFTER_HEAL = 600 * DELAY;
const MAX_EVENTS = 400_000;

type Message = CoreMessage | { readonly kind: 'commit'; readonly certificate: Commit; readonly value: Value };

export function simulate({ seed, mutant = SOUND, nodes = 4 }: Scenario): Report {
  const random = createRandom(seed);
  const events = createEvents();
  const healAt = (10 + random.below(45)) * DELAY;
  /** Per list of effects. */
  const crashRate = random.pick([0, 0.005, 0.01, 0.05]) ?? 0;
  const validators = randomValidators();
  const faulty = randomFaulty();
  const bad = new Set<Hex>();
  const judge = createJudge(
    validators,
    validator => !faulty.has(validator),
    blockHash => !bad.has(blockHash),
  );
  const newValue = (isBad: boolean): Value => {
    const hash = blockNamed(++blocks);
    if (isBad) bad.add(hash);
    return { hash, bytes: Uint8Array.of(blocks & 0xff) };
  };
  const lies = createLies(random, validators, newValue);
  let blocks = 0;
  let count = 0;
  let trace = 0x811c9dc5;
  /** Side of each replica; two that are on different sides hear nothing of each other. */
  let sides: readonly number[] | null = null;
  let heightsAtHeal = 0;
  let finished = false;

  const optionsOf = ({ index, validator, faulty }: Pick<Replica, 'index' | 'validator' | 'faulty'>) => ({
    index,
    validator,
    faulty,
    validators,
    mutant,
  });
  const replicas: Replica[] = [];
  for (const { validator } of validators)
    for (let copy = 0; copy < (faulty.has(validator) ? 2 : 1); copy++)
      replicas.push(
        createReplica(optionsOf({ index: replicas.length, validator, faulty: faulty.has(validator) })),
      );

  function randomValidators(): ValidatorSet {
    const weighted = random.chance(0.2);
    return Array.from({ length: nodes }, (_, index) => ({
      validator: blockNamed(0xa0 + index),
      power: weighted ? 1 + random.below(3) : 1,
    }));
  }

  /** As many validators as less than a third of the power allows, in most schedules. */
  function randomFaulty(): ReadonlySet<Account> {
    const total = validators.reduce((sum, { power }) => sum + power, 0);
    const chosen = new Set<Account>();
    let power = 0;
    if (random.chance(0.35)) return chosen;
    const first = random.below(nodes);
    for (let offset = 0; offset < nodes; offset++) {
      const candidate = validators[(first + offset) % nodes];
      if (candidate === undefined || (power + candidate.power) * 3 >= total) continue;
      chosen.add(candidate.validator);
      power += candidate.power;
    }
    return chosen;
  }

  function note(what: number): void {
    trace = Math.imul(trace ^ what, 0x01000193) >>> 0;
  }

  /** Gives one input to a replica and carries the effects out; the process may die before any of them. */
  function feed(replica: Replica, input: Input): void {
    const { height } = replica.state.options;
    const effects = stepReplica(replica, input, mutant);
    note(effects.length * 64 + replica.index);
    const position = positionOf(replica.state);
    if (position < replica.position)
      throw new Violation(`replica ${replica.index} went back from a later step`);
    replica.position = position;
    const crashBefore =
      events.now < healAt && random.chance(crashRate)
        ? random.below(effects.length + 1)
        : Number.POSITIVE_INFINITY;
    for (const [index, effect] of effects.entries()) {
      if (index === crashBefore) {
        crash(replica);
        return;
      }
      carryOut(replica, effect);
    }
    if (crashBefore === effects.length) crash(replica);
    else if (replica.state.options.height !== height) enter(replica);
  }

  function carryOut(replica: Replica, effect: Effect): void {
    switch (effect.kind) {
      case 'persist':
        replica.disk.record = effect.record;
        break;
      case 'timer': {
        const { timer, height, round } = effect;
        const grown = timer === 'retransmit' ? 0 : DELAY * Math.min(round, 20);
        later(replica, TIMEOUTS[timer] + grown, () =>
          feed(replica, { kind: 'timeout', timer, height, round }),
        );
        break;
      }
      case 'evidence':
        judge.accused(effect.evidence);
        break;
      case 'propose-value': {
        const { height, round } = effect;
        const value = newValue(replica.faulty && random.chance(0.2));
        later(replica, thinking(), () => feed(replica, { kind: 'value', height, round, value }));
        break;
      }
      case 'validate': {
        const { height, value } = effect;
        const verdict = {
          kind: 'verdict',
          height,
          blockHash: value.hash,
          valid: !bad.has(value.hash),
        } as const;
        later(replica, thinking(), () => feed(replica, verdict));
        break;
      }
      case 'send':
        replica.floor = Math.max(replica.floor, replica.position);
        send(replica, effect.message);
        break;
      case 'decide':
        if (!replica.faulty) judge.decided(effect.height, effect.value.hash, effect.certificate);
        replica.disk.chain.push({ value: effect.value, certificate: effect.certificate });
        openNext(replica, optionsOf(replica));
    }
  }

  const thinking = (): number => (random.chance(0.7) ? 0 : random.next() * DELAY);

  /** The height begins with work or with time; some only begin when they hear of it. */
  function enter(replica: Replica): void {
    const height = replica.disk.chain.length + 1;
    heightsReached = Math.max(heightsReached, height);
    checkFinished();
    const wait = random.chance(0.8) ? random.next() * DELAY : random.next() * 20 * DELAY;
    later(replica, wait, () => feed(replica, { kind: 'start', height }));
    const early = replica.early.filter(input => input.height === height);
    replica.early = [];
    for (const input of early) later(replica, 0, () => feed(replica, input));
  }

  function crash(replica: Replica): void {
    replica.up = false;
    replica.incarnation++;
    note(0x7fff + replica.index);
    events.at(events.now + random.next() * 20 * DELAY, () => {
      restart(replica, optionsOf(replica));
      if (replica.position < replica.floor)
        throw new Violation(`replica ${replica.index} forgot a step it had taken`);
      if (replica.state.restored) feed(replica, { kind: 'start', height: replica.state.options.height });
      else enter(replica);
    });
  }

  /** Runs unless the replica has crashed meanwhile. */
  function later(replica: Replica, wait: number, run: () => void): void {
    const { incarnation } = replica;
    events.at(events.now + wait, () => {
      if (replica.up && !replica.gone && replica.incarnation === incarnation) run();
    });
  }

  function send(replica: Replica, message: CoreMessage): void {
    if (message.kind !== 'vote') lies.learn(message.value);
    register(replica, message);
    const lying = replica.faulty && random.chance(0.3);
    for (const to of replicas) {
      if (to === replica || to.validator === replica.validator) continue;
      const told = lying ? lies.tell(message) : message;
      if (told === null) continue;
      if (told !== message) register(replica, told);
      transmit(replica, to, told);
    }
  }

  /** Notes what the replica signed. Votes of others that it passes on, or claims to pass on, are not its own. */
  function register(replica: Replica, message: CoreMessage): void {
    if (message.kind === 'proposal') judge.signed(message.proposal, !replica.faulty);
    if (message.kind === 'vote' && message.vote.validator === replica.validator)
      judge.signed(message.vote, !replica.faulty);
  }

  function transmit(from: Replica, to: Replica, message: Message): void {
    if (events.now >= healAt) {
      events.at(events.now + 1 + random.next() * DELAY * 0.9, () => receive(from, to, message));
      return;
    }
    if ((sides !== null && sides[from.index] !== sides[to.index]) || random.chance(0.05)) return;
    const wait = random.chance(0.1) ? random.next() * 12 * DELAY : random.next() * DELAY;
    events.at(events.now + 1 + wait, () => receive(from, to, message));
    if (random.chance(0.02))
      events.at(events.now + random.next() * 10 * DELAY, () => receive(from, to, message));
  }

  function receive(from: Replica, to: Replica, message: Message): void {
    if (!to.up || to.gone) return;
    const height = heightOf(message);
    const own = to.state.options.height;
    note(height * 32 + to.index);
    if (height < own) help(to, from, height);
    if (height < own || height > own + 1 || (from.faulty && !isAuthentic(message))) return;
    const input = inputOf(message);
    if (height === own) feed(to, input);
    else if (to.early.length < 16 * nodes) to.early.push(input);
  }

  /** A peer at a lower height gets the certificate and the block. */
  function help(from: Replica, to: Replica, height: number): void {
    const decision = from.disk.chain[height - 1];
    if (decision !== undefined && to.state.options.height === height)
      transmit(from, to, { kind: 'commit', ...decision });
  }

  /** What the engine verifies before the core sees a message. */
  function isAuthentic(message: Message): boolean {
    if (message.kind === 'vote') return judge.wasSigned(message.vote);
    if (message.kind === 'polka') return certificateHolds(message.certificate, 'prevote');
    if (message.kind === 'commit') return certificateHolds(message.certificate, 'precommit');
    const { proposal, polka } = message;
    const turn = proposerAt(validators, proposal.height, proposal.round) === proposal.proposer;
    return turn && judge.wasProposed(proposal) && (polka === null || certificateHolds(polka, 'prevote'));
  }

  function certificateHolds(certificate: Commit, kind: Vote['kind']): boolean {
    if (mutant.trusting === true) return true;
    const { height, round, blockHash, signatures } = certificate;
    const committee = committeeOf('simulation', height, validators, turn =>
      proposerAt(validators, height, turn),
    );
    return (
      certificateProblem(certificate, committee) === undefined &&
      signatures.every(({ validator }) => judge.wasSigned({ kind, height, round, blockHash, validator }))
    );
  }

  let heightsReached = 1;
  function checkFinished(): void {
    if (events.now < healAt) return;
    finished = replicas.every(
      ({ faulty, disk }) => faulty || disk.chain.length >= Math.max(3, heightsAtHeal + HEIGHTS_AFTER_HEAL),
    );
  }

  function schedulePartitions(): void {
    for (let time = random.next() * 10 * DELAY; time < healAt; time += DELAY + random.next() * 15 * DELAY)
      events.at(time, () => {
        sides = random.chance(0.3) ? null : replicas.map(() => random.below(2));
      });
    events.at(healAt, () => {
      sides = null;
      heightsAtHeal = Math.max(...replicas.map(({ disk }) => disk.chain.length));
    });
  }

  /** Now and then everybody loses power at once, and sometimes a faulty validator never comes back. */
  function scheduleOutages(): void {
    if (random.chance(0.2))
      events.at(random.next() * healAt, () => {
        for (const replica of replicas) if (replica.up) crash(replica);
      });
    if (random.chance(0.3))
      events.at(random.next() * healAt, () => {
        for (const replica of replicas) if (replica.faulty) replica.gone = true;
      });
  }

  schedulePartitions();
  scheduleOutages();
  for (const replica of replicas) enter(replica);
  while (!finished && events.runNext()) {
    if (++count > MAX_EVENTS) throw new Violation('liveness: too many events');
    if (events.now > healAt + TIME_AFTER_HEAL)
      throw new Violation(
        `liveness: decided ${replicas.map(({ disk }) => disk.chain.length)}, ${heightsAtHeal} at heal`,
      );
  }
  if (!finished) throw new Violation('liveness: nothing is left to happen');
  return { events: count, heights: heightsReached - 1, evidence: judge.evidence, trace };
}

function heightOf(message: Message): number {
  if (message.kind === 'vote') return message.vote.height;
  return message.kind === 'proposal' ? message.proposal.height : message.certificate.height;
}

function inputOf(message: Message): Input {
  const height = heightOf(message);
  if (message.kind === 'vote') return { kind: 'vote', height, vote: message.vote };
  if (message.kind === 'proposal') {
    const { proposal, value, polka } = message;
    return { kind: 'proposal', height, proposal, value, polka };
  }
  const { certificate, value } = message;
  return {
    kind: 'certificate',
    height,
    of: message.kind === 'polka' ? 'prevote' : 'precommit',
    certificate,
    value,
  };
}
