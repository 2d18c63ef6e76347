/** The checks that run inside one process, and what a failure of one of them looks like to an author. */
import {
  type ComplianceCheck,
  ComplianceError,
  complianceChecks,
  replay,
  type Sample,
  type Step,
  type Subject,
} from '../../consensus/compliance/index.ts';
import { sourceLine } from '../testing/errors.ts';
import { MIGRATION, migrationCheck } from './migration.ts';
import { failed, type ManifestFacts, passed, type Row, skipped } from './protocol.ts';
import { shrink } from './shrink.ts';
import type { Loaded } from './subject.ts';
import { type Doing, describeDoing, describeStep, watched } from './watch.ts';
import { weightCheck } from './weights.ts';

export interface Suite {
  readonly names: readonly string[];
  run(index: number): Promise<Row>;
}

export interface SuiteOptions {
  readonly loaded: Loaded;
  readonly previous: Loaded | null;
  readonly manifest: ManifestFacts | null;
  /** Told before any code of the module runs. */
  note(call: string): void;
  /** Cut off the front of paths in the author's source. */
  readonly root: string;
}

const COVERAGE = 'has a sample for each method';
const MANIFEST = 'is what its manifest says';

export function createSuite({ loaded, previous, manifest, note, root }: SuiteOptions): Suite {
  let last: Doing | null = null;
  const seen = (doing: Doing): void => {
    last = doing;
    note(describeDoing(doing));
  };
  const subject: Subject = { ...loaded, module: watched(loaded.module, seen) };
  const rows: readonly { readonly name: string; readonly run: () => Promise<Row> }[] = [
    { name: MANIFEST, run: async () => manifestRow(loaded, manifest) },
    ...complianceChecks(subject).map(({ name }) => ({ name, run: () => checkRow(name, complianceChecks) })),
    {
      name: weightCheck(loaded).name,
      run: () => checkRow(weightCheck(loaded).name, one => [weightCheck(one)]),
    },
    { name: MIGRATION, run: migrationRow },
  ];

  async function checkRow(
    name: string,
    checks: (subject: Subject) => readonly ComplianceCheck[],
  ): Promise<Row> {
    if (name === COVERAGE && loaded.given.size === 0)
      return skipped(name, 'without test/samples.ts histories are made from the schemas alone');
    const all = name === COVERAGE ? givenOnly(subject, loaded.given) : subject;
    last = null;
    const error = await thrownBy(checks(all), name);
    if (error === undefined) return passed(name);
    const culprit: Doing | null = last;
    const small = await smallest(all, name, checks, codeOf(error), culprit);
    const told = small.error ?? error;
    return failed(name, codeOf(error), reasonOf(told), { at: placeOf(told, root), input: small.input });
  }

  async function migrationRow(): Promise<Row> {
    if (previous === null) return skipped(MIGRATION, 'name the version before with --previous');
    last = null;
    const check = migrationCheck(previous, subject);
    const error = await thrownBy([check], check.name);
    if (error === undefined) return passed(MIGRATION);
    const doing: Doing | null = last;
    const input = doing === null ? [] : [describeDoing(doing)];
    return failed(MIGRATION, codeOf(error), reasonOf(error), { at: placeOf(error, root), input });
  }

  return {
    names: rows.map(({ name }) => name),
    async run(index) {
      const row = rows[index];
      if (row === undefined) throw new RangeError(`there is no check ${index}`);
      return row.run();
    },
  };
}

const givenOnly = (subject: Subject, given: ReadonlySet<string>): Subject => ({
  ...subject,
  samples: subject.samples.filter(({ name }) => given.has(name)),
});

