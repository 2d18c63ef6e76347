/** Whether a version can take over the storage that the one before has left behind. */
import {
  arbitraryOf,
  type ComplianceCheck,
  ComplianceError,
  createHost,
  generator,
  type Host,
  type Sample,
  type Subject,
} from '../../consensus/compliance/index.ts';
import { CodecError, encode } from '../../consensus/interface/index.ts';

const QUERIES = 50;

export const MIGRATION = 'takes over the storage of the version before';

/** `previous` with the histories that it is to have lived through. */
export const migrationCheck = (previous: Subject, next: Subject): ComplianceCheck => ({
  name: MIGRATION,
  run: () => {
    checkVersions(previous, next);
    for (const sample of previous.samples) checkTakeover(previous, next, sample);
  },
});

function checkVersions({ module: before }: Subject, { module: after }: Subject): void {
  const wrong = (message: string) => new ComplianceError('BAD_INFO', message);
  if (before.info.name !== after.info.name)
    throw wrong(`the version before is ${before.info.name}, this is ${after.info.name}`);
  if (before.info.version === after.info.version)
    throw wrong(`both are version ${after.info.version}: a change of behaviour needs a new version`);
  if (after.info.stateVersion < before.info.stateVersion)
    throw wrong(`the state version falls from ${before.info.stateVersion} to ${after.info.stateVersion}`);
}

function checkTakeover(previous: Subject, next: Subject, sample: Sample): void {
  const once = takeOver(previous, next, sample);
  const again = takeOver(previous, next, sample);
  if (once.trace.join('\n') !== again.trace.join('\n'))
    throw new ComplianceError('NOT_DETERMINISTIC', `${sample.name}: it goes on otherwise the second time`);
}

/** The host after the change: closed epochs and asked everything once. */
function takeOver(previous: Subject, next: Subject, sample: Sample): Host {
  const host = createHost({ module: previous.module, params: previous.params, world: sample.world });
  for (const step of sample.steps) {
    if (step.kind === 'epoch') host.nextEpoch();
    else host.call(step);
  }
  const result = host.upgrade(next.module);
  if (!result.ok)
    throw new ComplianceError(
      'UNEXPECTED',
      `${sample.name}: migrate is refused: ${result.code}: ${result.message}`,
    );
  host.nextEpoch();
  askAll(host, next);
  host.nextEpoch();
  return host;
}

function askAll(host: Host, { module }: Subject): void {
  const random = generator(3);
  for (const [name, { codec }] of Object.entries(module.queries ?? {}))
    for (let asked = 0; asked < QUERIES; asked++) {
      const args = arbitraryOf(codec.schema, random);
      try {
        encode(codec, args);
      } catch (error) {
        if (error instanceof CodecError) continue;
        throw error;
      }
      host.query(name, args);
    }
}
