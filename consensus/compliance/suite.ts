/**
 * The compliance suite of the consensus interface (spec section 6). It depends on no test runner; in mocha:
 *
 *   for (const { name, run } of complianceChecks(subject)) it(name, run);
 */
import {
  CAPABILITIES,
  CodecError,
  type ConsensusModule,
  decode,
  encode,
  INTERFACE_VERSION,
  toHex,
} from '../interface/index.ts';
import { ComplianceError } from './error.ts';
import { garbage } from './garbage.ts';
import { createHost, type Host } from './host.ts';
import { replay } from './replay.ts';
import { withTraps } from './traps.ts';
import type { CallStep, Sample, Subject } from './world.ts';

export interface ComplianceCheck {
  readonly name: string;
  /** Throws {@link ComplianceError}, or what the module itself threw. */
  run(): void | Promise<void>;
}

const DEFAULT_MAX_WEIGHT = 20_000_000;
const GARBAGE_PER_METHOD = 2_000;

export function complianceChecks(subject: Subject): readonly ComplianceCheck[] {
  const { module, samples } = subject;
  return [
    { name: 'tells what it is', run: () => checkInfo(module) },
    { name: 'has a sample for each method', run: () => checkCoverage(subject) },
    ...samples.map(sample => ({
      name: `${sample.name}: ends as expected and conserves value`,
      run: () => void replay(subject, sample),
    })),
    { name: 'uses no clock, no randomness and nothing asynchronous', run: () => checkSources(subject) },
    { name: 'gives the same outcomes again, in any order of histories', run: () => checkMemory(subject) },
    { name: 'pays nothing for an identical call', run: () => checkReplays(subject) },
    { name: 'leaves arguments and parameters alone', run: () => checkFrozen(subject) },
    { name: 'weighs every call with a positive integer within the limit', run: () => checkWeights(subject) },
    ...Object.keys(module.calls).map(name => ({
      name: `${name}: answers garbage with a CodecError or an outcome`,
      run: () => checkGarbage(subject, name),
    })),
    ...Object.keys(module.queries ?? {}).map(name => ({
      name: `query ${name}: answers garbage with a CodecError or a result`,
      run: () => checkQuery(subject, name),
    })),
  ];
}

function checkInfo({ info, params, calls }: ConsensusModule): void {
  const wrong = (message: string) => new ComplianceError('BAD_INFO', message);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(info.name))
    throw wrong(`${info.name} is not lower-case words joined by dashes`);
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(info.version))
    throw wrong(`${info.version} is not a semantic version`);
  if (info.interfaceVersion !== INTERFACE_VERSION) throw wrong(`made for interface ${info.interfaceVersion}`);
  if (!Number.isSafeInteger(info.stateVersion) || info.stateVersion < 0)
    throw wrong('stateVersion is no integer');
  const unknown = info.requires.find(capability => !CAPABILITIES.includes(capability));
  if (unknown !== undefined) throw wrong(`there is no capability ${unknown}`);
  if (new Set(info.requires).size !== info.requires.length) throw wrong('a capability is named twice');
  if (typeof params.schema !== 'object') throw wrong('params has no schema');
  for (const [name, { description }] of Object.entries(calls))
    if (description.trim() === '') throw wrong(`${name} has no description`);
}

function checkCoverage({ module, samples }: Subject): void {
  const shown = new Set(samples.flatMap(callsOf).map(({ method }) => method));
  const missing = Object.keys(module.calls).find(name => !shown.has(name));
  if (missing !== undefined) throw new ComplianceError('UNEXPECTED', `no sample calls ${missing}`);
}

function checkSources(subject: Subject): void {
  for (const sample of subject.samples) replay(subject, sample, { guard: withTraps });
}

/** A module that remembers anything outside its storage answers differently the second time. */
function checkMemory(subject: Subject): void {
  const run = (sample: Sample) => [sample.name, replay(subject, sample).text] as const;
  const first = new Map(subject.samples.map(run));
  for (const [name, text] of [...subject.samples].reverse().map(run))
    if (first.get(name) !== text)
      throw new ComplianceError('NOT_DETERMINISTIC', `${name} has other outcomes the second time`);
}

