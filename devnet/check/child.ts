/**
 * Entry of a process that runs a plugin's code for `devnet plugin check`: `child <job as JSON>`. What it finds goes line by
 * line to file descriptor 3; what the code prints does not mix with that.
 */
import { writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHost, type Sample, type Subject } from '../../consensus/compliance/index.ts';
import { checkIsolated } from './isolated.ts';
import { failed, type Job, type Line, passed, SOURCES } from './protocol.ts';
import { loadSubject } from './subject.ts';
import { createSuite, placeOf } from './suite.ts';
import { describeStep } from './watch.ts';

const LINES = 3;
const LOADING = 'can be loaded';

const job = JSON.parse(process.argv[2] ?? '{}') as Job;
const root = dirname(fileURLToPath(job.plugin));

const send = (line: Line): void => {
  writeSync(LINES, `${JSON.stringify(line)}\n`);
};

const note = (call: string): void => send({ kind: 'at', call });

const loaded = await load(job.plugin);
note('');
const previous = job.previous === null || loaded === null ? null : await load(job.previous);
if (loaded !== null && (job.previous === null || previous !== null)) {
  if (job.mode === 'suite') await suite();
  if (job.mode === 'sources') await sources();
  if (job.mode === 'trace') for (const sample of loaded.samples) trace(loaded, sample);
  if (job.mode === 'isolated')
    send({ kind: 'row', row: await checkIsolated(job.plugin, loaded, { deadline: job.deadline / 2, note }) });
}
send({ kind: 'done' });
// Whatever the code has left running does not keep the process.
process.exit(0);

async function load(url: string) {
  try {
    const subject = await loadSubject(url, job.samples);
    if (job.mode === 'suite' && job.from === 0 && url === job.plugin)
      send({ kind: 'row', row: passed(LOADING) });
    return subject;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    send({ kind: 'row', row: failed(LOADING, 'CRASH', reason, { at: placeOf(error, root) }) });
    return null;
  }
}

async function suite(): Promise<void> {
  if (loaded === null) return;
  const checks = createSuite({ loaded, previous, manifest: job.manifest, note, root });
  send({ kind: 'checks', names: checks.names });
  for (let index = job.from; index < checks.names.length; index++) {
    note('');
    send({ kind: 'row', row: await checks.run(index) });
  }
}

async function sources(): Promise<void> {
  if (loaded === null) return;
  const { names, run } = createSuite({ loaded, previous, manifest: job.manifest, note, root });
  send({ kind: 'row', row: await run(names.indexOf(SOURCES)) });
}

/** What two machines must agree on. A history that breaks a rule is for the suite to tell. */
function trace({ module, params }: Subject, { name, world, steps }: Sample): void {
  const calls = ['genesis'];
  const texts: string[] = [];
  try {
    const host = createHost({ module, params, world });
    for (const step of steps) {
      note(describeStep(step));
      if (step.kind === 'epoch') host.nextEpoch();
      else host.call(step);
      while (calls.length < host.trace.length) calls.push(describeStep(step));
      texts.splice(0, texts.length, ...host.trace);
    }
  } catch (error) {
    texts.push(`threw ${error instanceof Error ? error.name : String(error)}`);
  }
  send({ kind: 'traced', sample: name, calls, texts });
}
