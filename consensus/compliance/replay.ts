import { ComplianceError } from './error.ts';
import { createHost, type Host } from './host.ts';
import type { CallStep, Sample, Subject } from './world.ts';

export interface Replay {
  readonly host: Host;
  /** Equal for equal outcomes, byte by byte. */
  readonly text: string;
}

export interface ReplayOptions {
  readonly guard?: <T>(work: () => T) => T;
  /** Runs each call that is not repeatable a second time. */
  readonly twice?: boolean;
}

/** Runs a sample from the beginning; throws UNEXPECTED if a step does not end as the sample says. */
export function replay(
  subject: Subject,
  sample: Sample,
  { guard, twice = false }: ReplayOptions = {},
): Replay {
  const { module, params } = subject;
  const host = createHost({ module, params, world: sample.world, ...(guard === undefined ? {} : { guard }) });
  for (const [index, step] of sample.steps.entries()) {
    if (step.kind === 'epoch') host.nextEpoch();
    else {
      expectResult(host, step, `${sample.name}, step ${index}`);
      if (twice && step.expect === 'ok' && step.repeatable !== true) host.call(step);
    }
  }
  return { host, text: host.trace.join('\n') };
}

function expectResult(host: Host, step: CallStep, where: string): void {
  const result = host.call(step);
  const got = result.ok ? 'ok' : result.code;
  if (step.expect !== undefined && got !== step.expect)
    throw new ComplianceError('UNEXPECTED', `${where}: ${got} instead of ${step.expect}`);
}

/** What two fresh processes must agree on: the text of every outcome of every sample. */
export const replayAll = (subject: Subject): string =>
  subject.samples.map(sample => `${sample.name}\n${replay(subject, sample).text}`).join('\n\n');