function checkReplays(subject: Subject): void {
  for (const sample of subject.samples) {
    const once = closed(replay(subject, sample).host);
    const twice = closed(replay(subject, sample, { twice: true }).host);
    if (once !== twice)
      throw new ComplianceError('REPLAYED', `${sample.name}: a repeated call moved money again`);
  }
}

/** Who holds what after everything that was accepted is settled. */
function closed(host: Host): string {
  host.nextEpoch();
  return host.books.text();
}

function checkFrozen(subject: Subject): void {
  const params = deepFreeze(subject.params);
  for (const sample of subject.samples) {
    const host = createHost({ module: freezing(subject.module), params, world: sample.world });
    for (const step of sample.steps) {
      if (step.kind === 'epoch') host.nextEpoch();
      else host.call(step);
    }
  }
}

/** The module with every decoded argument frozen, so that a write to it throws. */
function freezing(module: ConsensusModule): ConsensusModule {
  const calls = Object.entries(module.calls).map(([name, method]) => {
    const { codec } = method;
    return [
      name,
      { ...method, codec: { ...codec, read: (reader: never) => deepFreeze(codec.read(reader)) } },
    ];
  });
  return { ...module, calls: Object.fromEntries(calls) };
}

function deepFreeze<T>(value: T): T {
  // Bytes cannot be frozen.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

function checkWeights(subject: Subject): void {
  for (const { method: name, args } of subject.samples.flatMap(callsOf)) {
    const method = subject.module.calls[name];
    if (method !== undefined) requireWeight(subject, name, method.weight(args));
  }
}

function requireWeight({ maxWeight = DEFAULT_MAX_WEIGHT }: Subject, name: string, weight: unknown): void {
  if (!Number.isSafeInteger(weight) || Number(weight) < 1 || Number(weight) > maxWeight)
    throw new ComplianceError(
      'BAD_WEIGHT',
      `${name} weighs ${String(weight)}, not an integer from 1 to ${maxWeight}`,
    );
}

function checkGarbage(subject: Subject, name: string): void {
  const method = subject.module.calls[name];
  const [sample] = subject.samples.filter(({ steps }) => steps.some(step => step.kind === 'call'));
  if (method === undefined || sample === undefined) return;
  const host = replay(subject, sample).host;
  const calls = subject.samples.flatMap(callsOf).filter(step => step.method === name);
  const good = calls.map(step => encode(method.codec, step.args));
  const sender = calls[0]?.sender ?? `0x${'00'.repeat(32)}`;
  for (const bytes of garbage(method.codec, good, GARBAGE_PER_METHOD)) {
    const args: unknown = decoded(method.codec, bytes, name);
    if (args === undefined) continue;
    const verified = (passed: boolean) =>
      guarded(
        name,
        bytes,
        () => method.checks?.({ sender, args }, { chainId: sample.world.chainId }) ?? [],
      ).map(() => passed);
    requireWeight(
      subject,
      name,
      guarded(name, bytes, () => method.weight(args)),
    );
    for (const passed of [true, false])
      guarded(name, bytes, () => host.call({ sender, method: name, args, verified: verified(passed) }));
  }
  host.nextEpoch();
}

function checkQuery(subject: Subject, name: string): void {
  const found = subject.module.queries?.[name];
  const [sample] = subject.samples;
  if (found === undefined || sample === undefined) return;
  const { host } = replay(subject, sample);
  for (const bytes of garbage(found.codec, [], GARBAGE_PER_METHOD)) {
    const args: unknown = decoded(found.codec, bytes, name);
    if (args !== undefined) guarded(name, bytes, () => host.query(name, args));
  }
}

function decoded(codec: ConsensusModule['params'], bytes: Uint8Array, name: string): unknown {
  try {
    return decode(codec, bytes);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw new ComplianceError(
      'THROWS',
      `the codec of ${name} threw ${String(error)} for ${toHex(bytes)}`,
      error,
    );
  }
}

function guarded<T>(name: string, bytes: Uint8Array, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ComplianceError) throw error;
    throw new ComplianceError('THROWS', `${name} threw ${String(error)} for ${toHex(bytes)}`, error);
  }
}

const callsOf = ({ steps }: Sample): CallStep[] => steps.filter(step => step.kind === 'call');
