/** Whether calls take about the time that they weigh: one unit is about a microsecond (spec section 6). */
import {
  type ComplianceCheck,
  ComplianceError,
  createHost,
  type Subject,
} from '../../consensus/compliance/index.ts';
import type { ConsensusModule, Method } from '../../consensus/interface/index.ts';
import { createChain } from '../testing/chain.ts';

/** Runs of each history; the fastest run of a call counts, as nothing else on the machine makes it faster. */
const RUNS = 12;
/** What is still too slow after so many runs, and this much processor time in microseconds, is not measured further. */
const FEW_RUNS = 2;
const ENOUGH = 1_000_000;
/** A machine may be slower than another, a first run slower than the next: this much is no lie yet. */
const RATIO = 20;
/** Microseconds that a call may take whatever it weighs: clocks and collectors are no finer. */
const FLOOR = 300;
/** What a transfer weighs. */
const TRANSFER = 100;

export const weightCheck = (subject: Subject): ComplianceCheck => ({
  name: 'takes about as long as it weighs',
  run: () => checkTimes(subject),
});

interface Timed {
  readonly method: string;
  readonly weight: number;
  /** Microseconds of its fastest run. */
  least: number;
}

function checkTimes(subject: Subject): void {
  const slowness = machineSlowness();
  const isSlow = ({ weight, least }: Timed): boolean => least > FLOOR + RATIO * slowness * weight;
  for (const sample of subject.samples) {
    const times: Timed[] = [];
    const begun = process.cpuUsage();
    for (let run = 0; run < RUNS; run++) {
      measure(subject, sample, times);
      const { user, system } = process.cpuUsage(begun);
      if (!times.some(isSlow) || (run + 1 >= FEW_RUNS && user + system > ENOUGH)) break;
    }
    const slow = times.find(isSlow);
    if (slow !== undefined)
      throw new ComplianceError(
        'BAD_WEIGHT',
        `${sample.name}: ${slow.method} weighs ${slow.weight} and takes ${Math.round(slow.least)} microseconds here, where a transfer (${TRANSFER}) takes ${Math.round(slowness * TRANSFER)}`,
      );
  }
}

/** Runs a history once and keeps the fastest time of each of its calls, by their order. */
function measure(subject: Subject, sample: Subject['samples'][number], times: Timed[]): void {
  let place = 0;
  const timed = timedModule(subject.module, (method, weight, microseconds) => {
    const known = times[place++];
    if (known === undefined) times.push({ method, weight, least: microseconds });
    else known.least = Math.min(known.least, microseconds);
  });
  const host = createHost({ module: timed, params: subject.params, world: sample.world });
  for (const step of sample.steps) {
    if (step.kind === 'epoch') host.nextEpoch();
    else host.call(step);
  }
}

type Report = (method: string, weight: number, microseconds: number) => void;

function timedModule(module: ConsensusModule, report: Report): ConsensusModule {
  const calls = Object.entries(module.calls).map(([name, method]: [string, Method<unknown>]) => [
    name,
    {
      ...method,
      apply(...args: Parameters<typeof method.apply>) {
        const weight = method.weight(args[2].args);
        const before = process.cpuUsage();
        try {
          return method.apply(...args);
        } finally {
          const { user, system } = process.cpuUsage(before);
          report(name, weight, user + system);
        }
      },
    },
  ]);
  return { ...module, calls: Object.fromEntries(calls) };
}

/** How much slower than its weight says a transfer runs here; 1 on a machine that is fast enough. */
function machineSlowness(): number {
  const chain = createChain({ checkInvariants: false });
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS * 4; run++) {
    const before = process.cpuUsage();
    chain.transfer('alice', 'bob', 1n);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, user + system);
  }
  return Math.max(1, least / TRANSFER);
}
