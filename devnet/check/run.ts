/** `devnet plugin check`: builds the plugin, has its code run in processes of their own, and collects what they find. */
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MACHINES } from '../../consensus/compliance/index.ts';
import { codeHash, MANIFEST_FILE, type Manifest, parseManifest } from '../../node/package/index.ts';
import { CliError } from '../errors.ts';
import { buildCode } from '../plugins/build.ts';
import { readPackage } from '../plugins/package.ts';
import { runJob } from './process.ts';
import {
  failed,
  ISOLATED,
  type Job,
  type Line,
  MACHINES_AGREE,
  passed,
  type Row,
  skipped,
} from './protocol.ts';
import { samplesOf } from './samples.ts';

export interface CheckOptions {
  /** A file that exports `samples` and `params`; `test/samples.ts` of a folder without it. */
  readonly samples?: string;
  /** Folder or package of the version before. */
  readonly previous?: string;
  /** Milliseconds in which any one call must end. */
  readonly deadline?: number;
  /** Told of each check as soon as it has run. */
  readonly report?: (row: Row) => void;
}

export interface Checked {
  readonly name: string;
  readonly version: string;
  readonly codeHash: string;
  readonly ok: boolean;
  readonly checks: readonly Row[];
}

const DEADLINE = 10_000;
/** Processes that may hang or die before the rest is not tried any more. */
const MAX_DEATHS = 3;
const TOO_MANY_DEATHS = `not tried after ${MAX_DEATHS} processes that hung or died`;

/** `target` is a folder of a plugin or a package of it. */
export async function checkPlugin(target: string, options: CheckOptions = {}): Promise<Checked> {
  const { deadline = DEADLINE, report = () => undefined } = options;
  const { manifest, code } = await codeOf(target);
  if (manifest.provides !== 'consensus')
    throw new CliError(
      'NOT_A_MECHANISM',
      `${target} provides a ${manifest.provides}`,
      'only consensus modules can be checked',
    );
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'devnet-check-')));
  try {
    const { name, version, capabilities } = manifest;
    const job: Job = {
      mode: 'suite',
      plugin: await written(folder, 'plugin.mjs', code),
      samples: samplesOf(target, options.samples),
      previous:
        options.previous === undefined
          ? null
          : await written(folder, 'previous.mjs', (await codeOf(options.previous)).code),
      manifest: { name, version, capabilities },
      from: 0,
      deadline,
    };
    const checks: Row[] = [];
    const add = (row: Row): void => {
      checks.push(row);
      report(row);
    };
    const end = await runSuite(job, add);
    if (end === 'lived') {
      add(await machinesRow({ ...job, mode: 'trace' }));
      add(await isolatedRow({ ...job, mode: 'isolated' }));
    } else if (end === 'died')
      for (const name of [MACHINES_AGREE, ISOLATED]) add(skipped(name, TOO_MANY_DEATHS));
    const ok = checks.every(({ status }) => status !== 'failed');
    return { name, version, codeHash: codeHash(code), ok, checks };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function codeOf(target: string): Promise<{ readonly manifest: Manifest; readonly code: Uint8Array }> {
  if (!existsSync(target))
    throw new CliError(
      'NO_PLUGIN',
      `${target} does not exist`,
      'name a folder with module.toml, or a .plugin file',
    );
  if (!statSync(target).isDirectory()) return readPackage(target);
  const folder = resolve(target);
  const file = join(folder, MANIFEST_FILE);
  if (!existsSync(file))
    throw new CliError('NO_PLUGIN', `${folder} has no ${MANIFEST_FILE}`, 'devnet plugin new begins a plugin');
  const manifest = parseManifest(await readFile(file, 'utf8'), file);
  return { manifest, code: await buildCode(folder, manifest.entry_point) };
}

async function written(folder: string, name: string, code: Uint8Array): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, code);
  return pathToFileURL(file).href;
}

/** Check after check; one that takes its process along is reported, and the next process begins with the one after it. */
async function runSuite(job: Job, add: (row: Row) => void): Promise<'lived' | 'died' | 'not loaded'> {
  let names: readonly string[] = [];
  let from = 0;
  for (let deaths = 0; ; ) {
    let doing = '';
    let rows = 0;
    const take = (line: Line): void => {
      if (line.kind === 'checks') names = line.names;
      if (line.kind === 'at') doing = line.call;
      if (line.kind !== 'row') return;
      if (names.length > 0) rows++;
      add(line.row);
    };
    const { how, words } = await runJob({ ...job, from }, take);
    if (how === 'done') return names.length > 0 ? 'lived' : 'not loaded';
    from += rows;
    const name = names[from] ?? 'can be loaded';
    add(fallen(name, how, words, job.deadline, doing));
    from++;
    if (names.length === 0) return 'not loaded';
    if (from >= names.length) return 'lived';
    if (++deaths < MAX_DEATHS) continue;
    for (const rest of names.slice(from)) add(skipped(rest, TOO_MANY_DEATHS));
    return 'died';
  }
}

function fallen(name: string, how: 'hang' | 'crash', words: string, deadline: number, doing: string): Row {
  const input = doing === '' ? [] : [doing];
  return how === 'hang'
    ? failed(name, 'HANG', `no end after ${deadline} ms`, { input })
    : failed(name, 'CRASH', `its process ended by itself: ${words}`, { input });
}

type Traced = Extract<Line, { readonly kind: 'traced' }>;

async function machinesRow(job: Job): Promise<Row> {
  const runs = await Promise.all(
    MACHINES.map(async settings => {
      const traces: Traced[] = [];
      let doing = '';
      const ended = await runJob(
        job,
        line => {
          if (line.kind === 'at') doing = line.call;
          if (line.kind === 'traced') traces.push(line);
        },
        settings,
      );
      return { traces, ended, doing };
    }),
  );
  for (const { ended, doing } of runs)
    if (ended.how !== 'done') return fallen(MACHINES_AGREE, ended.how, ended.words, job.deadline, doing);
  const [here = [], there = []] = runs.map(({ traces }) => traces);
  for (const [index, one] of here.entries()) {
    const other = there[index];
    const place = one.texts.findIndex((text, at) => text !== other?.texts[at]);
    if (place < 0) continue;
    const reason = `${one.sample}: ${one.texts[place]} and ${other?.texts[place]}`;
    return failed(MACHINES_AGREE, 'NOT_DETERMINISTIC', reason, { input: [one.calls[place] ?? ''] });
  }
  return passed(MACHINES_AGREE);
}

async function isolatedRow(job: Job): Promise<Row> {
  let found: Row | undefined;
  let doing = '';
  // Its own process must hang first, and this one tell.
  const { how, words } = await runJob({ ...job, deadline: job.deadline * 2 }, line => {
    if (line.kind === 'at') doing = line.call;
    if (line.kind === 'row') found = line.row;
  });
  if (found !== undefined) return found;
  return how === 'done'
    ? failed(ISOLATED, 'CRASH', 'it has no result')
    : fallen(ISOLATED, how, words, job.deadline, doing);
}
