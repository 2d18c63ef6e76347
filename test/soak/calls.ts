/** Paid calls to module servers that die, and what callers can prove afterwards. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type KeyPair, TOKEN } from '../../chain/index.ts';
import type { Hex } from '../../consensus/interface/index.ts';
import {
  CallRefused,
  type Chain,
  createModuleClient,
  isOvercharge,
  type ModuleClient,
  ModuleError,
  openStore,
  registerModule,
  type SentCallAt,
} from '../../module/index.ts';
import type { Client } from '../../node/client/index.ts';
import { seededRandom } from '../../p2p/environment.ts';
import { fastSigner } from '../support/fastSigner.ts';
import type { Cluster } from './cluster.ts';
import { FUNCTIONS, type ModuleServerOptions, moduleKey, moduleSecret, PRICE } from './modules.ts';
import { freePort } from './ports.ts';
import { type Child, startChild } from './processes.ts';
import { copyStore } from './remains.ts';
import { isPassing } from './transfers.ts';

const PROGRAM = fileURLToPath(new URL('./module-server.js', import.meta.url));
const RESERVE = 100n * TOKEN;
/** Calls of one caller per block. */
const CALLS = 3;
const CALL_TIMEOUT = 10_000;
/** What a server says while it, or its node, is down, or while an epoch turns. */
const PASSING_REFUSALS: ReadonlySet<string> = new Set([
  'CHAIN_UNREACHABLE',
  'STOPPING',
  'WRONG_EPOCH',
  'OVERLOADED',
  'INTERNAL',
]);
/** A call to a server that dies. */
const PASSING_LOSSES: ReadonlySet<string> = new Set(['UNREACHABLE', 'LOST', 'TIMEOUT']);

const passes = (error: unknown): boolean =>
  isPassing(error) ||
  (error instanceof CallRefused && PASSING_REFUSALS.has(error.name)) ||
  (error instanceof ModuleError && PASSING_LOSSES.has(error.code));

interface Server {
  readonly name: string;
  readonly key: KeyPair;
  readonly options: ModuleServerOptions;
  child: Child | null;
  lives: number;
}

interface Caller {
  readonly key: KeyPair;
  readonly modules: ModuleClient;
  /** Epochs that are settled and were held against the receipts. */
  readonly audited: Map<number, string>;
}

export interface Calls {
  /** Registers modules, reserves money, and begins to call. */
  begin(): void;
  start(index: number): Promise<void>;
  /** SIGKILL; resolves when every receipt that a caller holds was found in what it left on disk. */
  kill(index: number): Promise<void>;
  onAnswered(listener: () => void): () => void;
  /** Audits what was settled since the last time; throws if a server charged too much or let something lapse. */
  audit(): Promise<void>;
  /** Stops calling, settles everything, audits everything. */
  finish(): Promise<void>;
  readonly broken: Promise<never>;
  figures(): {
    readonly receipts: number;
    readonly refused: number;
    readonly epochs: number;
    readonly kills: number;
  };
  stop(): Promise<void>;
}

export const callers = (count: number): KeyPair[] =>
  Array.from({ length: count }, (_, index) => fastSigner(`soak caller ${index}`));
export const moduleNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `echo-${index}`);
export const moduleKeys = (count: number): KeyPair[] => moduleNames(count).map(moduleKey);

/** Asks a node that lives, whichever that is now. */
function surviving(cluster: Cluster, index: number): Chain {
  const now = (): Client => cluster.alive(index).client;
  return {
    getNodeInfo: () => now().getNodeInfo(),
    getCurrentEpoch: () => now().getCurrentEpoch(),
    subscribeEpochs: listener => now().subscribeEpochs(listener),
    getModule: query => now().getModule(query),
    getEscrow: query => now().getEscrow(query),
    subscribeTransactions: listener => now().subscribeTransactions(listener),
    getLinkChildren: query => now().getLinkChildren(query),
    getLinkParents: query => now().getLinkParents(query),
    getLinkProposals: query => now().getLinkProposals(query),
    listConsensus: () => now().listConsensus(),
    getSettlement: query => now().getSettlement(query),
    queryConsensus: query => now().queryConsensus(query),
    send: call => now().send(call),
  };
}

