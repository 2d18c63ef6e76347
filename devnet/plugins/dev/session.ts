/** Round after round, from save to save, until a signal comes. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { openContext } from '../../context.ts';
import { CliError, EXIT } from '../../errors.ts';
import { isRunning, pluginsDirectory } from '../installed.ts';
import type { ActiveEvent, DevEvent } from './events.ts';
import { type RoundChoice, type RoundOptions, round, type Standing } from './round.ts';
import type { Choice } from './target.ts';
import { type SourceWatcher, watchSource } from './watchSource.ts';

export interface SessionOptions
  extends Choice,
    Pick<RoundOptions, 'folder' | 'params' | 'mintCap' | 'advance' | 'test' | 'report'> {
  /** Of the devnet. */
  readonly dir: string;
  readonly rpc: string | undefined;
  readonly json: boolean;
}

/** One round. Throws what {@link round} throws, and CliError NOT_RUNNING. */
export async function devOnce(options: SessionOptions, ending: AbortSignal): Promise<ActiveEvent> {
  requireDevnet(options);
  return await createSession(options).attempt(ending, async () => undefined);
}

/** Until `ending`, whose reason is the name of a signal. Throws CliError NOT_RUNNING, WATCH_FAILED. */
export async function devUntil(options: SessionOptions, ending: AbortSignal): Promise<void> {
  requireDevnet(options);
  const folder = resolve(options.folder);
  if (!existsSync(folder))
    throw new CliError('NO_PLUGIN', `${folder} does not exist`, 'devnet plugin new begins a plugin');
  const session = createSession(options);
  const watcher = await watchSource(folder);
  const ended = new Promise<void>(done => ending.addEventListener('abort', () => done()));
  try {
    for (let isFirst = true; !ending.aborted; isFirst = false) {
      const change = await tryOnce(session, watcher, ending, options.report);
      if (isFirst && !ending.aborted) options.report({ event: 'watching', folder });
      await Promise.race([change(), ended]);
    }
    const { announced } = session.standing();
    options.report({ event: 'ended', signal: String(ending.reason), announced });
  } finally {
    watcher.close();
  }
}

/**
 * Gives a round up when something else is saved. Answers with what waits for the next save, as a function: a promise would be
 * waited for at once.
 */
async function tryOnce(
  session: Session,
  watcher: SourceWatcher,
  ending: AbortSignal,
  report: (event: DevEvent) => void,
): Promise<() => Promise<void>> {
  const saved = new AbortController();
  const change = watcher.changedAfter(watcher.version).then(() => saved.abort());
  // Whoever awaits the change hears of it.
  change.catch((error: unknown) => error);
  try {
    report(await session.attempt(AbortSignal.any([ending, saved.signal]), files => watcher.follow(files)));
  } catch (error) {
    const { announced, inForce } = session.standing();
    if (ending.aborted) return () => change;
    if (saved.signal.aborted) report({ event: 'superseded', version: announced });
    else report({ event: 'failed', ...told(error), inForce, announced });
  }
  return () => change;
}

/** What has a hint was foreseen; all else is a defect of ours and ends the command. */
function told(error: unknown): { readonly name: string; readonly message: string; readonly hint: string } {
  if (!(error instanceof Error) || !('hint' in error)) throw error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return { name: code, message: error.message, hint: String(error.hint) };
}

interface Session {
  attempt(signal: AbortSignal, onInputs: RoundOptions['onInputs']): Promise<ActiveEvent>;
  standing(): Pick<Standing, 'inForce' | 'announced'>;
}

/** What later rounds know of those before: the id that was taken goes on, and so does the count. */
function createSession(options: SessionOptions): Session {
  const chosen = new Map<string, RoundChoice>();
  const told = new Set<string>();
  let standing: Pick<Standing, 'inForce' | 'announced'> = { inForce: null, announced: null };
  const choose = (name: string): RoundChoice =>
    chosen.get(name) ?? { id: options.id, reset: options.reset, used: [] };

  function onStanding(now: Standing): void {
    standing = now;
    const { name, id, announced } = now;
    if (announced === null) return;
    chosen.set(name, { id, reset: false, used: [...choose(name).used, announced] });
  }

  /** What is left out in each round is told once. */
  function report(event: DevEvent): void {
    if (event.event === 'skipped' && told.has(event.why)) return;
    if (event.event === 'skipped') told.add(event.why);
    options.report(event);
  }

  return {
    standing: () => standing,
    async attempt(signal, onInputs) {
      // Each time anew: the devnet may have been started again at another place.
      const { client } = openContext(options);
      const folder = resolve(options.folder);
      const root = pluginsDirectory(options.dir);
      try {
        return await round(
          client,
          { ...options, choose, folder, root, report, onInputs, onStanding },
          signal,
        );
      } finally {
        client.close();
      }
    },
  };
}

function requireDevnet({ dir, rpc }: SessionOptions): void {
  if (rpc !== undefined || isRunning(dir)) return;
  throw new CliError(
    'NOT_RUNNING',
    `no devnet runs in ${dir}`,
    'start one with devnet up in another terminal, or name the directory of one with --dir',
    EXIT.notReady,
  );
}
