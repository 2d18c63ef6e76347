/** A module server: serves functions with prices, keeps the evidence, and settles by itself (spec sections 4 and 5). */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { KeyPair } from '../../chain/index.ts';
import { builtins } from '../../consensus/index.ts';
import type { ConsensusModule } from '../../consensus/interface/index.ts';
import type { Chain } from '../chain.ts';
import { followEpochs } from '../epochs.ts';
import { ModuleError, messageOf } from '../errors.ts';
import { type Book, openBook } from './book.ts';
import { functionsOf, type ModuleDefinition } from './definition.ts';
import { handle } from './handle.ts';
import { createHttp } from './http.ts';
import { followReserves } from './reserves.ts';
import { createSeal } from './seal.ts';
import { settleOnce } from './settle.ts';
import { createSettler } from './settler.ts';
import type { Log, Site } from './site.ts';
import { openStore } from './store.ts';
import { followTerms } from './terms.ts';
import { createTraffic } from './traffic.ts';

export interface ServeOptions {
  /** The key of the module; it signs receipts and claims. */
  readonly key: KeyPair;
  readonly functions: ModuleDefinition['functions'];
  /** A client of a node: `createClient(url)`. */
  readonly client: Chain;
  /** Id of the consensus module that the module is bound to; 0 when absent. */
  readonly consensus?: number | undefined;
  /** 127.0.0.1 when absent. */
  readonly host?: string | undefined;
  /** 0, any free one, when absent. */
  readonly port?: number | undefined;
  /** Where nonces and receipts are kept; `.devnet/modules/<address>` when absent. */
  readonly dir?: string | undefined;
  readonly log?: Log | undefined;
  /** Epochs for which receipts are kept after the calls; 100 when absent. */
  readonly keepEpochs?: number | undefined;
  /** Calls that run at the same time; 256 when absent. */
  readonly maxRunning?: number | undefined;
  /** Milliseconds for a request to arrive; 15,000 when absent. */
  readonly requestTimeoutMs?: number | undefined;
}

export interface ModuleServer {
  readonly url: string;
  readonly port: number;
  readonly address: string;
  readonly counters: Readonly<Book['counters']>;
  /** Settles what can be settled now. It happens by itself after each epoch; this is for waiting on it. */
  settle(): Promise<void>;
  /** Takes no new calls, gives the running ones two seconds to end, closes the store. */
  stop(): Promise<void>;
}

/** Milliseconds for running calls, and for a running settlement, to end. */
const STOP_MS = 2_000;
const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Serves a module. Resolves when it listens. Throws DEFINITION_INVALID, UNKNOWN_CONSENSUS, PORT_IN_USE or
 * DIRECTORY_IN_USE; RpcError if the node does not answer.
 *
 * @example
 * const server = await serveModule({ key, client: createClient('http://127.0.0.1:8700'), functions: { hello } });
 */
export async function serveModule(options: ServeOptions): Promise<ModuleServer> {
  const { key, client: chain, consensus = 0, log = SILENT } = options;
  const functions = functionsOf(options.functions);
  const [{ chainId }, mechanism, terms] = await Promise.all([
    chain.getNodeInfo(),
    mechanismOf(chain, consensus),
    followTerms(chain, key.address),
  ]);
  const store = await openStore(
    options.dir ?? join('.devnet', 'modules', key.address),
    `${chainId} ${key.address}`,
  );
  const reserves = followReserves(chain, key.address, consensus);
  const seal = createSeal();
  const book = await openBook(store);
  const epochs = await followEpochs(chain, () => {
    reserves.forget();
    terms.refresh().catch(error => log.warn({ error: messageOf(error) }, 'cannot ask the chain for prices'));
    seal.schedule(epochs.current(), () => settler.wake());
  });
  const site: Site = {
    chainId,
    key,
    consensus,
    functions,
    store,
    book,
    terms,
    reserves,
    epochs,
    log,
    sealedThrough: seal.through,
  };
  const settlement = { chain, mechanism, seal: seal.close, keepEpochs: options.keepEpochs ?? 100 };
  const settler = createSettler(() => settleOnce(site, settlement), log);

  const traffic = createTraffic(options.maxRunning ?? 256);
  const http = createHttp(request => traffic.enter(() => handle(site, request)), {
    requestTimeoutMs: options.requestTimeoutMs,
    onError: error => log.error({ error: messageOf(error) }, 'a call failed inside the server'),
  });
  const port = await listen(http, options.port ?? 0, options.host ?? '127.0.0.1').catch(async error => {
    await epochs.stop();
    await store.close();
    throw error;
  });
  settler.wake();

  return {
    url: `http://${options.host ?? '127.0.0.1'}:${port}`,
    port,
    address: key.address,
    counters: book.counters,
    settle: settler.settle,
    async stop() {
      traffic.shut();
      seal.stop();
      await epochs.stop();
      await atMost(STOP_MS, traffic.idle());
      const closed = new Promise<void>(resolve => http.close(() => resolve()));
      http.closeAllConnections();
      await closed;
      await atMost(STOP_MS, settler.stop());
      await store.close();
    },
  };
}

/** Waits for work, but not for ever. */
async function atMost(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>(resolve => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, over]);
  clearTimeout(timer);
}

async function mechanismOf(chain: Chain, id: number): Promise<ConsensusModule> {
  const entry = (await chain.listConsensus()).find(candidate => candidate.id === id);
  const name = entry === undefined ? undefined : `${entry.name}@${entry.version}`;
  const mechanism = name === undefined ? undefined : builtins[name];
  if (mechanism !== undefined) return mechanism;
  throw new ModuleError(
    'UNKNOWN_CONSENSUS',
    name === undefined ? `the chain has no consensus module ${id}` : `there is no code for ${name} here`,
    'consensus_list shows the consensus modules of a chain; update devnet if yours is newer',
  );
}

function listen(http: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', (cause: NodeJS.ErrnoException) => {
      const inUse = cause.code === 'EADDRINUSE';
      reject(
        inUse
          ? new ModuleError('PORT_IN_USE', `port ${port} is in use`, 'choose another port', { cause })
          : cause,
      );
    });
    http.listen(port, host, () => resolve((http.address() as AddressInfo).port));
  });
}