export async function prepareCalls(
  cluster: Cluster,
  directory: string,
  modules: number,
  people: readonly KeyPair[],
  seed: number,
): Promise<Calls> {
  const servers: Server[] = await Promise.all(
    moduleNames(modules).map(async (name, index) => {
      const dir = join(directory, name);
      mkdirSync(dir, { recursive: true });
      const node = cluster.validators[index % cluster.validators.length]?.url ?? '';
      const home = { node, dir: join(dir, 'store'), port: await freePort() };
      const options = { secret: moduleSecret(name), price: String(PRICE), ...home };
      return { name, key: moduleKey(name), options, child: null, lives: 0 };
    }),
  );
  const one = (index: number): Server => {
    const server = servers[index];
    if (server === undefined) throw new RangeError(`there is no module server ${index}`);
    return server;
  };
  const listeners = new Set<() => void>();
  let [answered, refused, kills, ending] = [0, 0, 0, false];

  async function start(index: number): Promise<void> {
    const server = one(index);
    const args = [PROGRAM, JSON.stringify(server.options)];
    server.child = startChild(args, join(directory, server.name, 'server.log'));
    server.lives++;
    await server.child.ready;
  }

  const chain = surviving(cluster, 0);
  const urlOf = ({ options }: Server): string => `http://127.0.0.1:${options.port}`;
  await Promise.all(servers.map((_, index) => start(index)));
  await Promise.all(
    servers.map(server =>
      registerModule({
        key: server.key,
        client: chain,
        alias: server.name,
        url: urlOf(server),
        functions: FUNCTIONS,
      }),
    ),
  );
  const clients: Caller[] = await Promise.all(
    people.map(async (key, index) => {
      for (const server of servers)
        await chain.send({
          from: key,
          call: { kind: 'reserve', consensus: 0, server: server.key.account, amount: RESERVE },
        });
      const dir = join(directory, `caller-${index}`);
      const client = surviving(cluster, index);
      return {
        key,
        modules: await createModuleClient({ key, client, dir, timeoutMs: CALL_TIMEOUT }),
        audited: new Map(),
      };
    }),
  );

  async function callOnce({ modules }: Caller, server: string, count: number): Promise<void> {
    try {
      await modules.call(server, 'echo', { count }, { maxUsage: PRICE });
      answered++;
      for (const listener of [...listeners]) listener();
    } catch (error) {
      if (!passes(error)) throw error;
      refused++;
    }
  }

  async function keepCalling(caller: Caller, index: number): Promise<void> {
    const random = seededRandom(seed * 1_000 + 500 + index);
    for (let count = 0; !ending; ) {
      const block = cluster.witness.until(({ kind }) => kind === 'decided');
      for (let call = 0; call < CALLS; call++) {
        const server = one(Math.floor(random() * servers.length));
        await callOnce(caller, server.name, count++);
      }
      await block;
    }
  }

  async function auditEpoch(caller: Caller, epoch: number): Promise<void> {
    for (const row of await caller.modules.audit(epoch)) {
      if (isOvercharge(row) || row.status === 'unclaimed')
        throw new Error(
          `epoch ${epoch}: ${caller.key.address} owed ${row.owed} (and at most ${row.unknown} unknown) to ${row.server}, which was paid ${row.settled}: ${row.status}`,
        );
      if (row.status === 'open') return;
    }
    caller.audited.set(epoch, 'settled');
  }

  async function audit(): Promise<void> {
    const { epoch: current, graceEpochs } = await chain.getCurrentEpoch();
    for (const caller of clients)
      for (let epoch = 0; epoch + graceEpochs < current; epoch++)
        if (!caller.audited.has(epoch)) await auditEpoch(caller, epoch);
  }

  let calling: Promise<void>[] = [];
  let fail: (error: unknown) => void = () => undefined;
  const broken = new Promise<never>((_, reject) => {
    fail = reject;
  });
  broken.catch((error: unknown) => error);

  return {
    start,
    broken,
    begin() {
      calling = clients.map(keepCalling);
      for (const running of calling) running.catch(fail);
    },
    async kill(index) {
      const server = one(index);
      if (server.child === null) return;
      // Taken before the kill: these were answered, so they were on disk.
      const held = await receiptsFor(clients, server);
      await server.child.kill();
      server.child = null;
      kills++;
      const copy = join(directory, server.name, `remains-${server.lives}`);
      copyStore(server.options.dir, copy);
      await mustHold(copy, held, server.name);
      rmSync(copy, { recursive: true });
    },
    onAnswered(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    audit,
    async finish() {
      ending = true;
      await Promise.all(calling);
      await settleAll(cluster, clients, servers);
      await audit();
    },
    figures: () => ({
      receipts: answered,
      refused,
      kills,
      epochs: Math.max(0, ...clients.map(({ audited }) => audited.size)),
    }),
    async stop() {
      await Promise.all(servers.map(({ child }) => child?.kill()));
      await Promise.all(clients.map(({ modules }) => modules.close()));
    },
  };
}

interface Held extends SentCallAt {
  readonly client: Hex;
}

async function receiptsFor(clients: readonly Caller[], { key }: Server): Promise<Held[]> {
  const all = await Promise.all(
    clients.map(async ({ key: { account }, modules }) =>
      (await modules.receipts()).map(sent => ({ ...sent, client: account })),
    ),
  );
  return all.flat().filter(({ server, call }) => server === key.account && call.state === 'answered');
}

async function mustHold(directory: string, held: readonly Held[], name: string): Promise<void> {
  const store = await openStore(directory);
  try {
    const kept = new Set<string>();
    for (const pair of await store.pairs())
      for await (const { nonce, call } of store.calls(pair))
        kept.add(`${pair.epoch}/${pair.client}/${nonce}/${call.receipt}`);
    for (const { epoch, client, nonce, call } of held)
      if (!kept.has(`${epoch}/${client}/${nonce}/${call.receipt}`))
        throw new Error(
          `${name} gave a receipt for call ${nonce} of epoch ${epoch} to ${client} and has lost it`,
        );
  } finally {
    await store.close();
  }
}

/** Begins epochs until the grace of the last calls is over, once every server has claimed what it is owed. */
async function settleAll(
  cluster: Cluster,
  clients: readonly Caller[],
  servers: readonly Server[],
): Promise<void> {
  const { client } = cluster.alive(0);
  const { epoch: last, graceEpochs } = await client.getCurrentEpoch();
  await client.advanceEpoch({ epochs: 1 });
  for (const server of servers)
    for (const { epoch, client: debtor } of await receiptsFor(clients, server)) {
      const caller = clients.find(({ key }) => key.account === debtor);
      // Of earlier ones the chain has forgotten the marks; they are audited.
      if (caller !== undefined && epoch >= last - 1)
        await claimed(cluster, epoch, server.key.address, caller.key.address);
    }
  await client.advanceEpoch({ epochs: graceEpochs });
}

/** Resolves when the claim of a server is in a block. */
async function claimed(cluster: Cluster, epoch: number, server: string, client: string): Promise<void> {
  for (;;) {
    const block = cluster.witness.until(({ kind }) => kind === 'decided');
    const args = { epoch, server, client };
    const answer = await cluster.alive(0).client.queryConsensus({ id: 0, query: 'claimed', args });
    if ((answer as { readonly nonce: number | null }).nonce !== null) return;
    await block;
  }
}
