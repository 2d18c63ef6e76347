/** Calling modules with a budget, and keeping the evidence (spec section 4). */
import type { KeyPair } from '../../chain/index.ts';
import type { Amount } from '../../consensus/interface/index.ts';
import type { Chain } from '../chain.ts';
import { ModuleError } from '../errors.ts';
import {
  type CallHeader,
  type CallReceipt,
  canonicalJson,
  headerText,
  type Json,
  signText,
  textHash,
} from '../protocol/index.ts';
import { CallRefused, type Served } from './answer.ts';
import { type AuditRow, audit } from './audit.ts';
import { type Books, overBudget, ownBooks, sharedBooks } from './books.ts';
import type { Description } from './description.ts';
import { exchange, type Opened, type Sent } from './exchange.ts';
import type { Fetch } from './http.ts';
import { remembered } from './remembered.ts';
import { directoryStore, memoryStore, type SentCallAt } from './store.ts';
import { describeTarget, findTarget, type Reach, type Target, type TargetReference } from './target.ts';
import { type AnyModule, moduleProxy } from './typed.ts';

export interface ModuleClientOptions {
  readonly key: KeyPair;
  /** A client of a node: `createClient(url)`. */
  readonly client: Chain;
  /** Keeps nonces and receipts there; in memory only when absent. One client at a time can use it, unless all share. */
  readonly dir?: string | undefined;
  /** Lets other clients that share, in this process or another, use `dir` too. Each call then opens it twice. */
  readonly shared?: boolean | undefined;
  /** Without `dir`: calls that cost nothing are forgotten when they are over, and do not show among the receipts. */
  readonly forgetFree?: boolean | undefined;
  /** Base units. */
  readonly budget?:
    | { readonly perCall?: Amount | undefined; readonly perEpoch?: Amount | undefined }
    | undefined;
  /** Milliseconds to wait for an answer; 60,000 when absent. */
  readonly timeoutMs?: number | undefined;
  /** How requests to modules travel; the platform's `fetch` when absent. */
  readonly fetch?: Fetch | undefined;
}

export interface CallOptions {
  /** Most that this call may cost, in base units; the price that the chain knows when absent. */
  readonly maxUsage?: Amount | undefined;
  /** For the whole answer, the last chunk included. The server is told, and stops when it is over. */
  readonly timeoutMs?: number | undefined;
  /** Gives the call up: it rejects with ABORTED, and may have been served. */
  readonly signal?: AbortSignal | undefined;
}

export interface CallResult {
  /** For a function that streams, all chunks. */
  readonly result: Json;
  /** Base units. */
  readonly cost: Amount;
  readonly receipt: CallReceipt;
}

