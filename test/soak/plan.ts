/** Who is killed when: drawn from a seed before anything starts, so that a run can be named and its choices repeated. */
import { seededRandom } from '../../p2p/environment.ts';

/** A kind of message that a validator signs. */
export const SIGNED = ['proposal', 'prevote', 'precommit'] as const;
export type Signed = (typeof SIGNED)[number];

/** What the killer waits for. Milliseconds count from the moment at which the cluster was whole again. */
export type Moment =
  | { readonly kind: 'delay'; readonly ms: number }
  /** The first victim sends such a message. */
  | { readonly kind: 'message'; readonly signed: Signed }
  /** A height is decided, so that the victims write the block; so much later. */
  | { readonly kind: 'commit'; readonly ms: number }
  /** The first victim has just answered that it accepted a transaction. */
  | { readonly kind: 'accepted' }
  /** A module has just answered a paid call. */
  | { readonly kind: 'answered' };

/** When the first victim is killed again after its restart. */
export type Again =
  | { readonly kind: 'starting'; readonly ms: number }
  | { readonly kind: 'ready'; readonly ms: number }
  /** It stays away for so many blocks, and dies again while it fetches them. */
  | { readonly kind: 'syncing'; readonly blocks: number };

export interface Act {
  /** Indices of nodes, killed at once. */
  readonly victims: readonly number[];
  readonly moment: Moment;
  readonly again: Again | null;
  /** A module server that is killed with them. */
  readonly module: number | null;
}

export interface Plan {
  readonly seed: number;
  readonly acts: readonly Act[];
}

/** Kills of nodes in an act. */
export const killsOf = ({ victims, again }: Act): number => victims.length + (again === null ? 0 : 1);

/** Longest wait before a kill, in milliseconds. */
const DELAY = 1_500;
/** A node needs about this long to start on a loaded machine, in milliseconds. */
const START = 700;
const AFTER_READY = 200;
/** Writing a block takes a few milliseconds. */
const WRITE = 6;

/** Acts with at least `kills` kills of nodes. Everything but the times at which things happen follows from the seed. */
export function planOf(seed: number, kills: number, nodes: number, modules: number): Plan {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(items: readonly [T, ...T[]]): T => items[below(items.length)] ?? items[0];
  const acts: Act[] = [];
  for (let planned = 0; planned < kills; ) {
    const act = drawAct({ nodes, modules, below, pick });
    acts.push(act);
    planned += killsOf(act);
  }
  return { seed, acts };
}

interface Dice {
  readonly nodes: number;
  readonly modules: number;
  readonly below: (limit: number) => number;
  readonly pick: <T>(items: readonly [T, ...T[]]) => T;
}

function drawAct(dice: Dice): Act {
  const { below, pick, modules } = dice;
  const victims = drawVictims(dice);
  const moment = pick<() => Moment>([
    () => ({ kind: 'delay', ms: below(DELAY) }),
    () => ({ kind: 'message', signed: pick(SIGNED) }),
    () => ({ kind: 'commit', ms: below(WRITE) }),
    () => ({ kind: 'accepted' }),
    () => ({ kind: 'answered' }),
  ])();
  const again = below(2) === 0 ? null : drawAgain(dice, victims.length);
  const module = moment.kind === 'answered' || below(4) === 0 ? below(modules) : null;
  return { victims, moment, again, module };
}

/** Mostly one; two stop the agreement, all of them leave nobody who remembers anything. */
function drawVictims({ nodes, below, pick }: Dice): number[] {
  const count = pick([1, 1, 1, 1, 1, 2, 2, nodes]);
  const first = below(nodes);
  const step = 1 + below(nodes - 1);
  return count === 2
    ? [first, (first + step) % nodes]
    : Array.from({ length: count }, (_, at) => (first + at) % nodes);
}

function drawAgain({ below, pick }: Dice, victims: number): Again {
  const again = pick<() => Again>([
    () => ({ kind: 'starting', ms: below(START) }),
    () => ({ kind: 'ready', ms: below(AFTER_READY) }),
    () => ({ kind: 'syncing', blocks: 10 + below(60) }),
  ])();
  // Without the others there is nothing to fetch.
  return again.kind === 'syncing' && victims > 1 ? { kind: 'ready', ms: below(AFTER_READY) } : again;
}
