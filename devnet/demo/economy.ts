/** The demo economy: seven modules in one process, three paying clients, and a table at each settlement. */
import { join } from 'node:path';
import { fromAddress, type KeyPair, keyPairFromUri, TOKEN } from '../../chain/index.ts';
import {
  createModuleClient,
  formLink,
  type ModuleClient,
  type ModuleServer,
  registerModule,
  serveModule,
} from '../../module/index.ts';
import { type Client, createClient } from '../../node/client/index.ts';
import { drawTree } from '../commands/links.ts';
import { note } from '../output.ts';
import { settlementAnswer } from '../settlementTable.ts';
import type { RunFile } from '../supervisor/runFile.ts';
import { type DemoModule, LINKS, MODULES, REQUESTS, ROUTERS } from './modules.ts';

export interface Demo {
  stop(): Promise<void>;
}

export interface DemoOptions {
  readonly run: RunFile;
  /** Directory of the devnet: receipts and nonces are kept below it. */
  readonly directory: string;
  /** Secret phrase of the chain; empty for the well-known one. */
  readonly phrase: string;
  /** The devnet ends: what cannot be done any more is no news. */
  readonly ending: AbortSignal;
}

type Say = (text: string) => void;

const CLIENTS = ['alice', 'bob', 'charlie'] as const;
const RESERVE = 50n * TOKEN;
const PAUSE_MS = 150;