function manifestRow({ module: { info } }: Subject, manifest: ManifestFacts | null): Row {
  if (manifest === null) return skipped(MANIFEST, 'there is none');
  const differences = [
    manifest.name === info.name ? null : `name: ${manifest.name} in module.toml, ${info.name} in the code`,
    manifest.version === info.version
      ? null
      : `version: ${manifest.version} in module.toml, ${info.version} in the code`,
    sorted(manifest.capabilities) === sorted(info.requires)
      ? null
      : `capabilities: [${sorted(manifest.capabilities)}] in module.toml, [${sorted(info.requires)}] in the code`,
  ].filter(difference => difference !== null);
  return differences.length === 0 ? passed(MANIFEST) : failed(MANIFEST, 'BAD_INFO', differences.join('; '));
}

const sorted = (list: readonly string[]): string => [...list].sort().join(', ');

interface Smallest {
  readonly input: readonly string[];
  /** What these calls end in; null where they are not known to break the rule. */
  readonly error: unknown;
}

/** The calls that it takes to break this rule; the last thing that the module did, if no history alone breaks it. */
async function smallest(
  subject: Subject,
  name: string,
  checks: (subject: Subject) => readonly ComplianceCheck[],
  code: string,
  culprit: Doing | null,
): Promise<Smallest> {
  type Try = (sample: Sample) => Promise<unknown>;
  const checked: Try = sample => thrownBy(checks({ ...subject, samples: [sample] }), name);
  const replayed: Try = sample => thrownBy([{ name, run: () => void replay(subject, sample) }], name);
  const breaks =
    (attempt: Try) =>
    async (sample: Sample): Promise<boolean> => {
      const error = await attempt(sample);
      return error !== undefined && codeOf(error) === code;
    };
  const shrunk = async (sample: Sample, attempt: Try): Promise<Smallest> => {
    const small = await shrink(sample, subject.module, breaks(attempt));
    return { input: lines(small), error: await attempt(small) };
  };
  // An expectation of its author that is not met is a whole history, and a lie about it is not in its size.
  if (code !== 'UNEXPECTED' && code !== 'BAD_INFO') {
    for (const sample of culprits(subject, culprit))
      if (await breaks(replayed)(sample)) return shrunk(sample, replayed);
    for (const sample of subject.samples) if (await breaks(checked)(sample)) return shrunk(sample, checked);
  }
  return { input: culprit === null ? [] : [describeDoing(culprit)], error: null };
}

/** The last call by itself, and after each history. */
function culprits({ samples }: Subject, culprit: Doing | null): readonly Sample[] {
  if (culprit?.kind !== 'call' || culprit.call.sender === undefined) return [];
  const { method, args, call } = culprit;
  const step: Step = {
    kind: 'call',
    sender: call.sender ?? '0x',
    method,
    args,
    ...(call.value === undefined ? {} : { value: call.value }),
    ...(call.verified === undefined ? {} : { verified: call.verified }),
    repeatable: true,
  };
  return samples.flatMap(sample => [
    { ...sample, steps: [step] },
    { ...sample, steps: [...sample.steps.map(open), step] },
  ]);
}

/** What it ends in is not what is looked for. */
function open(step: Step): Step {
  if (step.kind === 'epoch') return step;
  const { expect: _, ...rest } = step;
  return rest;
}

const lines = ({ steps }: Sample): readonly string[] => steps.map(describeStep);

/** undefined where all is well, or where such a check is not among them. */
async function thrownBy(checks: readonly ComplianceCheck[], name: string): Promise<unknown> {
  try {
    await checks.find(check => check.name === name)?.run();
    return undefined;
  } catch (error) {
    return error ?? new Error('it threw nothing');
  }
}

const codeOf = (error: unknown): string => (error instanceof ComplianceError ? error.code : 'THROWS');

const reasonOf = (error: unknown): string => {
  if (!(error instanceof ComplianceError)) return String(error);
  return error.message.slice(`${error.code}: `.length);
};

/** In the author's source; null where its code has not thrown by itself. */
export function placeOf(error: unknown, root: string): string | null {
  const cause = error instanceof Error ? error.cause : undefined;
  const line = sourceLine(cause ?? error);
  if (line === undefined) return null;
  const path = line.replace(/^file:\/\//, '');
  return path.startsWith(root) ? path.slice(root.length).replace(/^[/\\]/, '') : null;
}
