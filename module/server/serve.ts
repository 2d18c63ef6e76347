/** A module server: serves functions with prices, keeps the evidence, and settles by itself (spec sections 4 and 5). */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { KeyPair } from '../../chain/index.ts';
import type { Amount, ConsensusModule } from '../../consensus/interface/index.ts';
import type { Chain } from '../chain.ts';
import { followEpochs } from '../epochs.ts';
import { ModuleError, messageOf } from '../errors.ts';
import { openBook } from './book.ts';
import { functionsOf, type ModuleDefinition } from './definition.ts';
import { createDescriber } from './describe.ts';
import { type Due, watchDues } from './dues.ts';
import { handle } from './handle.ts';
import { createHttp } from './http.ts';
import { followReserves } from './reserves.ts';
import { createSeal } from './seal.ts';
import { settleOnce } from './settle.ts';
import { createSettler } from './settler.ts';
import type { Log, Site } from './site.ts';
import { createSlots, type SlotLimits, stopping } from './slots.ts';
import { openStore } from './store.ts';
import { followTerms, type Terms } from './terms.ts';
import { createTraffic, type FunctionTraffic, type Totals } from './traffic.ts';
import { openTree } from './tree.ts';
import { createVerifier } from './verifier.ts';

export interface ServeOptions {
  /** The key of the module; it signs receipts and claims. */
  readonly key: KeyPair;
  readonly functions: ModuleDefinition['functions'];
  /** Which proposals of links are accepted by themselves; none when absent. */
  readonly links?: ModuleDefinition['links'];
  /** What `GET /` says of the module; empty when absent. */
  readonly description?: string | undefined;
  /** A client of a node: `createClient(url)`. */
  readonly client: Chain;
  /** Code of consensus modules that do not come with devnet: what prepares the claims of a module that is bound to one. */
  readonly mechanisms?: readonly ConsensusModule[] | undefined;
  /** 127.0.0.1 when absent. */
  readonly host?: string | undefined;
  /** 0, any free one, when absent. */
  readonly port?: number | undefined;
  /** Where nonces, receipts and the module's state are kept; `.devnet/modules/<address>` when absent. */
  readonly dir?: string | undefined;
  readonly log?: Log | undefined;
  /** Epochs for which receipts are kept after the calls; 100 when absent. */
  readonly keepEpochs?: number | undefined;
  /** Calls that run and wait; {@link DEFAULT_LIMITS} where absent. */
  readonly limits?: Partial<Omit<SlotLimits, 'ofFunction'>> | undefined;
  /** Milliseconds for a request to arrive; 15,000 when absent. */
  readonly requestTimeoutMs?: number | undefined;
  /** Bytes of params that are held at the same time, of all calls; 256 MiB when absent. */
  readonly maxBodyBytes?: number | undefined;
  /** Milliseconds that {@link ModuleServer.stop} gives to running calls, and to claims; 10,000 when absent. */
  readonly stopMs?: number | undefined;
  /** The clock by which headers are stale; `Date.now` when absent. */
  readonly now?: (() => number) | undefined;
}

export const DEFAULT_LIMITS: Omit<SlotLimits, 'ofFunction'> = {
  running: 256,
  perClient: 128,
  waiting: 16_384,
  waitingPerClient: 4_096,
  waitMs: 30_000,
};

/** What a server has done since it began, and what it is owed. */
export interface ServerStatus {
  readonly epoch: number;
  readonly running: number;
  readonly waiting: number;
  readonly counters: Totals;
  readonly functions: { readonly [fn: string]: FunctionTraffic };
  /** What was refused before a function was known, by reason. */
  readonly others: { readonly [reason: string]: number };
  /** Answered and not settled yet, of this epoch and past ones, in base units. */
  readonly unsettled: Amount;
  /** What of it is of past epochs and not claimed yet. */
  readonly dues: readonly Due[];
}

export interface ModuleServer {
  readonly url: string;
  readonly port: number;
  readonly address: string;
  readonly counters: Totals;
  /** As it is now; after a stop, as it was at its end. */
  status(): ServerStatus;
  /** Settles what can be settled now. It happens by itself after each epoch; this is for waiting on it. */
  settle(): Promise<void>;
  /** Takes no new calls, lets the running ones end, claims what is due, closes the store. */
  stop(): Promise<void>;
}

const STOP_MS = 10_000;
/** Milliseconds for the last answers to leave. */
const LEAVE_MS = 1_000;
const SILENT: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Serves a module. Resolves when it listens. Throws DEFINITION_INVALID, UNKNOWN_CONSENSUS, PORT_IN_USE or
 * DIRECTORY_IN_USE; RpcError if the node does not answer.
 *
 * @example
 * const server = await serveModule({ key, client: createClient('http://127.0.0.1:8700'), functions: { hello } });
 */
