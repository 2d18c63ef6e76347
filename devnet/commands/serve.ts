import { basename, extname, join } from 'node:path';
import { registerModule, serveModule } from '../../module/index.ts';
import { formatTokens } from '../amount.ts';
import type { Context } from '../context.ts';
import { loadDefinition } from '../loadDefinition.ts';
import { note, toJson } from '../output.ts';

export interface ServeFlags {
  readonly from: string;
  readonly alias?: string;
  readonly port: number;
  readonly host: string;
}

/** `devnet serve`: registers a file's module, serves it until a signal, and then lets the running calls end. */
export async function serve(
  context: Context,
  file: string,
  { from, alias, port, host }: ServeFlags,
): Promise<void> {
  const { client, signer, directory, json } = context;
  const [definition, key] = await Promise.all([loadDefinition(file), signer(from)]);
  const server = await serveModule({
    key,
    client,
    functions: definition.functions,
    links: definition.links,
    host,
    port,
    dir: join(directory, 'modules', key.address),
    log: { info: say, warn: say, error: say },
  });
  try {
    const name = alias ?? definition.alias ?? basename(file, extname(file));
    const module = await registerModule({
      client,
      key,
      alias: name,
      url: server.url,
      functions: definition.functions,
    });
    const ready = { ok: true, id: module.id, alias: module.alias, address: key.address, url: server.url };
    process.stdout.write(json ? `${toJson(ready)}\n` : `${describe(ready, definition.functions)}\n`);
    await signal();
  } finally {
    await server.stop();
  }
}

function say(fields: object, message: string): void {
  const extra = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
  note([message, ...extra].join(' '));
}

function describe(
  { alias, id, url, address }: { alias: string; id: number; url: string; address: string },
  functions: Readonly<Record<string, { readonly price: bigint; readonly description?: string }>>,
): string {
  const lines = Object.entries(functions).map(
    ([name, { price, description }]) =>
      `  ${name}  ${price === 0n ? 'free' : `${formatTokens(price)} tokens`}  ${description ?? ''}`,
  );
  return [`module ${id} ${alias} (${address}) serves at ${url}`, ...lines, 'Ctrl-C stops it'].join('\n');
}

const signal = (): Promise<void> =>
  new Promise(resolve => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve());
  });
