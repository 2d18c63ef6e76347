/** What a schedule starts from: who votes with how much power, who is faulty and how, and how bad the network is. */
import type { ValidatorSet } from '../../../chain/index.ts';
import type { Account } from '../../../consensus/interface/index.ts';
import { accountNumber } from './blocks.ts';
import type { Random } from './choices.ts';
import { CANDIDATE } from './economy.ts';

/** Time unit of the simulation: the longest delay of a good network. */
export const DELAY = 100;

/**
 * `faulty`: holds the key and does what it likes with it. `drifting`: follows the protocol, but a mechanism of its
 * application is not deterministic. `careless`: follows the protocol, but a crash can take its last block away. The
 * last two never sign twice, yet they count as faults: neither always votes when it should.
 */
export type Role = 'honest' | 'faulty' | 'drifting' | 'careless';

/** What the faulty ones do in this schedule. */
export interface Manners {
  /** Processes that run with one key. */
  readonly copies: 1 | 2;
  /** How many of its messages a faulty one lies about. */
  readonly lieRate: number;
  /** How many messages, of those, it keeps from a recipient: some hear a quorum that others don't. */
  readonly silence: number;
  /** It never locks, and comes back from a crash without its record. */
  readonly forgetful: boolean;
}

export interface Setup {
  readonly initial: ValidatorSet;
  /** Sets that blocks may elect. */
  readonly elections: readonly ValidatorSet[];
  /** Of everyone who may ever vote. */
  readonly roles: ReadonlyMap<Account, Role>;
  readonly manners: Manners;
  /** More than a third of the power is faulty, less than two thirds: agreement may fail, but never unpunished. */
  readonly overrun: boolean;
  readonly isBearable: (set: ValidatorSet) => boolean;
  readonly epochLength: number;
  /** Executions are not shared between nodes. */
  readonly alone: boolean;
  /** Until then the network is hostile. */
  readonly healAt: number;
  /** Crashes per list of effects. */
  readonly crashRate: number;
}

/** Powers of `nodes` validators. Quorums that heads do not show are what a core that ignores weights gets wrong. */
const PATTERNS: readonly ((index: number, nodes: number) => number)[] = [
  () => 1,
  () => 1,
  () => 1,
  index => 1 + (index % 3),
  index => (index === 0 ? 1 : 20),
  (index, nodes) => (index === 0 ? Math.max(2, nodes - 2) : 2),
];
const EQUAL = PATTERNS[0] ?? (() => 1);

export function setUp(random: Random, nodes: number | undefined, kernel: boolean): Setup {
  const count = nodes ?? random.pick([4, 4, 4, 4, 4, 4, 4, 4, 5, 7]) ?? 4;
  const accounts = Array.from({ length: count }, (_, index) => accountNumber(0xa0 + index));
  const initial = weighted(accounts, random.pick(PATTERNS) ?? EQUAL);
  const overrun = random.chance(0.06);
  const roles = new Map<Account, Role>(accounts.map(account => [account, 'honest']));
  const isBearable = (set: ValidatorSet): boolean => {
    const faulty = powerOf(set, account => (roles.get(account) ?? 'honest') !== 'honest');
    return faulty * 3 < powerOf(set, () => true) * (overrun ? 2 : 1);
  };
  if (overrun || random.chance(0.65))
    corrupt(random, initial, roles, isBearable, overrun ? 'faulty' : roleOf(random, kernel));
  const elections = random.chance(0.4) ? electionsOf(random, accounts).filter(isBearable) : [];
  if (kernel || elections.length > 0) roles.set(CANDIDATE, 'honest');
  return {
    initial,
    elections,
    roles,
    overrun,
    isBearable,
    manners: {
      copies: random.chance(0.8) ? 2 : 1,
      lieRate: random.pick(overrun ? [0, 0, 0.1] : [0, 0.3, 0.3, 0.6]) ?? 0,
      silence: random.pick([0.3, 0.3, 0.7]) ?? 0,
      forgetful: random.chance(overrun ? 0.7 : 0.2),
    },
    epochLength: 1 + random.below(2),
    alone: random.chance(0.05),
    healAt: (10 + random.below(45)) * DELAY,
    crashRate: random.pick([0, 0.005, 0.01, 0.05]) ?? 0,
  };
}

function roleOf(random: Random, kernel: boolean): Role {
  if (random.chance(0.15)) return 'careless';
  return random.chance(0.3) && kernel ? 'drifting' : 'faulty';
}

/** Corrupts as many validators as this schedule may bear, from a random one on. */
function corrupt(
  random: Random,
  initial: ValidatorSet,
  roles: Map<Account, Role>,
  isBearable: (set: ValidatorSet) => boolean,
  role: Role,
): void {
  const first = random.below(initial.length);
  for (let offset = 0; offset < initial.length; offset++) {
    const candidate = initial[(first + offset) % initial.length]?.validator;
    if (candidate === undefined) continue;
    roles.set(candidate, role);
    if (!isBearable(initial)) roles.set(candidate, 'honest');
  }
}

/** Other weights, somebody new, somebody gone. */
function electionsOf(random: Random, accounts: readonly Account[]): ValidatorSet[] {
  return Array.from({ length: 3 }, () => {
    const joined = random.chance(0.5) ? [...accounts, CANDIDATE] : accounts;
    const gone = random.chance(0.3) ? random.below(accounts.length) : -1;
    return weighted(
      joined.filter((_, index) => index !== gone),
      random.pick(PATTERNS) ?? EQUAL,
    );
  });
}

const weighted = (
  accounts: readonly Account[],
  power: (index: number, nodes: number) => number,
): ValidatorSet => accounts.map((validator, index) => ({ validator, power: power(index, accounts.length) }));

const powerOf = (set: ValidatorSet, counts: (account: Account) => boolean): number =>
  set.reduce((sum, { validator, power }) => sum + (counts(validator) ? power : 0), 0);