export interface ModuleClient {
  /**
   * Calls a function of a module: by alias, id, address, URL or place. Rejects with {@link CallRefused} if the module says
   * no, which costs nothing, and with ModuleError OVER_BUDGET, TARGET_INVALID, UNREACHABLE (not sent), TIMEOUT, LOST,
   * BAD_RESPONSE, BAD_RECEIPT or ABORTED (it may have been served, so its max_usage stays set aside in this epoch's budget).
   */
  call(target: TargetReference, fn: string, params?: object, options?: CallOptions): Promise<CallResult>;
  /**
   * The same for a function that streams: its chunks as they come. The generator returns cost and receipt when the
   * receipt at the end holds, and throws as `call` rejects. To stop early hangs up, and leaves the cost unknown.
   */
  stream(
    target: TargetReference,
    fn: string,
    params?: object,
    options?: CallOptions,
  ): AsyncGenerator<Json, Omit<CallResult, 'result'>>;
  /** The module as an object with its functions, typed by `ModuleOf` or by what `devnet module types` writes. */
  module<Module extends object = AnyModule>(target: string | number): Module;
  /** What a module says of itself: functions, schemas. Rejects as `call` does. */
  describe(target: string | number): Promise<Description>;
  /** All calls that are remembered, with their headers, receipts and signatures. */
  receipts(): Promise<SentCallAt[]>;
  /** Compares this client's receipts of an epoch, or of all, with what the chain settled for it. */
  audit(epoch?: number): Promise<AuditRow[]>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 60_000;
/** How long clients that share a directory wait for one that does not. */
const SHARE_MS = 10_000;
/** An epoch takes longer than this, and a wrong one costs a refusal and a second try. */
const EPOCH_MS = 250;
const TARGET_MS = 10_000;
/** Epochs may pass, and concurrent calls overtake one another, while a call is on its way. */
const TRIES = 8;

/**
 * A client of modules.
 *
 * @example
 * const modules = await createModuleClient({ key, client: createClient('http://127.0.0.1:8700') });
 * const { result, cost } = await modules.call('greeter', 'hello', { name: 'Ada' });
 */
export async function createModuleClient(options: ModuleClientOptions): Promise<ModuleClient> {
  const { key, client: chain, budget = {}, fetch = globalThis.fetch } = options;
  const [{ chainId }, { epoch: born }] = await Promise.all([chain.getNodeInfo(), chain.getCurrentEpoch()]);
  const books = await openBooks(options, `${chainId} ${key.address}`, born);
  const epochNow = remembered(EPOCH_MS, async () => (await chain.getCurrentEpoch()).epoch);
  const targets = new Map<string | number, ReturnType<typeof remembered<Target>>>();

  const reach = (timeoutMs = options.timeoutMs ?? TIMEOUT_MS): Reach => ({
    chain,
    chainId,
    http: { fetch, timeoutMs },
  });

  function targetOf(target: TargetReference, timeoutMs: number | undefined): Promise<Target> {
    if (typeof target === 'object') return findTarget(reach(timeoutMs), target);
    const known = targets.get(target) ?? remembered(TARGET_MS, () => findTarget(reach(timeoutMs), target));
    targets.set(target, known);
    return known.get();
  }

  /** Signs the next call and writes it down. */
  async function begin(found: Target, fn: string, body: string, maxUsage: Amount): Promise<Sent> {
    const epoch = await epochNow.get();
    let header: CallHeader | undefined;
    const begun = await books.begin({
      epoch,
      server: found.account,
      maxUsage,
      limit: budget.perEpoch,
      sign(nonce, tally) {
        header = {
          chain: chainId,
          server: found.account,
          client: key.account,
          fn,
          paramsHash: textHash(body),
          time: Date.now(),
          epoch,
          nonce,
          maxUsage,
          tally,
        };
        return signText('header', headerText(header), key);
      },
    });
    if (header === undefined) throw new RangeError('the books have not signed the call');
    return { begun, asked: { header, text: begun.signed.text, server: found.account } };
  }

  /** Sends a call, again where another epoch or nonce is all it takes. Resolves with the answer's first part. */
  async function open(
    target: TargetReference,
    fn: string,
    params: object,
    { maxUsage, timeoutMs = options.timeoutMs ?? TIMEOUT_MS, signal }: CallOptions,
  ): Promise<Opened> {
    const end = Date.now() + timeoutMs;
    const found = await targetOf(target, timeoutMs);
    const body = canonicalJson(params);
    const most = maxUsage ?? found.prices.get(fn) ?? 0n;
    if (budget.perCall !== undefined && most > budget.perCall)
      throw overBudget('per call', most, budget.perCall);
    for (let left = TRIES; ; left--) {
      const sent = await begin(found, fn, body, most);
      try {
        return await exchange(books, sent, `${found.url}/${encodeURIComponent(fn)}`, body, {
          fetch,
          timeoutMs: Math.max(end - Date.now(), 1),
          signal,
        });
      } catch (error) {
        if (error instanceof ModuleError && error.code === 'UNREACHABLE' && typeof target !== 'object')
          targets.delete(target);
        // Another header would be signed in vain.
        if (left <= 1 || Date.now() >= end || !(error instanceof CallRefused)) throw error;
        if (error.name === 'WRONG_EPOCH') epochNow.forget();
        else if (error.name !== 'REPLAY') throw error;
      }
    }
  }

  const client: ModuleClient = {
    async call(target, fn, params = {}, callOptions = {}) {
      const opened = await open(target, fn, params, callOptions);
      if (opened.kind === 'whole') return { result: opened.result, ...outcome(opened.served) };
      const chunks: Json[] = [];
      let next = await opened.chunks.next();
      for (; next.done !== true; next = await opened.chunks.next()) chunks.push(next.value);
      return { result: chunks, ...outcome(next.value) };
    },
    async *stream(target, fn, params = {}, callOptions = {}) {
      const opened = await open(target, fn, params, callOptions);
      if (opened.kind === 'stream') return outcome(yield* opened.chunks);
      yield opened.result;
      return outcome(opened.served);
    },
    module: <Module extends object = AnyModule>(target: string | number) =>
      moduleProxy<Module>(client, target),
    describe: async target => describeTarget(reach(), await targetOf(target, undefined)),
    async receipts() {
      const calls: SentCallAt[] = [];
      for await (const entry of books.calls()) calls.push(entry);
      return calls;
    },
    audit: epoch => audit(chain, books, key.address, epoch),
    close: () => books.close(),
  };
  return client;
}

async function openBooks(
  { dir, shared = false, forgetFree = false }: ModuleClientOptions,
  owner: string,
  born: number,
): Promise<Books> {
  if (dir === undefined) return ownBooks(memoryStore(forgetFree), born);
  return shared ? sharedBooks(dir, owner, SHARE_MS) : ownBooks(await directoryStore(dir, owner), born);
}

const outcome = ({ receipt }: Served): Omit<CallResult, 'result'> => ({ cost: receipt.cost, receipt });
