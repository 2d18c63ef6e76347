/** Why a module earned what it did: what came in, what each share of it is exactly, and what it was rounded to. */
import type { Step } from './flow.ts';

const WHOLE_BPS = 10_000n;

/** One row of the division of a module's inflow. */
export interface Part {
  /** null for what the module keeps. */
  readonly to: number | null;
  readonly shareBps: number;
  /** Base units, as they were moved. */
  readonly amount: bigint;
  /** In ten-thousandths of a base unit: what is beyond whole units of the exact share. */
  readonly beyond: number;
  /** Whether the row got one of the units that were left over (largest remainder). */
  readonly isUp: boolean;
}

/** The inflow of one module from calls of one epoch, and what became of it. */
export interface Division {
  readonly module: number;
  /** The epoch of the calls, whose links and shares hold. */
  readonly terms: number;
  readonly inflow: bigint;
  /** For calls that it served itself; the rest of the inflow is `shares`. */
  readonly own: bigint;
  /** What parents gave it. */
  readonly shares: readonly { readonly from: number; readonly part: Part }[];
  readonly parts: readonly Part[];
  readonly kept: bigint;
}

/** Of all modules that had an inflow, in the order in which the mechanism shared. */
export function divisionsOf(steps: readonly Step[]): readonly Division[] {
  const byModule = new Map<string, Step[]>();
  for (const step of steps) {
    const name = `${step.terms} ${step.from}`;
    byModule.set(name, [...(byModule.get(name) ?? []), step]);
  }
  const inflows = new Map([...byModule].map(([name, some]) => [name, sumOf(some)]));
  const partOf = (step: Step): Part => roundedPart(step, inflows.get(`${step.terms} ${step.from}`) ?? 0n);
  return [...byModule.values()].flatMap(own => {
    const [first] = own;
    if (first === undefined) return [];
    const { from: module, terms } = first;
    const given = steps.filter(step => step.to === module && step.terms === terms);
    const inflow = sumOf(own);
    return [
      {
        module,
        terms,
        inflow,
        own: inflow - sumOf(given),
        shares: given.map(step => ({ from: step.from, part: partOf(step) })),
        parts: own.map(partOf),
        kept: sumOf(own.filter(({ to }) => to === null)),
      },
    ];
  });
}

const sumOf = (steps: readonly Step[]): bigint => steps.reduce((sum, { amount }) => sum + amount, 0n);

function roundedPart({ to, shareBps, amount }: Step, inflow: bigint): Part {
  const exact = inflow * BigInt(shareBps);
  return {
    to,
    shareBps,
    amount,
    beyond: Number(exact % WHOLE_BPS),
    isUp: amount > exact / WHOLE_BPS,
  };
}

/** In words. */
export function roundingOf({ beyond, isUp }: Part): string {
  if (beyond === 0) return 'none: whole';
  const by = (isUp ? Number(WHOLE_BPS) - beyond : beyond) / Number(WHOLE_BPS);
  return `rounded ${isUp ? 'up' : 'down'} by ${by} of a base unit`;
}
