/** Run by `processes.ts` in a new process: prints the digest of all outcomes of a subject. */
import { createHash } from 'node:crypto';
import { replayAll } from './replay.ts';
import type { Subject } from './world.ts';

const [, , url = '', exportName = ''] = process.argv;
const loaded: Readonly<Record<string, unknown>> = await import(url);
const subject = loaded[exportName];
if (!isSubject(subject)) throw new Error(`${url} has no subject ${exportName}`);
process.stdout.write(`${createHash('sha256').update(replayAll(subject)).digest('hex')}\n`);

function isSubject(value: unknown): value is Subject {
  return typeof value === 'object' && value !== null && 'module' in value && 'samples' in value;
}
