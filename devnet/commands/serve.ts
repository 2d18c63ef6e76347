import { watch } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import {
  type ModuleDefinition,
  type ModuleServer,
  registerModule,
  type ServerStatus,
  serveModule,
} from '../../module/index.ts';
import { formatTokens } from '../amount.ts';
import type { Context } from '../context.ts';
import { loadDefinition } from '../loadDefinition.ts';
import { note, toJson } from '../output.ts';
import { createView, type ServeView, trafficTable } from './serveView.ts';

export interface ServeFlags {
  readonly from: string;
  readonly alias?: string;
  readonly port: number;
  readonly host: string;
}

/**
 * `devnet serve`: registers a file's module, or puts its URL and prices on the chain right, serves it and shows its
 * traffic until a signal. Then the running calls end and what is due is claimed; a second signal ends it at once.
 */
export async function serve(context: Context, file: string, flags: ServeFlags): Promise<void> {
  const { client, signer, directory, json } = context;
  const [definition, key] = await Promise.all([loadDefinition(file), signer(flags.from)]);
  const view = createView(json);
  const server = await serveModule({
    key,
    client,
    functions: definition.functions,
    description: definition.description,
    links: definition.links,
    host: flags.host,
    port: flags.port,
    dir: join(directory, 'modules', key.address),
    log: view.log,
  });
  const unwatch = tellOfChanges(file, view);
  try {
    const alias = flags.alias ?? definition.alias ?? basename(file, extname(file));
    const { functions } = definition;
    const module = await registerModule({ client, key, alias, url: server.url, functions });
    const ready = { ok: true, id: module.id, alias: module.alias, address: key.address, url: server.url };
    process.stdout.write(json ? `${toJson(ready)}\n` : `${describe(ready, definition)}\n`);
    view.follow(server.status);
    await signal();
    note('stopping: running calls end, and what is due is claimed; once more ends it at once');
    for (const name of SIGNALS) process.once(name, () => process.exit(130));
  } finally {
    unwatch();
    await end(server, view, json);
  }
}

async function end(server: ModuleServer, view: ServeView, json: boolean): Promise<void> {
  await server.stop();
  const status = server.status();
  view.end();
  if (!json && hasTraffic(status)) note(trafficTable(status));
}

const hasTraffic = ({ counters }: ServerStatus): boolean =>
  counters.answered + counters.failed + counters.refused > 0;

/** What is served is what was loaded at the start; nobody shall think otherwise. */
function tellOfChanges(file: string, { log }: ServeView): () => void {
  const path = resolve(file);
  let told = false;
  // Editors replace files, so the directory is watched.
  const watcher = watch(dirname(path), (_, name) => {
    if (told || name !== basename(path)) return;
    told = true;
    log.warn({ file }, 'the file has changed; start again to serve what it says now');
  });
  watcher.unref();
  return () => watcher.close();
}

function describe(
  { alias, id, url, address }: { alias: string; id: number; url: string; address: string },
  { description, functions }: ModuleDefinition,
): string {
  const lines = Object.entries(functions).map(
    ([name, { price, description: about }]) =>
      `  ${name}  ${price === 0n ? 'free' : `${formatTokens(price)} tokens`}  ${about ?? ''}`,
  );
  return [
    `module ${id} ${alias} (${address}) serves at ${url}`,
    ...(description === undefined ? [] : [`  ${description}`]),
    ...lines,
    'Ctrl-C stops it',
  ].join('\n');
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const signal = (): Promise<void> =>
  new Promise(resolve => {
    const stop = (): void => {
      for (const name of SIGNALS) process.off(name, stop);
      resolve();
    };
    for (const name of SIGNALS) process.on(name, stop);
  });
