/**
 * What the examples of modules have in common: keys with a little money, servers, links and a customer, on the devnet of
 * `devnet up`. Nothing here is needed to write a module.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createModuleClient,
  formLink,
  type KeyPair,
  keyPairFromUri,
  type Log,
  type ModuleClient,
  type ModuleDefinition,
  type ModuleServer,
  registerModule,
  serveModule,
} from '../../module/index.ts';
import { type Client, createClient, type LinkTree } from '../../node/client/index.ts';

export const TOKEN = 10n ** 9n;

export interface Stage {
  readonly client: Client;
  /** The key of a module of this example. */
  key(name: string): KeyPair;
  /** Serves a module in this process and puts it on the chain. */
  serve(name: string, definition: ModuleDefinition): Promise<ModuleServer>;
  /** A link from parent to child at this part of the parent's revenue. */
  link(parent: string, child: string, kind: 'replica' | 'subnet', percent: number): Promise<void>;
  /** Alice, with a reserve at a module. */
  customer(server: string): Promise<ModuleClient>;
  /** Ends the epoch: what was agreed in it holds from now on. */
  nextEpoch(): Promise<void>;
  /** Has the epoch claimed and settled, and prints who was credited what. */
  settle(...servers: readonly ModuleServer[]): Promise<ReadonlyMap<string, bigint>>;
  /** Runs at the end, the last one first. */
  atEnd(work: () => Promise<unknown>): void;
}

/** Runs an example; what it opened is closed, whatever happens. */
export async function onStage(example: string, play: (stage: Stage) => Promise<void>): Promise<void> {
  const client = createClient(process.argv[2] ?? 'http://127.0.0.1:8700');
  const home = await mkdtemp(join(tmpdir(), 'devnet-example-'));
  const closers: (() => Promise<unknown>)[] = [
    async () => client.close(),
    () => rm(home, { recursive: true, force: true }),
  ];
  const names = new Map<string, string>();
  const keyFor = (name: string): KeyPair => {
    const key = moduleKey(example, name);
    names.set(key.address, name);
    return key;
  };
  const alice = keyPairFromUri('//Alice');
  const stage: Stage = {
    client,
    key: keyFor,
    async serve(name, definition) {
      const key = keyFor(name);
      const server = await serveOn(client, key, definition, join(home, name));
      closers.push(() => server.stop());
      return server;
    },
    link: (parent, child, kind, percent) =>
      formLink({ client, parent: keyFor(parent), child: keyFor(child), kind, shareBps: percent * 100 }),
    async customer(server) {
      const { account } = keyFor(server);
      await client.send({
        from: alice,
        call: { kind: 'reserve', consensus: 0, server: account, amount: TOKEN },
      });
      const modules = await createModuleClient({ key: alice, client });
      closers.push(() => modules.close());
      return modules;
    },
    async nextEpoch() {
      await client.advanceEpoch({ epochs: 1 });
    },
    async settle(...servers) {
      const { epoch } = await client.advanceEpoch({ epochs: 1 });
      for (const server of servers) await server.settle();
      await client.advanceEpoch({ epochs: 1 });
      const { credits } = await client.getSettlement({ id: 0, epoch });
      const paid = credits.flatMap(({ account, amount }) => {
        const name = names.get(account);
        return name === undefined ? [] : [[name, amount] as const];
      });
      for (const [name, amount] of paid) say(`  ${name.padEnd(12)} ${tokens(amount)}`);
      return new Map(paid);
    },
    atEnd: work => void closers.push(work),
  };
  try {
    await play(stage);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** Keys of examples are made of their names: they are worth as much as the devnet's own, nothing. */
export const moduleKey = (example: string, name: string): KeyPair =>
  keyPairFromUri(`//Example//${example}//${name}`);

/** Serves a module under a key that can pay its fees. */
export async function serveOn(
  client: Client,
  key: KeyPair,
  definition: ModuleDefinition,
  dir: string,
): Promise<ModuleServer> {
  const { functions, links, alias = '' } = definition;
  await client.mint({ address: key.address, amount: TOKEN });
  const server = await serveModule({ key, client, functions, links, dir, log: onlyErrors });
  await registerModule({ key, client, alias, url: server.url, functions });
  return server;
}

const onlyErrors: Log = {
  info: () => undefined,
  warn: () => undefined,
  error: (fields, text) => console.error(text, fields),
};

export const say = (line: string): void => console.log(line);

export const tokens = (amount: bigint): string =>
  `${amount / TOKEN}.${String(amount % TOKEN).padStart(9, '0')} tokens`;

/** A tree of links, one module per line. */
export function draw({ alias, shareBps, children }: LinkTree, indent = ''): string {
  const share = shareBps === null ? '' : `  gets ${shareBps / 100} %`;
  return [`${indent}${alias}${share}`, ...children.map(child => draw(child, `${indent}  `))].join('\n');
}