export async function serveModule(options: ServeOptions): Promise<ModuleServer> {
  const { key, client: chain, log = SILENT, stopMs = STOP_MS } = options;
  const functions = functionsOf(options.functions);
  const describe = createDescriber(functions, options.description ?? '');
  const [{ chainId, epoch: now }, terms] = await Promise.all([
    chain.getNodeInfo(),
    followTerms(chain, key.address, options.mechanisms),
  ]);
  requireClaimer(terms, now);
  const dir = options.dir ?? join('.devnet', 'modules', key.address);
  const store = await openStore(dir, `${chainId} ${key.address}`);
  const reserves = followReserves(chain, key.address);
  const seal = createSeal();
  const book = await openBook(store, epoch => terms.consensus(epoch) ?? 0);
  const epochs = await followEpochs(chain, () => {
    reserves.forget();
    terms.refresh().catch(error => log.warn({ error: messageOf(error) }, 'cannot ask the chain for prices'));
    seal.schedule(epochs.current(), () => settler.wake());
  });
  const slots = createSlots({
    ...DEFAULT_LIMITS,
    ...options.limits,
    ofFunction: fn => functions.get(fn)?.maxRunning,
  });
  const traffic = createTraffic(functions.keys());
  const verifier = createVerifier(log);
  const tree = await openTree({ key, chain, dir, log }, functions, options.links).catch(async error => {
    await epochs.stop();
    await store.close();
    throw error;
  });
  const site: Site = {
    chainId,
    key,
    functions,
    store,
    book,
    terms,
    reserves,
    epochs,
    slots,
    traffic,
    isParent: tree.isParent,
    verify: check =>
      verifier.verify(check).catch((error: unknown) => {
        throw slots.open ? error : stopping();
      }),
    now: options.now ?? Date.now,
    log,
    sealedThrough: seal.through,
  };
  const settlement = { chain, seal: seal.close, keepEpochs: options.keepEpochs ?? 100 };
  const dues = watchDues(site);
  const settler = createSettler(async () => {
    try {
      const done = await settleOnce(site, settlement);
      dues.warn(null);
      return done;
    } catch (error) {
      dues.warn(messageOf(error));
      throw error;
    }
  }, log);

  const http = createHttp(request => handle(site, describe, request), {
    requestTimeoutMs: options.requestTimeoutMs,
    maxBodyBytes: options.maxBodyBytes,
    keepsAlive: () => slots.open,
    onError: error => log.error({ error: messageOf(error) }, 'a call failed inside the server'),
  });
  const port = await listen(http.server, options.port ?? 0, options.host ?? '127.0.0.1').catch(
    async error => {
      await tree.stop();
      await epochs.stop();
      await store.close();
      throw error;
    },
  );
  settler.wake();

  async function stop(): Promise<void> {
    slots.shut();
    await atMost(stopMs, slots.idle());
    slots.interrupt(stopping());
    await slots.idle();
    const closed = new Promise<void>(resolve => http.server.close(() => resolve()));
    await atMost(LEAVE_MS, http.answered());
    http.server.closeAllConnections();
    await closed;
    await verifier.close();
    await tree.stop();
    const claimed = settler
      .settle()
      .catch(error => log.warn({ error: messageOf(error) }, 'cannot claim now'));
    await atMost(stopMs, claimed);
    seal.stop();
    await epochs.stop();
    await atMost(stopMs, settler.stop());
    const unsettled = book.unsettledTotal();
    if (unsettled > 0n)
      log.info(
        { unsettled: unsettled.toString(), epochs: epochs.grace },
        'stopped with calls that are not settled; serve again within these epochs of the calls to be paid',
      );
    last = statusNow();
    await store.close();
  }

  const statusNow = (): ServerStatus => ({
    epoch: epochs.current(),
    ...slots.counts(),
    counters: traffic.totals(),
    functions: traffic.functions(),
    others: traffic.others(),
    unsettled: book.unsettledTotal(),
    dues: dues.now(),
  });
  let last: ServerStatus | null = null;
  let stopped: Promise<void> | null = null;
  return {
    url: `http://${options.host ?? '127.0.0.1'}:${port}`,
    port,
    address: key.address,
    get counters() {
      return traffic.totals();
    },
    status: () => last ?? statusNow(),
    settle: settler.settle,
    stop() {
      stopped ??= stop();
      return stopped;
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

/** Whoever starts a server should read at once that it could not earn anything. */
function requireClaimer(terms: Terms, epoch: number): void {
  const consensus = terms.consensus(epoch);
  if (consensus === undefined || terms.claimer(epoch) !== undefined) return;
  throw new ModuleError(
    'UNKNOWN_CONSENSUS',
    `there is no code here that prepares claims for consensus module ${consensus}, to which this module is bound`,
    'consensus_list shows what it is; name its code in `mechanisms`, or bind the module to another one',
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
