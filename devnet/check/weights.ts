/** Whether calls take about the time that they weigh: one unit is about a microsecond (spec section 6). */
import {
  type ComplianceCheck,
  ComplianceError,
  createHost,
  type Subject,
} from '../../consensus/compliance/index.ts';
import type { ConsensusModule, Method } from '../../consensus/interface/index.ts';
import { createChain } from '../testing/index.ts';

/** Runs of each history; the fastest run of a call counts, as nothing else on the machine makes it faster. */
const RUNS = 12;
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

function checkTimes(subject: Subject): void {
  const slowness = machineSlowness();
  for (const sample of subject.samples) {
    const times = new Map<string, { readonly method: string; readonly weight: number; least: number }>();
    for (let run = 0; run < RUNS; run++) {
      let place = 0;
      const timed = timedModule(subject.module, (method, weight, microseconds) => {
        const key = `${place++}`;
        const known = times.get(key);
        if (known === undefined) times.set(key, { method, weight, least: microseconds });
        else known.least = Math.min(known.least, microseconds);
      });
      const host = createHost({ module: timed, params: subject.params, world: sample.world });
      for (const step of sample.steps) {
        if (step.kind === 'epoch') host.nextEpoch();
        else host.call(step);
      }
    }
    for (const { method, weight, least } of times.values())
      if (least > FLOOR + RATIO * slowness * weight)
        throw new ComplianceError(
          'BAD_WEIGHT',
          `${sample.name}: ${method} weighs ${weight} and takes ${Math.round(least)} microseconds here, where a transfer (${TRANSFER}) takes ${Math.round(slowness * TRANSFER)}`,
        );
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