/** Builds what is missing on the chain, then lets the clients call until it is stopped. */
export async function startDemo({ run, directory, phrase, ending }: DemoOptions): Promise<Demo> {
  const say = (text: string): void => {
    if (!ending.aborted) note(text);
  };
  const client = createClient(run.rpc);
  const folder = (kind: string, { address }: KeyPair): string => join(directory, 'demo', kind, address);
  const closers: (() => Promise<void>)[] = [async () => client.close()];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const keys = new Map(MODULES.map(({ alias }) => [alias, keyPairFromUri(`${phrase}//Demo//${alias}`)]));
    const keyOf = (alias: string): KeyPair => {
      const key = keys.get(alias);
      if (key === undefined) throw new Error(`the demo has no module ${alias}`);
      return key;
    };
    await Promise.all([...keys.values()].map(key => fund(client, key)));
    for (const module of MODULES) {
      ending.throwIfAborted();
      closers.push(await serve(client, module, keyOf(module.alias), folder, say));
    }
    ending.throwIfAborted();
    await Promise.all(
      LINKS.map(({ parent, child, ...terms }) =>
        formLink({ client, parent: keyOf(parent), child: keyOf(child), ...terms }),
      ),
    );
    await untilLinked(client);
    ending.throwIfAborted();

    const servers = [...new Set(REQUESTS.map(({ module }) => keyOf(module).address))];
    const clients = CLIENTS.map(name =>
      keyPairFromUri(run.accounts.find(account => account.name === name)?.uri ?? ''),
    );
    const payers = await Promise.all(
      clients.map(async key => {
        await reserveAll(client, key, servers);
        const modules = await createModuleClient({ key, client, dir: folder('clients', key) });
        closers.push(() => modules.close());
        return modules;
      }),
    );
    say(
      `demo: modules are linked, ${CLIENTS.join(', ')} begin to pay; the first settlement comes after two epochs`,
    );
    say(drawTree(await client.getLinkTree({ module: 'router' })));
    closers.push(await showSettlements(client, run, say));
    closers.push(await keepReserved(client, clients, servers, say));
    closers.push(keepCalling(payers, say));
    return { stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Modules pay fees for their claims. */
async function fund(client: Client, { address }: KeyPair): Promise<void> {
  const { free } = await client.getAccount({ address });
  if (free < TOKEN) await client.mint({ address, amount: 10n * TOKEN });
}

async function serve(
  client: Client,
  { alias, functions }: DemoModule,
  key: KeyPair,
  folder: (kind: string, key: KeyPair) => string,
  say: Say,
): Promise<() => Promise<void>> {
  const warn = (_: object, message: string): void => say(`demo: ${alias}: ${message}`);
  const server: ModuleServer = await serveModule({
    key,
    client,
    functions,
    dir: folder('servers', key),
    log: { info: () => undefined, warn, error: warn },
  });
  await registerModule({ client, key, alias, url: server.url, functions });
  return () => server.stop();
}

/** New links hold from the next epoch: nobody should have to wait for it, or see calls fail until then. */
async function untilLinked(client: Client): Promise<void> {
  const parents = [...new Set(LINKS.map(({ parent }) => parent))];
  const links = await Promise.all(parents.map(module => client.getLinkChildren({ module })));
  if (links.flat().some(({ status }) => status === 'accepted')) await client.advanceEpoch({ epochs: 1 });
  await Promise.all(ROUTERS.map(router => router.refresh()));
}

async function reserve(client: Client, from: KeyPair, server: string): Promise<void> {
  const { amount } = await client.getEscrow({ client: from.address, server });
  if (amount >= RESERVE / 2n) return;
  const call = {
    kind: 'reserve',
    consensus: 0,
    server: fromAddress(server),
    amount: RESERVE - amount,
  } as const;
  await client.send({ from, call });
}

async function reserveAll(client: Client, from: KeyPair, servers: readonly string[]): Promise<void> {
  for (const server of servers) await reserve(client, from, server);
}

/** A devnet that stays up for days goes on settling; resolves with what ends that. */
async function keepReserved(
  client: Client,
  clients: readonly KeyPair[],
  servers: readonly string[],
  say: Say,
): Promise<() => Promise<void>> {
  let work: Promise<unknown> = Promise.resolve();
  const refill = () => Promise.all(clients.map(from => reserveAll(client, from, servers)));
  const unsubscribe = await client.subscribeEpochs({
    onEpoch({ kind }) {
      if (kind !== 'settlement') return;
      work = work.then(refill).catch((error: unknown) => say(`demo: cannot reserve: ${String(error)}`));
    },
    onError: error => say(`demo: ${String(error)}`),
  });
  return async () => {
    await unsubscribe();
    await work;
  };
}

/** Prints each settlement with money in it; resolves with what ends that. */
async function showSettlements(client: Client, run: RunFile, say: Say): Promise<() => Promise<void>> {
  const names = new Map(run.accounts.map(({ address, name }) => [address, name]));
  let printing: Promise<unknown> = Promise.resolve();
  const show = async (consensus: number, epoch: number): Promise<void> => {
    const { value, text } = await settlementAnswer(client, names, consensus, epoch);
    if ((value as { calls: number }).calls > 0) process.stderr.write(`\n${text}\n`);
  };
  const unsubscribe = await client.subscribeEpochs({
    onEpoch(notice) {
      if (notice.kind !== 'settlement') return;
      printing = printing
        .then(() => show(notice.consensus, notice.epoch))
        .catch((error: unknown) => say(`demo: cannot show epoch ${notice.epoch}: ${String(error)}`));
    },
    onError: error => say(`demo: ${String(error)}`),
  });
  return async () => {
    await unsubscribe();
    await printing;
  };
}

/** Each client calls, waits a moment, and calls again. A failed call is told once per reason. */
function keepCalling(payers: readonly ModuleClient[], say: Say): () => Promise<void> {
  let stopped = false;
  const told = new Set<string>();
  const loops = payers.map(async (modules, offset) => {
    for (let turn = offset; !stopped; turn++) {
      const { module, fn } = REQUESTS[turn % REQUESTS.length] ?? { module: '', fn: '' };
      try {
        await modules.call(module, fn, { text: `request ${turn}` });
      } catch (error) {
        const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        if (!stopped && !told.has(reason)) say(`demo: ${module}/${fn}: ${reason}`);
        told.add(reason);
      }
      await new Promise(done => setTimeout(done, PAUSE_MS));
    }
  });
  return async () => {
    stopped = true;
    await Promise.all(loops);
  };
}
